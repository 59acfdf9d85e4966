import { type Block, note, table, text } from '#shared/page/blocks.ts';
import { maybe, number, percent } from '#shared/page/numbers.ts';
import type { Report, ReportSummary, SegmentReport } from './report-schema.ts';

/** Tests of all features together; nothing where none was made. */
export function multivariateBlocks({ multivariate }: Report): Block[] {
  if (multivariate.length === 0) return [];
  const rows = multivariate.map(({ columns, method, score, threshold, drifted, ...test }) => [
    ...[columns.length > 4 ? `${columns.length} features` : columns.join(', ')],
    ...[drifted ? 'drifted' : 'stable', method, number(score)],
    ...[maybe(test.adjustedPValue ?? test.pValue), number(threshold)],
  ]);
  const head = ['Features', 'Verdict', 'Method', '#Score', '#p', '#Threshold'];
  return [table('All features together', head, rows)];
}

export function segmentBlocks({ segments }: Report): Block[] {
  const rows = segments.map(
    ({ name, status, rows, driftedShare, quality, performance, ...rest }) => [
      ...[name, status === 'insufficient-data' ? 'too few rows' : status, number(rows)],
      driftedShare === null ? '–' : percent(driftedShare),
      worst({ features: rest.features }),
      number(quality.length),
      performance
        ? `${performance.metric} ${number(performance.value)} (${number(performance.interval.lower)} to ${number(performance.interval.upper)})`
        : '–',
      maybe(performance?.baseline),
    ],
  );
  const head = ['Segment', 'Verdict', '#Rows', '#Drifted', 'Moved most', '#Findings'];
  return [table('Segments', [...head, 'Performance', '#Baseline'], rows)];
}

function worst({ features: [first] }: Pick<SegmentReport, 'features'>): string {
  return first ? `${first.name} (${first.method} ${number(first.score)})` : '–';
}

/** What detectors found in this window, and in which of those before. */
export function conceptDriftBlocks(
  { conceptDrift }: Report,
  history: readonly ReportSummary[],
): Block[] {
  if (!conceptDrift) return [note('No detector was asked to look.')];
  const { errors, seen, findings } = conceptDrift;
  const looked = `Detectors have seen ${number(seen)} labelled predictions of this version, ${number(errors)} of them in this window.`;
  const found = findings.map(({ detector, predictionId, row, before, after }) => [
    ...[detector, `${predictionId}:${row}`, number(before), number(after)],
  ]);
  const marks = history
    .filter((window) => (window.conceptDrift?.findings.length ?? 0) > 0)
    .map(({ from, to, conceptDrift: own }) => [
      `${from.slice(0, 16).replace('T', ' ')} to ${to.slice(11, 16)}`,
      own?.findings.map(({ detector }) => detector).join(', ') ?? '',
    ]);
  return [
    text(findings.length > 0 ? looked : `${looked} None found that errors have grown.`),
    ...(found.length > 0
      ? [table('Found in this window', ['Detector', 'At', '#Error before', '#Error after'], found)]
      : []),
    ...(marks.length > 0 ? [table('Windows with findings', ['Window', 'Detectors'], marks)] : []),
  ];
}
