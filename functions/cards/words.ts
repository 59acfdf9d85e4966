import { maybe } from '#shared/page/numbers.ts';
import type { ModelCard } from './schema.ts';

const STATUS = {
  queued: 'The validation has not begun yet',
  running: 'The validation is running',
  approved: 'Approved',
  rejected: 'Rejected',
  'awaiting-approval': 'Passed every gate; waits for a person to approve it',
  failed: 'The validation could not be carried out',
  cancelled: 'The validation was cancelled',
} as const;

type Verdict = NonNullable<ModelCard['verdict']>;

/** The verdict in one sentence. */
export function verdictLine({ status, gates, reason }: Verdict): string {
  const blocking = gates.filter(({ blocks }) => blocks).length;
  if (status === 'rejected' && blocking > 0) {
    return `Rejected: ${counted(blocking, 'gate')} did not hold`;
  }
  if (status === 'failed' && reason) return `${STATUS.failed}: ${reason}`;
  const warned = gates.filter(
    ({ outcome, severity }) => outcome === 'failed' && severity === 'warn',
  );
  const passed = gates.filter(({ outcome }) => outcome === 'passed').length;
  if (status !== 'approved' || gates.length === 0) return STATUS[status];
  const warnings = warned.length > 0 ? `, ${counted(warned.length, 'warning')}` : '';
  return `Approved: ${passed} of ${counted(gates.length, 'gate')} passed${warnings}`;
}

export const counted = (n: number, noun: string): string =>
  `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`;

type Changes = NonNullable<ModelCard['changes']>;

/** Each change since the version before, as a line. */
export const changeLines = ({ signature, graph, lineage, metrics }: Changes): string[] => [
  ...[...signature, ...graph, ...lineage].map(changeLine),
  ...metrics.map(
    ({ metric, before, after }) => `${metric}: ${shortNumber(before)} → ${shortNumber(after)}`,
  ),
];

export function changeLine({ what, before, after }: Changes['graph'][number]): string {
  if (before === null) return `${what}: added (${after})`;
  if (after === null) return `${what}: removed (was ${before})`;
  return `${what}: ${before} → ${after}`;
}

/** Four significant digits at most. */
const shortNumber = (value: number): string => String(Number(value.toPrecision(4)));

const SIGNS = { '>=': '≥', '<=': '≤' } as Record<string, string>;

/** A comparison as one sign, safe in HTML. */
const comparisonSign = (comparison: string): string =>
  SIGNS[comparison] ?? { '>': 'above', '<': 'below' }[comparison] ?? '';

/** What a gate asks for; safe in HTML. */
export function limit({ comparison, threshold, relativeTo }: Verdict['gates'][number]): string {
  if (threshold === null) return relativeTo ? `no ${relativeTo}` : maybe(threshold);
  return `${comparisonSign(comparison)} ${maybe(threshold)}`;
}
