import type { ColumnReport, Report } from './report-schema.ts';

const MOST = 5;
const list = (names: readonly string[]): string =>
  `${names.slice(0, MOST).join(', ')}${names.length > MOST ? ` and ${names.length - MOST} more` : ''}`;
const round = (value: number): string => String(Number(value.toPrecision(3)));

/** Why an event is sent, in words that tell what to look at. */
export function reasonOf(
  event: 'DriftDetected' | 'PerformanceDegraded' | 'DataQualityViolated',
  report: Report,
): string {
  if (event === 'DriftDetected') return driftReason(report);
  if (event === 'DataQualityViolated') {
    return list(report.quality.map(({ feature, message }) => `${feature}: ${message}`));
  }
  const { performance, estimate } = report;
  const { metric, value, baseline = 0 } = performance ?? estimate ?? { metric: '', value: 0 };
  const rows = performance
    ? `on ${performance.labelled} labelled predictions`
    : `as estimated of ${estimate?.rows ?? 0} predictions without labels`;
  return `${metric} ${round(value)} ${rows}, ${round(baseline)} before`;
}

function driftReason({ features, multivariate, reference, conceptDrift }: Report): string {
  const drifted = features.filter((feature) => feature.drifted);
  const together = multivariate.filter((one) => one.drifted);
  const [finding] = conceptDrift?.findings ?? [];
  const parts = [
    `${drifted.length} of ${features.length} features drifted from ${reference}${drifted.length > 0 ? `: ${list(drifted.map(inWords))}` : ''}`,
    ...together.map(({ method, score }) => `all features together (${method} ${round(score)})`),
    ...(finding
      ? [
          `the error rose from ${round(finding.before)} to ${round(finding.after)} (${finding.detector} at ${finding.predictionId})`,
        ]
      : []),
  ];
  return parts.join('; ');
}

export const inWords = ({ name, method, score }: ColumnReport): string =>
  `${name} (${method} ${round(score)})`;
