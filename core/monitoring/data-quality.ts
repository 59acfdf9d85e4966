import type { Interval } from '#core/figure.ts';
import type { ColumnProfile, NumericProfile, TextProfile } from '#core/profile/schema.ts';
import { wilsonInterval } from '#core/stats/wilson.ts';

export interface QualityFinding {
  readonly feature: string;
  readonly kind: 'missing' | 'unseen-category' | 'out-of-range' | 'constant' | 'infinite';
  /** Share of the window's rows. */
  readonly share: number;
  readonly interval: Interval;
  /** The same share in the reference. */
  readonly reference: number;
  readonly message: string;
}

/** A share must be higher than in the reference by this, for certain, to be a finding. */
export const TOLERANCE = 0.01;

/**
 * What is wrong with a column's values, compared with its reference. A share counts where the lower
 * end of its 95 % interval (Wilson) is above the reference's by more than the tolerance.
 *
 * @param outside rows beyond the reference's smallest and largest value
 */
export function findQualityProblems(
  reference: ColumnProfile,
  current: ColumnProfile,
  { outside = 0, tolerance = TOLERANCE }: { outside?: number; tolerance?: number } = {},
): QualityFinding[] {
  const found: (Suspicion | undefined)[] = [missing(reference, current)];
  if (reference.kind === 'text' && current.kind === 'text') found.push(unseen(reference, current));
  if (reference.kind === 'numeric' && current.kind === 'numeric') {
    found.push(outOfRange(reference, current, outside), infinite(reference, current));
  }
  const shares = found.flatMap((one) => (one ? (judge(current, one, tolerance) ?? []) : []));
  return [...shares, ...constant(reference, current)];
}

interface Suspicion {
  readonly kind: QualityFinding['kind'];
  readonly rows: number;
  readonly of: number;
  readonly reference: number;
  readonly says: string;
}

const share = (rows: number, of: number): number => (of === 0 ? 0 : rows / of);

const missing = (reference: ColumnProfile, { missing: rows, count }: ColumnProfile): Suspicion => ({
  ...{ kind: 'missing', rows, of: count, reference: share(reference.missing, reference.count) },
  says: 'have no value',
});

/** Undefined where the reference itself did not count all its texts. */
function unseen(reference: TextProfile, current: TextProfile): Suspicion | undefined {
  if (reference.counts.error > 0) return undefined;
  const known = new Set(reference.counts.counts.map(([text]) => text));
  const strange = current.counts.counts.filter(([text]) => !known.has(text));
  const rows = strange.reduce((sum, [, count]) => sum + count, 0);
  const of = current.count - current.missing;
  return { kind: 'unseen-category', rows, of, reference: 0, says: 'hold a text never seen before' };
}

function outOfRange(
  { min, max }: NumericProfile,
  current: NumericProfile,
  rows: number,
): Suspicion | undefined {
  if (min === null || max === null) return undefined;
  const says = `lie outside ${min} to ${max}, where the reference lies`;
  return { kind: 'out-of-range', rows, of: current.moments.count, reference: 0, says };
}

const infinite = (reference: NumericProfile, current: NumericProfile): Suspicion => ({
  ...{ kind: 'infinite', rows: current.infinite, of: current.count },
  ...{ reference: share(reference.infinite, reference.count), says: 'are infinite' },
});

function judge(
  { name }: ColumnProfile,
  { kind, rows, of, reference, says }: Suspicion,
  tolerance: number,
): QualityFinding | undefined {
  const interval = wilsonInterval(rows, of);
  if (!interval || interval.lower <= reference + tolerance) return undefined;
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
  const message = `${percent(share(rows, of))} of its values ${says}; in the reference ${percent(reference)}`;
  return { feature: name, kind, share: share(rows, of), interval, reference, message };
}

/** Fewer rows may agree by chance. */
const MIN_CONSTANT = 30;

function constant(reference: ColumnProfile, current: ColumnProfile): QualityFinding[] {
  const only = onlyValue(current);
  const rows = current.count - current.missing;
  if (only === undefined || onlyValue(reference) !== undefined || rows < MIN_CONSTANT) return [];
  // What most of the reference is, a window may be altogether.
  if (shareOfValue(reference, only) > 0.9) return [];
  const interval = wilsonInterval(rows, rows) as Interval;
  const message = `it is ${JSON.stringify(only)} in every row; in the reference it varies`;
  return [{ feature: current.name, kind: 'constant', share: 1, interval, reference: 0, message }];
}

const countsOf = (column: ColumnProfile): readonly (readonly [string | number, number])[] | null =>
  column.kind === 'numeric' ? column.values : column.counts.counts;

function onlyValue(column: ColumnProfile): string | number | undefined {
  const counts = countsOf(column);
  return counts?.length === 1 ? counts[0]?.[0] : undefined;
}

function shareOfValue(column: ColumnProfile, value: string | number): number {
  const found = countsOf(column)?.find(([one]) => one === value);
  return share(found?.[1] ?? 0, column.count - column.missing);
}
