import { AppError } from '#core/errors.ts';
import { BinCounts } from '#core/profile/bin-counts.ts';
import type { ColumnProfile, NumericProfile, TextProfile } from '#core/profile/schema.ts';
import { type BinnedPair, binNames, totalOf } from './bins.ts';
import { CATEGORY_VALUES, chooseMethod } from './choose.ts';
import { BY_COUNTS, type CompareOptions, needsNumbers } from './compare.ts';
import {
  type Bounded,
  type EdgedPair,
  kolmogorovSmirnovOfBins,
  wassersteinOfBins,
} from './from-bins.ts';
import { asymptoticP } from './kolmogorov-smirnov.ts';
import { type Outline, outlineDistances, outlineOf } from './outline.ts';
import type { ColumnMethod, DriftResult } from './result.ts';
import { DEFAULT_THRESHOLDS, type Measured, verdictOf } from './verdict.ts';
import { unitOf } from './wasserstein.ts';

/**
 * How far a column has moved from its reference, from profiles alone. Exact where all values are
 * counted (up to 50 numbers or 512 texts); else with a bound of the error, which is smallest where
 * both profiles counted between the reference's edges.
 *
 * @returns undefined where either has fewer than two values: there is nothing to compare
 * @throws AppError `invalid` where the kinds differ, or the method cannot be had from profiles
 */
export function compareProfiles(
  reference: ColumnProfile,
  current: ColumnProfile,
  { method = methodFor(reference), threshold }: CompareOptions = {},
): DriftResult | undefined {
  if (valuesIn(reference) < 2 || valuesIn(current) < 2) return undefined;
  const measured = measure(reference, current, method);
  return verdictOf(method, measured, threshold ?? DEFAULT_THRESHOLDS[method]);
}

/** Numbers that are finite, texts that are not missing. */
export const valuesIn = (profile: ColumnProfile): number =>
  profile.kind === 'numeric' ? profile.moments.count : profile.count - profile.missing;

function methodFor(reference: ColumnProfile): ColumnMethod {
  const isNumeric = reference.kind === 'numeric';
  if (!isNumeric && reference.counts.error > 0) return 'jensen-shannon';
  const distinct = isNumeric ? (reference.values?.length ?? CATEGORY_VALUES + 1) : 0;
  return chooseMethod({ kind: reference.kind, rows: valuesIn(reference), distinct });
}

function measure(reference: ColumnProfile, current: ColumnProfile, method: ColumnMethod): Measured {
  if (reference.kind === 'text' && current.kind === 'text') {
    return measureTexts(reference, current, method);
  }
  if (reference.kind === 'numeric' && current.kind === 'numeric') {
    return measureNumbers(reference, current, method);
  }
  throw new AppError(
    'invalid',
    `"${reference.name}" holds numbers on one side and texts on the other`,
  );
}

function measureNumbers(
  reference: NumericProfile,
  current: NumericProfile,
  method: ColumnMethod,
): Measured {
  const byCounts = BY_COUNTS[method];
  if (byCounts) return byCounts(countsOf(reference, current, method));
  if (method === 'kolmogorov-smirnov') return supremum(reference, current);
  if (method === 'wasserstein') return area(reference, current);
  throw new AppError(
    'invalid',
    `${method} needs the values: from profiles choose wasserstein or kolmogorov-smirnov`,
  );
}

/** The p-value is that of the smallest statistic the bound allows: no alarm is due to the error. */
function supremum(reference: NumericProfile, current: NumericProfile): Measured {
  const { score, errorBound } = estimate(reference, current, kolmogorovSmirnovOfBins, (a, b) => ({
    score: outlineDistances(a, b).supremum,
    errorBound: a.rankError + b.rankError,
  }));
  const least = Math.max(0, score - errorBound);
  const pValue = asymptoticP(least, reference.moments.count, current.moments.count);
  return withBound({ score, pValue }, errorBound);
}

function area(reference: NumericProfile, current: NumericProfile): Measured {
  const { count, m2 } = reference.moments;
  const unit = unitOf(Math.sqrt(m2 / count));
  const { min, max } = rangeOf(reference, current);
  const { score, errorBound } = estimate(reference, current, wassersteinOfBins, (a, b) => ({
    score: outlineDistances(a, b).area,
    errorBound: (a.rankError + b.rankError) * (max - min),
  }));
  return withBound({ score: score / unit }, errorBound / unit);
}

const withBound = (measured: Measured, errorBound: number): Measured =>
  errorBound > 0 ? { ...measured, errorBound } : measured;

/** From the values where all are counted, else from bins between the reference's edges or sketches. */
function estimate(
  reference: NumericProfile,
  current: NumericProfile,
  ofBins: (pair: EdgedPair) => Bounded,
  ofOutlines: (a: Outline, b: Outline) => Bounded,
): Bounded {
  const isExact = reference.values && current.values;
  const pair = isExact ? undefined : edgedPair(reference, current);
  return pair ? ofBins(pair) : ofOutlines(outlineOf(reference), outlineOf(current));
}

function edgedPair(reference: NumericProfile, current: NumericProfile): EdgedPair | undefined {
  if (!reference.bins || !current.bins) return undefined;
  const [a, b] = [BinCounts.from(reference.bins), BinCounts.from(current.bins)];
  if (!a.sameEdges(b)) return undefined;
  const range = rangeOf(reference, current);
  return { edges: a.edges, reference: a.counts, current: b.counts, ...range };
}

const rangeOf = (a: NumericProfile, b: NumericProfile) => ({
  min: Math.min(a.min as number, b.min as number),
  max: Math.max(a.max as number, b.max as number),
});

/** A bin per value where all values are counted, else those between the reference's edges. */
function countsOf(
  reference: NumericProfile,
  current: NumericProfile,
  method: ColumnMethod,
): BinnedPair {
  if (reference.values && current.values) {
    return binNames(new Map(reference.values), new Map(current.values));
  }
  const pair = edgedPair(reference, current);
  if (pair) return pair;
  throw new AppError(
    'invalid',
    `${method} of "${reference.name}" needs both profiles counted between the reference's edges`,
  );
}

/** Texts beyond the 512 that are counted are one bin: the same rest on both sides moves nothing. */
function measureTexts(
  reference: TextProfile,
  current: TextProfile,
  method: ColumnMethod,
): Measured {
  const byCounts = BY_COUNTS[method];
  if (!byCounts) throw needsNumbers(method);
  const [r, c] = [new Map(reference.counts.counts), new Map(current.counts.counts)];
  const rest = [reference, current].map(uncounted) as [number, number];
  const pair = binNames(r, c);
  if (rest[0] + rest[1] === 0) return byCounts(pair);
  const bound = DISPLACED[method];
  if (!bound) {
    throw new AppError(
      'invalid',
      `${method} needs every text counted, and "${reference.name}" has more than 512: choose jensen-shannon or hellinger`,
    );
  }
  const shares = [rest[0] / valuesIn(reference), rest[1] / valuesIn(current)] as const;
  return {
    ...byCounts({
      reference: Float64Array.from([...pair.reference, rest[0]]),
      current: Float64Array.from([...pair.current, rest[1]]),
    }),
    errorBound: bound(shares[0]) + bound(shares[1]),
  };
}

const uncounted = (profile: TextProfile): number =>
  valuesIn(profile) - totalOf(Float64Array.from(profile.counts.counts, ([, count]) => count));

/**
 * Both are metrics, so a distance changes by no more than each distribution is displaced; and what
 * a share t in the wrong bin displaces is at most √(t ln 2) and √t (Lin 1991; Le Cam 1986).
 */
const DISPLACED: Readonly<Partial<Record<ColumnMethod, (share: number) => number>>> = {
  'jensen-shannon': (share) => Math.sqrt(share * Math.LN2),
  hellinger: (share) => Math.sqrt(share),
};
