import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chooseMethod } from '#core/drift/choose.ts';
import { type ColumnDrift, controlFalseDiscoveries, dataDrift } from '#core/drift/columns.ts';
import { compareSamples } from '#core/drift/compare.ts';
import { compareProfiles } from '#core/drift/compare-profiles.ts';
import type { ColumnMethod } from '#core/drift/result.ts';
import { numericSample, sampleOf } from '#core/drift/sample.ts';
import { verdictOf } from '#core/drift/verdict.ts';
import { BinCounts, edgesOf } from '#core/profile/bin-counts.ts';
import { edgesFrom, Profiler, profileTable } from '#core/profile/profiler.ts';
import { QuantileSketch } from '#core/profile/quantile-sketch.ts';
import { type ColumnProfile, Profile } from '#core/profile/schema.ts';
import { TensorProfile, TensorProfiler } from '#core/profile/tensor-profiler.ts';
import { Random } from '#core/random.ts';
import { sortNumbers } from '#core/stats/sort-numbers.ts';
import type { Column, Table } from '#core/table/table.ts';
import { columnFrom, tableOf } from '../../../helpers/tables.ts';

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

const normals = (seed: number, rows: number, shift = 0, scale = 1): Float64Array => {
  const random = new Random(seed);
  return Float64Array.from({ length: rows }, () => shift + scale * random.normal());
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

const column = (table: Table, edges?: ReturnType<typeof edgesFrom>): ColumnProfile =>
  profileTable(table, edges).columns[0] as ColumnProfile;
const numeric = (values: Float64Array): Table => ({
  rows: values.length,
  columns: [{ name: 'x', kind: 'numeric', values }],
});
const same = (values: Float64Array) => sampleOf(numeric(values).columns[0] as Column);

describe('from profiles', () => {
  it('is exact where all values are counted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 2, maxLength: 90 }),
        fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 2, maxLength: 90 }),
        fc.constantFrom<ColumnMethod>('wasserstein', 'psi', 'jensen-shannon', 'hellinger'),
        (a, b, method) => {
          const [r, c] = [Float64Array.from(a), Float64Array.from(b)];
          const exact = compareSamples(same(r), same(c), { method })!;
          const got = compareProfiles(column(numeric(r)), column(numeric(c)), { method })!;
          expect(got.errorBound).toBeUndefined();
          expect(got.score).toBeCloseTo(exact.score, 9);
        },
      ),
    );
  });

  const shapes: [string, Float64Array, Float64Array][] = [
    ['no shift', normals(1, 40_000), normals(2, 30_000)],
    ['a shift', normals(3, 40_000), normals(4, 30_000, 0.3)],
    ['a wider spread', normals(5, 40_000), normals(6, 30_000, 0, 1.4)],
    ['a heavy tail', normals(7, 40_000).map(Math.exp), normals(8, 30_000, 0.2).map(Math.exp)],
    [
      'rounded values',
      normals(9, 40_000).map((x) => Math.round(x * 40)),
      normals(10, 9000, 0.1).map((x) => Math.round(x * 40)),
    ],
  ];
  describe.each(shapes)('%s', (_name, r, c) => {
    const reference = profileTable(numeric(r));
    const edges = edgesFrom(reference);
    const [inBins, current] = [column(numeric(r), edges), column(numeric(c), edges)];

    it.each(['kolmogorov-smirnov', 'wasserstein'] as const)(
      '%s lies within its error bound',
      (method) => {
        const exact = compareSamples(same(r), same(c), { method })!;
        for (const [a, b] of [
          [inBins, current],
          [reference.columns[0]!, column(numeric(c))],
        ] as const) {
          const got = compareProfiles(a, b, { method })!;
          expect(got.errorBound).toBeGreaterThan(0);
          expect(Math.abs(got.score - exact.score)).toBeLessThanOrEqual(got.errorBound! + 1e-12);
          if (exact.pValue !== undefined) expect(got.pValue).toBeGreaterThanOrEqual(exact.pValue);
        }
      },
    );

    it('bins bound the distribution functions to within a bin, sketches to within two rank errors', () => {
      const bound = (a: ColumnProfile, b: ColumnProfile) =>
        compareProfiles(a, b, { method: 'kolmogorov-smirnov' })!.errorBound!;
      expect(bound(reference.columns[0]!, column(numeric(c)))).toBeLessThan(0.018);
      expect(bound(inBins, current)).toBeLessThan(0.03);
    });

    it('counts of parts add up to the same distance as those of the whole', () => {
      const parts = [0, 1, 2].map((i) => {
        const profiler = new Profiler(edges);
        profiler.update(numeric(c.filter((_, row) => row % 3 === i)));
        return Profiler.from(Profile.parse(JSON.parse(JSON.stringify(profiler))));
      });
      const merged = parts.reduce((a, b) => b.merge(a)).toJSON().columns[0]!;
      for (const method of ['psi', 'jensen-shannon', 'hellinger', 'chi-square'] as const) {
        expect(compareProfiles(inBins, merged, { method })).toEqual(
          compareProfiles(inBins, current, { method }),
        );
      }
    });
  });

  it('compares texts exactly up to 512, beyond with a bound', () => {
    const random = new Random(11);
    const many = (spread: number) =>
      ({ t: `text ${Math.floor(Math.abs(random.normal()) ** 3 * spread)}` }) as const;
    const a = tableOf(Array.from({ length: 4000 }, () => many(200)));
    const b = tableOf(Array.from({ length: 4000 }, () => many(260)));
    const few = () => tableOf(Array.from({ length: 300 }, () => many(3)));
    const [x, y] = [few(), few()];
    expect(compareProfiles(column(x), column(y), { method: 'chi-square' })).toEqual(
      compareSamples(sampleOf(x.columns[0]!), sampleOf(y.columns[0]!), { method: 'chi-square' }),
    );
    for (const method of ['jensen-shannon', 'hellinger'] as const) {
      const exact = compareSamples(sampleOf(a.columns[0]!), sampleOf(b.columns[0]!), { method })!;
      const got = compareProfiles(column(a), column(b), { method })!;
      expect(got.errorBound).toBeGreaterThan(0);
      expect(Math.abs(got.score - exact.score)).toBeLessThanOrEqual(got.errorBound!);
    }
    expect(() => compareProfiles(column(a), column(b), { method: 'psi' })).toThrow('more than 512');
    expect(compareProfiles(column(a), column(b))?.method).toBe('jensen-shannon');
  });

  it('says what cannot be had from a profile', () => {
    const [a, b] = [column(numeric(normals(1, 900))), column(numeric(normals(2, 900)))];
    const text = column(tableOf([{ x: 'a' }, { x: 'b' }]));
    expect(() => compareProfiles(a, b, { method: 'cramer-von-mises' })).toThrow('needs the values');
    expect(() => compareProfiles(a, b, { method: 'psi' })).toThrow("reference's edges");
    expect(() => compareProfiles(a, text)).toThrow('texts on the other');
    expect(() => compareProfiles(text, text, { method: 'wasserstein' })).toThrow(
      'compares numbers',
    );
    expect(compareProfiles(column(numeric(Float64Array.of(1))), a)).toBeUndefined();
  });
});

describe('counts between edges', () => {
  const values = fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 50 });
  const edges = [-10, -2, 0, 3, 3.5, 12];
  const counted = (list: number[]) => {
    const bins = new BinCounts(edges);
    bins.add(Float64Array.from(list));
    return bins;
  };

  it('merge in any order and grouping to those of the whole', () => {
    fc.assert(
      fc.property(values, values, values, (a, b, c) => {
        const whole = counted([...a, ...b, ...c]).toJSON();
        expect(counted(a).merge(counted(b)).merge(counted(c)).toJSON()).toEqual(whole);
        expect(
          counted(c)
            .merge(counted(a).merge(counted(b)))
            .toJSON(),
        ).toEqual(whole);
      }),
    );
  });

  it('put a value on an edge below it', () => {
    expect([...counted([-10, 0, 3.5, 3.6, 99]).counts]).toEqual([1, 0, 1, 0, 1, 1, 1]);
  });

  it('between other edges are not added', () => {
    expect(() => counted([1]).merge(new BinCounts([1, 2]))).toThrow('other edges');
    const part = (at: number[]) => {
      const profiler = new Profiler(new Map([['x', at]]));
      profiler.update(tableOf([{ x: 1 }]));
      return profiler;
    };
    const bins = (profiler: Profiler) => {
      const [x] = profiler.toJSON().columns;
      return x?.kind === 'numeric' ? x.bins : undefined;
    };
    expect(bins(part([1]).merge(part([2])))).toBeUndefined();
    expect(bins(part([1]).merge(new Profiler()))).toEqual({ edges: [1], counts: [1, 0] });
  });

  it('take edges that part a reference evenly', () => {
    const sketch = new QuantileSketch();
    for (const value of normals(5, 20_000)) sketch.add(value);
    const bins = new BinCounts(edgesOf(sketch, 20));
    bins.add(normals(5, 20_000));
    for (const count of bins.counts) expect(Math.abs(count / 20_000 - 0.05)).toBeLessThan(0.02);
  });
});

describe('profiles of vectors', () => {
  const vectors = fc.array(fc.double({ noNaN: true, min: -100, max: 100 }), { maxLength: 60 });
  const profiled = (values: number[]) => {
    const profiler = new TensorProfiler(3);
    profiler.update(values.slice(0, values.length - (values.length % 3)));
    return profiler;
  };
  const close = (a: number[], b: number[]) =>
    a.forEach((value, i) => {
      expect(Math.abs(value - b[i]!)).toBeLessThan(1e-7 * Math.max(1, Math.abs(value)));
    });

  it('merge in any order and grouping to the same', () => {
    fc.assert(
      fc.property(vectors, vectors, vectors, (a, b, c) => {
        const left = profiled(a).merge(profiled(b)).merge(profiled(c)).toJSON();
        const right = profiled(c)
          .merge(profiled(b).merge(profiled(a)))
          .toJSON();
        expect(left.count).toBe(right.count);
        close(left.mean, right.mean);
        close(left.m2, right.m2);
        expect([left.norms.min, left.norms.max]).toEqual([right.norms.min, right.norms.max]);
      }),
    );
  });

  it('hold mean, spread and norm, and survive being written down', () => {
    const profile = profiled([3, 4, 0, 1, 0, 0, Number.NaN, 1, 1]).toJSON();
    expect(profile).toMatchObject({ count: 2, skipped: 1, mean: [2, 2, 0], m2: [2, 8, 0] });
    expect([profile.norms.min, profile.norms.max]).toEqual([1, 5]);
    const back = TensorProfiler.from(TensorProfile.parse(JSON.parse(JSON.stringify(profile))));
    expect(back.toJSON()).toEqual(profile);
    expect(() => back.merge(new TensorProfiler(2))).toThrow('of 3 and of 2');
  });
});
