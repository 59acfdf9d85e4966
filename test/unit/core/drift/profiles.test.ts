import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareSamples } from '#core/drift/compare.ts';
import { compareProfiles } from '#core/drift/compare-profiles.ts';
import type { ColumnMethod } from '#core/drift/result.ts';
import { sampleOf } from '#core/drift/sample.ts';
import { edgesFrom, Profiler, profileTable } from '#core/profile/profiler.ts';
import { type ColumnProfile, Profile } from '#core/profile/schema.ts';
import { Random } from '#core/random.ts';
import type { Column, Table } from '#core/table/table.ts';
import { tableOf } from '../../../helpers/tables.ts';

const normals = (seed: number, rows: number, shift = 0, scale = 1): Float64Array => {
  const random = new Random(seed);
  return Float64Array.from({ length: rows }, () => shift + scale * random.normal());
};

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
