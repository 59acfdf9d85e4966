import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DistinctCounter } from '#core/profile/distinct-counter.ts';
import { hashNumber, hashText } from '#core/profile/hash.ts';
import { mergeMoments, momentsOf, skewness, standardDeviation } from '#core/profile/moments.ts';
import { Profiler, profileTable } from '#core/profile/profiler.ts';
import { QuantileSketch, RANK_ERROR } from '#core/profile/quantile-sketch.ts';
import { Profile } from '#core/profile/schema.ts';
import { summarise } from '#core/profile/summary.ts';
import { ValueCounts } from '#core/profile/value-counts.ts';
import { Random } from '#core/random.ts';
import { takeRows } from '#core/table/table.ts';
import { exampleTable } from '../../../helpers/read-bytes.ts';
import { tableOf } from '../../../helpers/tables.ts';
import references from '../../../references/data/data.json' with { type: 'json' };

/** Of HyperLogLog with 4,096 registers. */
const STANDARD_ERROR = 1.04 / 64;

type Reference = Record<string, any>;
const tables = references.tables as Record<string, { rows: number; columns: Reference }>;

describe.each(Object.keys(tables))('the profile of %s', (name) => {
  const { rows, columns } = summarise(profileTable(exampleTable(name)));
  const expected = tables[name]!;

  it('has as many rows and columns as pandas says', () => {
    expect([rows, columns.map((c) => c.name)]).toEqual([
      expected.rows,
      Object.keys(expected.columns),
    ]);
  });

  it.each(columns)('has what numpy and scipy say of $name', (column) => {
    const reference = expected.columns[column.name] as Reference;
    const { count, missing, distinct } = reference;
    expect(column).toMatchObject({ count, missing });
    const isExact = column.kind === 'text' || column.values !== null;
    const tolerated = isExact ? 0 : 4 * STANDARD_ERROR * distinct;
    expect(Math.abs(column.distinct - distinct)).toBeLessThanOrEqual(tolerated);
    if (column.kind === 'text') {
      const counts = Object.fromEntries(column.frequent.map(({ text, count: n }) => [text, n]));
      expect(counts).toEqual(reference.counts);
      expect(column.lengths?.mean).toBeCloseTo(reference.lengths.mean, 12);
      return;
    }
    expect([column.min, column.max]).toEqual([reference.min, reference.max]);
    for (const figure of ['mean', 'standardDeviation', 'skewness', 'kurtosis'] as const) {
      const size = Math.max(1, Math.abs(reference[figure]));
      expect(Math.abs((column[figure] as number) - reference[figure]) / size).toBeLessThan(1e-10);
    }
    expect(column.quantiles.map(({ value }) => value)).toEqual(reference.quantiles);
  });
});

describe('merging', () => {
  const cell = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: -40, max: 40 }) },
    fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
    fc.constant(null),
  );
  const text = fc.oneof(fc.string({ maxLength: 2 }), fc.constant(null));
  const part = fc
    .array(fc.record({ x: cell, t: text }), { maxLength: 60 })
    .map((rows) => Profiler.from(profileTable(tableOf([{ x: 1, t: 'a' }, ...rows]))));
  const exact = (profiler: Profiler) =>
    profiler
      .toJSON()
      .columns.map((column) =>
        column.kind === 'numeric'
          ? { ...column, quantiles: undefined, moments: undefined }
          : { ...column, lengths: { ...column.lengths, mean: undefined } },
      );
  const moments = (profiler: Profiler) => {
    const [x] = profiler.toJSON().columns;
    return x?.kind === 'numeric' ? x.moments : undefined;
  };

  it('does not depend on order and grouping', () => {
    fc.assert(
      fc.property(part, part, part, (a, b, c) => {
        const left = a.merge(b).merge(c);
        const right = a.merge(c.merge(b));
        expect(exact(left)).toEqual(exact(right));
        const [p, q] = [moments(left)!, moments(right)!];
        expect(p.count).toBe(q.count);
        expect(Math.abs(p.mean - q.mean)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(p.mean)));
        expect(Math.abs(p.m2 - q.m2)).toBeLessThanOrEqual(1e-9 * Math.max(1, p.m2));
        expect(Math.abs(p.m4 - q.m4)).toBeLessThanOrEqual(1e-8 * Math.max(1, p.m4));
      }),
    );
  });

  it('gives the profile of the whole, and survives being written down', () => {
    const whole = exampleTable('penguins');
    const parts = [0, 70, 140].map((from) =>
      takeRows(
        whole,
        Array.from({ length: Math.min(70, whole.rows - from) }, (_, i) => from + i),
      ),
    );
    const merged = parts
      .map((table) => Profiler.from(Profile.parse(JSON.parse(JSON.stringify(profileTable(table))))))
      .reduce((a, b) => a.merge(b));
    const round = (_: string, v: unknown) =>
      typeof v === 'number' ? Number(v.toPrecision(10)) : v;
    const plain = (value: unknown) => JSON.parse(JSON.stringify(value, round));
    expect(plain(summarise(merged.toJSON()))).toEqual(plain(summarise(profileTable(whole))));
  });

  it('counts a column that only one part has as missing in the other', () => {
    const a = Profiler.from(profileTable(tableOf([{ x: 1 }, { x: 2 }])));
    const b = Profiler.from(profileTable(tableOf([{ y: 'z' }])));
    const counts = ({ columns }: Profile) => columns.map((c) => [c.name, c.count, c.missing]);
    expect(counts(a.merge(b).toJSON())).toEqual([
      ['x', 3, 1],
      ['y', 3, 2],
    ]);
    a.update(tableOf([{ y: 'z' }]));
    expect(counts(a.toJSON())).toEqual([
      ['x', 3, 1],
      ['y', 3, 2],
    ]);
  });

  it('is refused for a column of numbers and of texts', () => {
    const a = Profiler.from(profileTable(tableOf([{ x: 1 }])));
    const b = Profiler.from(profileTable(tableOf([{ x: 'a' }])));
    expect(() => a.merge(b)).toThrow('column "x"');
  });
});

describe('moments', () => {
  it('merge to those of all values, far from zero too', () => {
    const random = new Random(2);
    const values = Float64Array.from({ length: 5000 }, () => 1e6 + random.normal() ** 2);
    const whole = momentsOf(values);
    const merged = [0, 1, 2, 3, 4]
      .map((i) => momentsOf(values.subarray(i * 1000, (i + 1) * 1000)))
      .reduce(mergeMoments);
    expect(standardDeviation(merged)).toBeCloseTo(standardDeviation(whole)!, 9);
    expect(skewness(merged)).toBeCloseTo(skewness(whole)!, 8);
  });
});

describe('the number of distinct values', () => {
  it.each([0, 1, 10, 100, 1000, 10_000, 100_000, 1_000_000])(
    'is estimated for %i to within four standard errors',
    (distinct) => {
      const numbers = new DistinctCounter();
      const texts = new DistinctCounter();
      for (let i = 0; i < distinct; i++) {
        numbers.add(hashNumber(i));
        if (i < 100_000) texts.add(hashText(`id-${i}`));
      }
      const bound = 4 * STANDARD_ERROR;
      expect(Math.abs(numbers.estimate() - distinct)).toBeLessThanOrEqual(bound * distinct);
      const few = Math.min(distinct, 100_000);
      expect(Math.abs(texts.estimate() - few)).toBeLessThanOrEqual(bound * few);
    },
  );
});

describe('the quantile sketch', () => {
  const worst = (sketch: QuantileSketch, sorted: Float64Array) => {
    let largest = 0;
    for (let i = 0; i < sorted.length; i += 97) {
      let end = i;
      while (end + 1 < sorted.length && sorted[end + 1] === sorted[i]) end++;
      const exact = (end + 1) / sorted.length;
      largest = Math.max(largest, Math.abs(sketch.rank(sorted[i]!) - exact));
    }
    return largest;
  };
  const streams: [string, (i: number, random: Random) => number][] = [
    ['random', (_, random) => random.normal()],
    ['rising', (i) => i],
    ['falling', (i) => -i],
    ['heavy-tailed', (_, random) => Math.exp(3 * random.normal())],
    ['zig-zag', (i) => (i % 2 === 0 ? i : -i)],
    ['of few values', (_, random) => random.integer(7)],
  ];

  it.each(streams)('ranks %s values to within its stated error', (_, next) => {
    const random = new Random(4);
    const values = Float64Array.from({ length: 200_000 }, (__, i) => next(i, random));
    const whole = new QuantileSketch();
    for (const value of values) whole.add(value);
    const parts = Array.from({ length: 16 }, () => new QuantileSketch());
    values.forEach((value, i) => {
      parts[i % 16]!.add(value);
    });
    const merged = parts.reduce((a, b) => a.merge(b));
    const sorted = values.slice().sort();
    expect(worst(whole, sorted)).toBeLessThan(RANK_ERROR);
    expect(worst(merged, sorted)).toBeLessThan(RANK_ERROR);
    expect(merged.count).toBe(values.length);
    expect(JSON.stringify(merged).length).toBeLessThan(60_000);
  });

  /** Levels as plain lists, values one by one: what `addAll` makes of them sooner. */
  function plainly(values: readonly number[]) {
    const capacities = (levels: number) =>
      Array.from({ length: levels }, (_, level) =>
        Math.max(32, Math.ceil(400 * (2 / 3) ** (levels - 1 - level))),
      );
    const sum = (sizes: readonly number[]) => sizes.reduce((a, b) => a + b, 0);
    const levels: number[][] = [[]];
    const keepsOdd = [false];
    for (const value of values) {
      levels[0]!.push(value);
      const each = capacities(levels.length);
      if (sum(levels.map(({ length }) => length)) <= sum(each)) continue;
      const full = levels.findIndex(({ length }, level) => length >= each[level]!);
      if (full + 1 === levels.length) {
        levels.push([]);
        keepsOdd.push(false);
      }
      const list = levels[full]!;
      const last = list.length % 2 === 1 ? [list.pop()!] : [];
      list.sort((a, b) => a - b);
      levels[full + 1]!.push(...list.filter((_, i) => i % 2 === Number(keepsOdd[full])));
      levels[full] = last;
      keepsOdd[full] = !keepsOdd[full];
    }
    return { count: values.length, levels, keepsOdd };
  }

  it.each(streams)('keeps of %s values what the plain algorithm keeps', (_, next) => {
    const random = new Random(5);
    const values = Array.from({ length: 30_000 }, (__, i) => next(i, random));
    const sketch = new QuantileSketch();
    for (let at = 0, some = 1; at < values.length; at += some, some = 1 + random.integer(3_000)) {
      sketch.addAll(values.slice(at, at + some));
    }
    expect(sketch.toJSON()).toEqual(plainly(values));
  });

  it('has no quantile of nothing', () => {
    expect(new QuantileSketch().quantile(0.5)).toBeUndefined();
  });
});

describe('counts of texts', () => {
  it('are too small by at most the stated error, which is at most n ÷ 513', () => {
    const random = new Random(6);
    const truth = new Map<string, number>();
    const parts = Array.from({ length: 20 }, () => new ValueCounts());
    for (const part of parts) {
      for (let i = 0; i < 500; i++) {
        const text = `t${Math.floor(3000 * random.uniform() ** 4)}`;
        truth.set(text, (truth.get(text) ?? 0) + 1);
        part.add([[text, 1]]);
      }
    }
    const { counts, error } = parts.reduce((a, b) => a.merge(b)).toJSON();
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThanOrEqual(10_000 / 513);
    const found = new Map(counts);
    for (const [text, count] of truth) {
      expect(found.get(text) ?? 0).toBeLessThanOrEqual(count);
      expect(found.get(text) ?? 0).toBeGreaterThanOrEqual(count - error);
    }
  });
});
