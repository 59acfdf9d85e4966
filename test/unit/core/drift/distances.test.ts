import { describe, expect, it } from '@jest/globals';
import { andersonDarling } from '#core/drift/anderson-darling.ts';
import { binNames, binNumbers } from '#core/drift/bins.ts';
import { chiSquare, chiSquareFit } from '#core/drift/chi-square.ts';
import { compareSamples } from '#core/drift/compare.ts';
import { cramerVonMises } from '#core/drift/cramer-von-mises.ts';
import { energyDistance } from '#core/drift/energy-distance.ts';
import { gTest } from '#core/drift/g-test.ts';
import { hellinger } from '#core/drift/hellinger.ts';
import { jensenShannon } from '#core/drift/jensen-shannon.ts';
import { kolmogorovSmirnov } from '#core/drift/kolmogorov-smirnov.ts';
import { kullbackLeibler } from '#core/drift/kullback-leibler.ts';
import { psi } from '#core/drift/psi.ts';
import { sampleOf } from '#core/drift/sample.ts';
import { wassersteinDistance } from '#core/drift/wasserstein.ts';
import { scaledBesselK } from '#core/stats/bessel.ts';
import { binomialMass } from '#core/stats/binomial-mass.ts';
import { kolmogorovSurvival, oneSidedSurvival } from '#core/stats/kolmogorov.ts';
import { type Column, columnOf, type Table } from '#core/table/table.ts';
import { readData } from '../../../helpers/example-files.ts';
import reference from '../../../references/drift/distances.json' with { type: 'json' };

/** Where the arithmetic is the same. */
const SAME = 1e-12;

function near(got: number | undefined, expected: number, relative = SAME, absolute = 1e-14) {
  const allowed = relative * Math.abs(expected) + absolute;
  if (!(Math.abs((got ?? Number.NaN) - expected) <= allowed)) {
    throw new Error(`${got} is not within ${allowed} of ${expected}`);
  }
}

const sorted = (values: number[]) => Float64Array.from(values).sort();

describe('the distributions behind the tests agree with scipy', () => {
  it.each(reference.kolmogorovSurvival as [number, number, number][])(
    'two-sided Kolmogorov–Smirnov, n = %d, x = %d',
    (n, x, expected) => near(kolmogorovSurvival(n, x), expected, 1e-11, 1e-12),
  );
  it.each(reference.oneSidedSurvival as [number, number, number][])(
    'one-sided Kolmogorov–Smirnov, n = %d, x = %d',
    (n, x, expected) => near(oneSidedSurvival(n, x), expected, 1e-11, 1e-300),
  );
  it.each(reference.binomialMass as [number, number, number, number][])(
    'binomial, k = %d of %d, p = %d',
    (k, n, p, expected) => near(binomialMass(k, n, p), expected, 1e-11, 1e-300),
  );
  it.each(reference.scaledBesselK as [number, number, number][])(
    'Bessel K, order %d, x = %d',
    (order, x, expected) => near(scaledBesselK(order, x), expected, 1e-12),
  );
});

describe('samples of all sizes agree with scipy', () => {
  it.each(
    reference.kolmogorovSmirnov.map(
      (row) => [row.reference.length, row.current.length, row] as const,
    ),
  )('Kolmogorov–Smirnov, %d against %d values', (_n, _m, row) => {
    const samples = [sorted(row.reference), sorted(row.current)] as const;
    const exact = kolmogorovSmirnov(...samples, 'exact');
    near(exact.statistic, row.statistic);
    near(exact.pValue, row.exact, 1e-11);
    near(kolmogorovSmirnov(...samples, 'asymptotic').pValue, row.asymptotic, 1e-11, 1e-13);
  });
  it.each(reference.andersonDarling)('Anderson–Darling of $samples.length samples', (row) => {
    const test = andersonDarling(row.samples.map(sorted));
    near(test?.statistic, row.statistic, 1e-11);
    near(test?.pValue, row.pValue, 1e-10);
  });
});

const METHODS: Record<string, string> = {
  ks: 'kolmogorov-smirnov',
  wasserstein: 'wasserstein',
  jensenshannon: 'jensen-shannon',
  chisquare: 'chi-square',
  z: 'chi-square',
};

const columns = reference.columns.map((row) => [row.example, row.name, row] as const);

const tables = Object.fromEntries(
  [...new Set(reference.columns.map(({ example }) => example))].map((example) => [
    example,
    {
      training: readData(example, 'training')?.table,
      validation: readData(example, 'validation')?.table,
    },
  ]),
);

describe('real data: training against validation', () => {
  const samplesOf = (row: (typeof reference.columns)[number]) => {
    const find = (role: 'training' | 'validation') =>
      sampleOf(columnOf(tables[row.example]?.[role] as Table, row.name) as Column);
    return [find('training'), find('validation')] as const;
  };

  it.each(columns)('%s, %s: what Evidently chooses, and its verdict', (_e, _n, row) => {
    const result = compareSamples(...samplesOf(row));
    const { method, score, threshold, drifted } = row.chosen;
    expect(result?.method).toBe(METHODS[method]);
    expect(result?.threshold).toBe(threshold);
    if (method === 'chisquare') return;
    expect(result?.drifted).toBe(drifted);
    near(result?.pValue ?? result?.score, score as number, 1e-11, 1e-12);
  });

  it.each(columns)('%s, %s: every method', (_e, _n, row) => {
    const [a, b] = samplesOf(row);
    const { evidently, scipy } = row as never as {
      evidently: Record<string, number>;
      scipy: Record<string, any>;
    };
    const counts =
      a.kind === 'text'
        ? binNames(a.counts, (b as typeof a).counts)
        : binNumbers(a.sorted, (b as typeof a).sorted);
    near(psi(counts), evidently.psi as number);
    // The root of a small difference: the divergence itself agrees to 1e-16.
    near(jensenShannon(counts), evidently.jensenshannon as number, SAME, 1e-12);
    near(kullbackLeibler(counts), evidently.kl_div as number, 1e-11);
    near(hellinger(counts), evidently.hellinger ?? scipy.hellinger, 1e-9, 2e-8);
    if (scipy.chiSquare) {
      const { statistic, pValue, effectSize } = chiSquare(counts);
      near(statistic, scipy.chiSquare[0]);
      near(pValue, scipy.chiSquare[1], 1e-11);
      near(effectSize, scipy.chiSquare[2]);
      near(gTest(counts).statistic, scipy.gTest[0], 1e-11);
      near(gTest(counts).pValue, scipy.gTest[1], 1e-11);
      near(chiSquareFit(counts).pValue, evidently.chisquare as number, 1e-11);
      return;
    }
    if (a.kind === 'text' || b.kind === 'text') throw new Error('a number was expected');
    const test = kolmogorovSmirnov(a.sorted, b.sorted);
    near(test.statistic, scipy.kolmogorovSmirnov[0]);
    near(test.pValue, scipy.kolmogorovSmirnov[1], 1e-11);
    near(
      kolmogorovSmirnov(a.sorted, b.sorted, 'asymptotic').pValue,
      scipy.kolmogorovSmirnov[2],
      1e-11,
      1e-13,
    );
    near(a.deviation, scipy.deviation);
    near(wassersteinDistance(a.sorted, b.sorted), scipy.wasserstein);
    near(compareSamples(a, b, { method: 'wasserstein' })?.score, evidently.wasserstein as number);
    near(energyDistance(a.sorted, b.sorted), scipy.energyDistance);
    near(cramerVonMises(a.sorted, b.sorted).statistic, scipy.cramerVonMises[0], 1e-9);
    // scipy leaves the series at its first term below 1e-7.
    near(cramerVonMises(a.sorted, b.sorted).pValue, scipy.cramerVonMises[1], 0, 1e-7);
    near(andersonDarling([a.sorted, b.sorted])?.statistic, scipy.andersonDarling[0], 1e-9);
    near(andersonDarling([a.sorted, b.sorted])?.pValue, scipy.andersonDarling[1], 1e-9);
  });
});
