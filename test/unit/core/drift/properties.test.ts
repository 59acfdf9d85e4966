import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chooseMethod } from '#core/drift/choose.ts';
import { type ColumnDrift, controlFalseDiscoveries, dataDrift } from '#core/drift/columns.ts';
import { compareSamples } from '#core/drift/compare.ts';
import type { ColumnMethod } from '#core/drift/result.ts';
import { numericSample, sampleOf } from '#core/drift/sample.ts';
import { verdictOf } from '#core/drift/verdict.ts';
import { Random } from '#core/random.ts';
import { sortNumbers } from '#core/stats/sort-numbers.ts';
import { columnFrom } from '../../../helpers/tables.ts';

const ON_NUMBERS: ColumnMethod[] = [
  'kolmogorov-smirnov',
  'wasserstein',
  'cramer-von-mises',
  'anderson-darling',
  'energy-distance',
];
const ON_COUNTS: ColumnMethod[] = [
  'psi',
  'jensen-shannon',
  'hellinger',
  'kullback-leibler',
  'chi-square',
  'chi-square-fit',
  'g-test',
];
/** Those that are the same in both directions. */
const SYMMETRIC: ColumnMethod[] = [
  'kolmogorov-smirnov',
  'cramer-von-mises',
  'anderson-darling',
  'jensen-shannon',
  'hellinger',
  'chi-square',
  'g-test',
  'psi',
];

const numbers = fc
  .array(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.double({ noNaN: true, min: -50, max: 50 })), {
    minLength: 2,
    maxLength: 80,
  })
  .map((values) => numericSample(Float64Array.from(values)));
const texts = fc
  .array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 2, maxLength: 60 })
  .map((values) => sampleOf(columnFrom('t', values)));

describe('every distance', () => {
  it.each([...ON_NUMBERS, ...ON_COUNTS])(
    '%s of numbers is finite and 0 for equal samples',
    (method) => {
      fc.assert(
        fc.property(numbers, numbers, (a, b) => {
          const { score, pValue, effectSize } = compareSamples(a, b, { method })!;
          if (method !== 'chi-square-fit') expect(Number.isFinite(score)).toBe(true);
          if (pValue !== undefined) expect(pValue >= 0 && pValue <= 1).toBe(true);
          if (effectSize !== undefined) expect(effectSize).toBeGreaterThanOrEqual(0);
          const self = compareSamples(a, a, { method })!;
          if (method === 'anderson-darling') expect(self.pValue).toBeGreaterThanOrEqual(0.25);
          else if (method !== 'cramer-von-mises') expect(self.score).toBeCloseTo(0, 7);
          expect(self.drifted).toBe(false);
        }),
      );
    },
  );

  it.each(ON_COUNTS)('%s of texts is finite and 0 for equal samples', (method) => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        const { score } = compareSamples(a, b, { method })!;
        if (method !== 'chi-square-fit') expect(Number.isFinite(score)).toBe(true);
        expect(compareSamples(a, a, { method })).toMatchObject({ drifted: false });
      }),
    );
  });

  it.each(SYMMETRIC)('%s is the same in both directions', (method) => {
    const plain = fc
      .array(fc.integer({ min: 0, max: 12 }), { minLength: 2, maxLength: 60 })
      .map((values) => numericSample(Float64Array.from(values)));
    fc.assert(
      fc.property(plain, plain, (a, b) => {
        const [there, back] = [
          compareSamples(a, b, { method })!,
          compareSamples(b, a, { method })!,
        ];
        expect(there.score).toBeCloseTo(back.score, 7);
      }),
    );
  });

  it('grows with the shift', () => {
    const random = new Random(3);
    const values = Float64Array.from({ length: 800 }, () => random.normal());
    const reference = numericSample(values);
    for (const method of [...ON_NUMBERS, ...ON_COUNTS]) {
      const scores = [0.2, 0.6, 1.5].map(
        (shift) =>
          compareSamples(reference, numericSample(values.map((x) => x + shift)), { method })!.score,
      );
      expect(scores[0]).toBeLessThan(scores[1]!);
      expect(scores[1]).toBeLessThan(scores[2]!);
    }
  });

  it('leaves out what is missing or infinite', () => {
    const gaps = numericSample(Float64Array.from([3, NaN, 1, Infinity, 2, -Infinity]));
    expect([...gaps.sorted]).toEqual([1, 2, 3]);
    expect(compareSamples(gaps, numericSample(Float64Array.from([NaN, 1])))).toBeUndefined();
  });

  it('refuses what cannot be compared', () => {
    const text = sampleOf(columnFrom('t', ['a', 'b']));
    const number = numericSample(Float64Array.from([1, 2]));
    expect(() => compareSamples(text, number)).toThrow('numbers against texts');
    expect(() => compareSamples(text, text, { method: 'wasserstein' })).toThrow('compares numbers');
  });

  it('takes the threshold given', () => {
    const [a, b] = [1, 2].map((seed) => numericSample(normals(seed, 300)));
    expect(compareSamples(a!, b!, { method: 'wasserstein', threshold: 0 })?.drifted).toBe(true);
    expect(compareSamples(a!, b!, { method: 'wasserstein', threshold: 9 })?.drifted).toBe(false);
  });
});

const normals = (seed: number, rows: number): Float64Array => {
  const random = new Random(seed);
  return Float64Array.from({ length: rows }, () => random.normal());
};

describe('the method', () => {
  it.each([
    ['numeric', 1000, 6, 'kolmogorov-smirnov'],
    ['numeric', 1001, 6, 'wasserstein'],
    ['numeric', 1000, 5, 'chi-square'],
    ['numeric', 1001, 5, 'jensen-shannon'],
    ['text', 1000, 0, 'chi-square'],
    ['text', 1001, 0, 'jensen-shannon'],
  ] as const)('for %s columns of %i rows with %i values is %s', (kind, rows, distinct, method) => {
    expect(chooseMethod({ kind, rows, distinct })).toBe(method);
  });
});

describe('several columns', () => {
  const test = (name: string, pValue: number): ColumnDrift => ({
    name,
    result: verdictOf('kolmogorov-smirnov', { score: 0.1, pValue }, 0.05),
  });

  it('are decided by p-values corrected for their number; distances stay', () => {
    const distance = { name: 'd', result: verdictOf('psi', { score: 0.4 }, 0.1) };
    const columns = controlFalseDiscoveries([
      test('a', 0.04),
      test('b', 0.9),
      distance,
      test('c', 0.001),
    ]);
    expect(columns.map(({ result }) => [result.adjustedPValue, result.drifted])).toEqual([
      [expect.closeTo(0.06, 12), false],
      [expect.closeTo(0.9, 12), false],
      [undefined, true],
      [expect.closeTo(0.003, 12), true],
    ]);
    expect(dataDrift(columns)).toEqual({
      columns: 4,
      driftedColumns: 2,
      share: 0.5,
      drifted: true,
    });
    expect(dataDrift([])).toMatchObject({ share: 0, drifted: false });
  });
});

describe('sorting', () => {
  it('agrees with the engine, whatever the values', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true }),
      fc.integer({ min: -3, max: 3 }),
      fc.constantFrom(Infinity, -Infinity, 1e-320, 1 + 2 ** -40, 1 + 2 ** -41),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), fc.integer(), (some, seed) => {
        const random = new Random(Math.abs(seed));
        const values = Float64Array.from(
          { length: 3000 },
          () => some[random.integer(some.length)]! + 0,
        );
        expect(sortNumbers(values.slice())).toEqual(values.slice().sort());
      }),
      { numRuns: 40 },
    );
  });

  it('agrees where many values share their first bits', () => {
    const random = new Random(4);
    const values = Float64Array.from({ length: 5000 }, () => 1 + random.uniform() * 2 ** -30);
    expect(sortNumbers(values.slice())).toEqual(values.slice().sort());
  });
});
