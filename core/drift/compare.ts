import { AppError } from '#core/errors.ts';
import { andersonDarling } from './anderson-darling.ts';
import { type BinnedPair, binByValue, binNames, binNumbers, distinctUpTo } from './bins.ts';
import { chiSquare, chiSquareFit } from './chi-square.ts';
import { CATEGORY_VALUES, chooseMethod } from './choose.ts';
import type { ContingencyTest } from './contingency.ts';
import { cramerVonMises } from './cramer-von-mises.ts';
import { energyDistance } from './energy-distance.ts';
import { gTest } from './g-test.ts';
import { hellinger } from './hellinger.ts';
import { jensenShannon } from './jensen-shannon.ts';
import { kolmogorovSmirnov } from './kolmogorov-smirnov.ts';
import { kullbackLeibler } from './kullback-leibler.ts';
import { psi } from './psi.ts';
import type { ColumnMethod, DriftResult } from './result.ts';
import { type NumericSample, rowsOf, type Sample } from './sample.ts';
import { DEFAULT_THRESHOLDS, type Measured, verdictOf } from './verdict.ts';
import { unitOf, wassersteinDistance } from './wasserstein.ts';

export interface CompareOptions {
  /** Chosen by the reference where none is given. */
  readonly method?: ColumnMethod | undefined;
  /** The method's own where none is given. */
  readonly threshold?: number | undefined;
}

/**
 * How far a column has moved from its reference, exactly, from the values.
 *
 * @returns undefined where either has fewer than two values: there is nothing to compare
 * @throws AppError `invalid` where the columns are of two kinds, or the method needs numbers
 */
export function compareSamples(
  reference: Sample,
  current: Sample,
  { method = methodFor(reference), threshold }: CompareOptions = {},
): DriftResult | undefined {
  if (reference.kind !== current.kind) throw new AppError('invalid', 'numbers against texts');
  if (rowsOf(reference) < 2 || rowsOf(current) < 2) return undefined;
  const measured = measure(reference, current, method);
  return verdictOf(method, measured, threshold ?? DEFAULT_THRESHOLDS[method]);
}

export const methodFor = (reference: Sample): ColumnMethod =>
  chooseMethod({
    kind: reference.kind,
    rows: rowsOf(reference),
    distinct:
      reference.kind === 'numeric' ? distinctUpTo(reference.sorted, CATEGORY_VALUES + 1) : 0,
  });

function measure(reference: Sample, current: Sample, method: ColumnMethod): Measured {
  const counted = BY_COUNTS[method];
  if (counted) return counted(countsOf(reference, current, method));
  if (reference.kind === 'text' || current.kind === 'text') throw needsNumbers(method);
  return (BY_VALUES[method] as NonNullable<ByValues>)(reference, current);
}

export const needsNumbers = (method: ColumnMethod): AppError =>
  new AppError(
    'invalid',
    `${method} compares numbers: choose chi-square or jensen-shannon for texts`,
  );

/** Tests take each value as a bin of its own, as they do where it is a category. */
function countsOf(reference: Sample, current: Sample, method: ColumnMethod): BinnedPair {
  if (reference.kind === 'text' || current.kind === 'text') {
    return binNames(
      (reference as Sample & { kind: 'text' }).counts,
      (current as Sample & { kind: 'text' }).counts,
    );
  }
  const isTest = method === 'chi-square' || method === 'chi-square-fit' || method === 'g-test';
  const few = distinctUpTo(reference.sorted, CATEGORY_VALUES + 1) <= CATEGORY_VALUES;
  return (isTest && few ? binByValue : binNumbers)(reference.sorted, current.sorted);
}

type ByCounts = ((counts: BinnedPair) => Measured) | undefined;
type ByValues = ((reference: NumericSample, current: NumericSample) => Measured) | undefined;

const asMeasured = ({ statistic, pValue, effectSize }: ContingencyTest): Measured => ({
  score: statistic,
  pValue,
  effectSize,
});

/** Methods that need no more than counts in bins. */
export const BY_COUNTS: Readonly<Partial<Record<ColumnMethod, ByCounts>>> = {
  psi: (counts) => ({ score: psi(counts) }),
  'jensen-shannon': (counts) => ({ score: jensenShannon(counts) }),
  hellinger: (counts) => ({ score: hellinger(counts) }),
  'kullback-leibler': (counts) => ({ score: kullbackLeibler(counts) }),
  'chi-square': (counts) => asMeasured(chiSquare(counts)),
  'chi-square-fit': (counts) => asMeasured(chiSquareFit(counts)),
  'g-test': (counts) => asMeasured(gTest(counts)),
};

const BY_VALUES: Readonly<Partial<Record<ColumnMethod, ByValues>>> = {
  'kolmogorov-smirnov': ({ sorted: r }, { sorted: c }) => {
    const { statistic, pValue } = kolmogorovSmirnov(r, c);
    return { score: statistic, pValue };
  },
  'cramer-von-mises': ({ sorted: r }, { sorted: c }) => {
    const { statistic, pValue, effectSize } = cramerVonMises(r, c);
    return { score: statistic, pValue, effectSize };
  },
  'anderson-darling': ({ sorted: r }, { sorted: c }) => {
    const test = andersonDarling([r, c]) ?? { statistic: 0, pValue: 1 };
    return { score: test.statistic, pValue: test.pValue };
  },
  wasserstein: ({ sorted: r, deviation }, { sorted: c }) => ({
    score: wassersteinDistance(r, c) / unitOf(deviation),
  }),
  'energy-distance': ({ sorted: r, deviation }, { sorted: c }) => ({
    score: energyDistance(r, c) / Math.sqrt(unitOf(deviation)),
  }),
};
