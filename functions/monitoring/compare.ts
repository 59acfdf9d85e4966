import { distinctUpTo } from '#core/drift/bins.ts';
import { CATEGORY_VALUES, chooseMethod } from '#core/drift/choose.ts';
import { compareSamples } from '#core/drift/compare.ts';
import { compareProfiles, valuesIn } from '#core/drift/compare-profiles.ts';
import type { ColumnMethod, DriftResult } from '#core/drift/result.ts';
import { rowsOf, type Sample, sampleOf } from '#core/drift/sample.ts';
import { DEFAULT_THRESHOLDS } from '#core/drift/verdict.ts';
import { learnDriftThreshold } from '#core/monitoring/thresholds.ts';
import type { ColumnProfile } from '#core/profile/schema.ts';
import { Random } from '#core/random.ts';
import { type Column, columnOf, type Table, takeRows } from '#core/table/table.ts';
import type { Pair } from './pairs.ts';
import type { MonitorSpec } from './schema.ts';

/** Where both sides are at hand row by row, or else samples of them. */
export interface Rows {
  readonly reference: Table;
  readonly current: Table;
  /** Whether these are all rows of both sides. */
  readonly areWhole: boolean;
}

/** @returns undefined where either side has fewer than two values */
export function comparePair(
  pair: Pair,
  rows: Rows,
  { tests }: Pick<MonitorSpec, 'tests'>,
): DriftResult | undefined {
  const { method, threshold } = tests[pair.name] ?? {};
  const name = pair.side + pair.name;
  const [reference, current] = [rows.reference, rows.current].map((table) => columnOf(table, name));
  if (reference && current && reference.kind === current.kind) {
    if (rows.areWhole || NEEDS_VALUES.has(method)) {
      return compareColumns(reference, current, { method, threshold });
    }
  }
  const chosen = method ?? methodOfProfiles(pair.reference, pair.current);
  return compareProfiles(pair.reference, pair.current, { method: chosen, threshold });
}

/** What profiles cannot say is said of samples of the rows. */
const NEEDS_VALUES: ReadonlySet<ColumnMethod | undefined> = new Set([
  ...(['cramer-von-mises', 'anderson-darling', 'energy-distance'] as const),
]);

/** Exactly, from the values; without a threshold a distance has to exceed what chance explains. */
export function compareColumns(
  reference: Column,
  current: Column,
  { method: asked, threshold: given }: MonitorSpec['tests'][string],
): DriftResult | undefined {
  const [before, now] = [sampleOf(reference), sampleOf(current)];
  const method = asked ?? methodOfSamples(before, now);
  const result = compareSamples(before, now, { method, threshold: given });
  if (!result || result.pValue !== undefined || given !== undefined) return result;
  const learned = learnedThreshold(reference, rowsOf(now), method);
  if (learned === undefined || learned <= DEFAULT_THRESHOLDS[method]) return result;
  return { ...result, threshold: learned, drifted: result.score >= learned };
}

/** Of the reference, to learn from. */
const LEARN_ROWS = 5_000;

/** What chunks of the reference as large as the window reach against the rest of it. */
function learnedThreshold(reference: Column, rows: number, method: ColumnMethod) {
  const all = reference.kind === 'numeric' ? reference.values.length : reference.codes.length;
  const random = new Random(1);
  const most = Math.max(LEARN_ROWS, 4 * rows);
  const own =
    all <= most
      ? reference
      : (takeRows({ rows: all, columns: [reference] }, random.sample(all, most))
          .columns[0] as Column);
  return learnDriftThreshold(own, rows, { random, method });
}

/**
 * A test where either side is small, a distance where both are large: distances of small windows
 * are beyond their thresholds by chance, tests of large ones for differences of no matter.
 */
function methodOfSamples(reference: Sample, current: Sample): ColumnMethod {
  const rows = Math.min(rowsOf(reference), rowsOf(current));
  if (reference.kind === 'text' || current.kind === 'text') {
    return chooseMethod({ kind: 'text', rows, distinct: 0 });
  }
  const distinct = distinctUpTo(reference.sorted, CATEGORY_VALUES + 1);
  return chooseMethod({ kind: 'numeric', rows, distinct });
}

function methodOfProfiles(reference: ColumnProfile, current: ColumnProfile): ColumnMethod {
  const rows = Math.min(valuesIn(reference), valuesIn(current));
  if (reference.kind === 'text' && reference.counts.error > 0) return 'jensen-shannon';
  const distinct = reference.kind === 'numeric' ? (reference.values?.length ?? 51) : 0;
  const method = chooseMethod({ kind: reference.kind, rows, distinct });
  // Categories count as such only where both sides count all of their values.
  const counted = current.kind === 'numeric' && current.values === null;
  return counted && method === 'chi-square' ? 'kolmogorov-smirnov' : method;
}
