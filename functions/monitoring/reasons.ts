import type { ColumnReport, Report } from './report-schema.ts';

const MOST = 5;
const list = (names: readonly string[]): string =>
  `${names.slice(0, MOST).join(', ')}${names.length > MOST ? ` and ${names.length - MOST} more` : ''}`;
const round = (value: number): string => String(Number(value.toPrecision(3)));

/** Why an event is sent, in words that tell what to look at. */
export function reasonOf(
  event: 'DriftDetected' | 'PerformanceDegraded' | 'DataQualityViolated',
  { features, quality, performance, reference }: Report,
): string {
  if (event === 'DriftDetected') {
    const drifted = features.filter((feature) => feature.drifted);
    const named = list(drifted.map(inWords));
    return `${drifted.length} of ${features.length} features drifted from ${reference}: ${named}`;
  }
  if (event === 'DataQualityViolated') {
    return list(quality.map(({ feature, message }) => `${feature}: ${message}`));
  }
  const { metric = 'accuracy', value = 0, labelled = 0, baseline = 0 } = performance ?? {};
  return `${metric} ${round(value)} on ${labelled} labelled predictions, ${round(baseline)} before`;
}

export const inWords = ({ name, method, score }: ColumnReport): string =>
  `${name} (${method} ${round(score)})`;
