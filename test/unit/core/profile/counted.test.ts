import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BinCounts, edgesOf } from '#core/profile/bin-counts.ts';
import { Outside } from '#core/profile/outside.ts';
import { Profiler, profileTable } from '#core/profile/profiler.ts';
import { QuantileSketch, WORST_RANK_ERROR } from '#core/profile/quantile-sketch.ts';
import type { NumericProfile } from '#core/profile/schema.ts';
import { TensorProfile, TensorProfiler } from '#core/profile/tensor-profiler.ts';
import { Random } from '#core/random.ts';
import { tableOf } from '../../../helpers/tables.ts';

const normals = (seed: number, rows: number): Float64Array => {
  const random = new Random(seed);
  return Float64Array.from({ length: rows }, () => random.normal());
};

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

describe('a quantile sketch', () => {
  it('is the same whether values come one by one or in lists', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3_000), { maxLength: 8 }), fc.nat(), (lengths, seed) => {
        const [single, lists] = [new QuantileSketch(), new QuantileSketch()];
        lengths.forEach((length, i) => {
          const values = normals(seed + i, length);
          for (const value of values) single.add(value);
          lists.addAll(values);
        });
        expect(lists.toJSON()).toEqual(single.toJSON());
      }),
      { numRuns: 20 },
    );
  });
});

describe('rows beyond a range, from profiles alone', () => {
  const known = profileTable(tableOf([...normals(1, 5_000)].map((x) => ({ x }))));
  const { min, max } = known.columns[0] as NumericProfile;
  const counted = (values: number[]) => {
    const table = tableOf(values.map((x) => ({ x })));
    const [rows, told] = [new Outside(known.columns), new Outside(known.columns)];
    rows.add(table.columns);
    told.addProfiled(profileTable(table).columns);
    return { rows: rows.counts.get('x') as number, told: told.counts.get('x') as number };
  };

  it('are counted exactly while the sketch holds every value', () => {
    const { rows, told } = counted([(min as number) - 1, 0, (max as number) + 1, max as number]);
    expect([rows, told]).toEqual([2, 2]);
  });

  it('are never more than there are, and less by the error of the sketch', () => {
    for (const shift of [0, 0.01, 1, 3, -3]) {
      const values = [...normals(2, 20_000)].map((value) => value + shift);
      const { rows, told } = counted(values);
      expect(told).toBeLessThanOrEqual(rows);
      expect(told).toBeGreaterThanOrEqual(Math.min(rows, 1));
      expect(rows - told).toBeLessThanOrEqual(4 * WORST_RANK_ERROR * values.length + 1);
    }
  });
});
