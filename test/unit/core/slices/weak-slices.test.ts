import { describe, expect, it } from '@jest/globals';
import { Random } from '#core/random.ts';
import { ERRORS, type LossSums, SQUARED_ERRORS, strength } from '#core/slices/losses.ts';
import { findWeakSlices } from '#core/slices/weak-slices.ts';
import type { Column } from '#core/table/table.ts';
import reference from '../../../references/quality/metrics.json' with { type: 'json' };

const { slices } = reference;
const sumsOf = (losses: number[]): LossSums => ({
  rows: losses.length,
  loss: losses.reduce((a, b) => a + b, 0),
  squares: losses.reduce((a, b) => a + b * b, 0),
});
const errors = ([wrong, rows]: number[]): LossSums => ({
  rows: rows!,
  loss: wrong!,
  squares: wrong!,
});

describe('the tests of a slice', () => {
  it("are Fisher's exact one for errors, as scipy's", () => {
    for (const { slice, rest, pValue } of slices.errors) {
      expect(ERRORS.pValue(errors(slice), errors(rest))).toBeCloseTo(pValue, 10);
    }
  });

  it("are Welch's for squared errors, as scipy's", () => {
    const [slice, rest] = slices.losses.map(sumsOf) as [LossSums, LossSums];
    expect(strength(slice, rest)).toBeCloseTo(slices.statistic, 10);
    expect(SQUARED_ERRORS.pValue(slice, rest)).toBeCloseTo(slices.welch, 10);
  });

  it('are certain of what never varies', () => {
    const [ones, twos] = [sumsOf([1, 1, 1]), sumsOf([2, 2, 2])];
    expect(SQUARED_ERRORS.pValue(twos, ones)).toBe(0);
    expect(SQUARED_ERRORS.pValue(ones, ones)).toBe(1);
    expect(SQUARED_ERRORS.pValue(ones, twos)).toBe(1);
  });
});

const ROWS = 4000;
const numeric = (name: string, draw: () => number): Column => ({
  name,
  kind: 'numeric',
  values: Float64Array.from({ length: ROWS }, draw),
});
const text = (name: string, categories: string[], random: Random): Column => ({
  name,
  kind: 'text',
  categories,
  codes: Int32Array.from({ length: ROWS }, () => random.integer(categories.length)),
});

function people(seed: number) {
  const random = new Random(seed);
  const columns = [
    numeric('age', () => 18 + random.integer(60)),
    numeric('income', () => Math.exp(random.normal())),
    numeric('children', () => random.integer(4)),
    text('job', ['nurse', 'baker', 'pilot', 'clerk'], random),
    numeric('gaps', () => (random.uniform() < 0.2 ? Number.NaN : random.uniform())),
  ];
  const value = (name: string, row: number) => {
    const column = columns.find((one) => one.name === name)!;
    return column.kind === 'numeric' ? column.values[row]! : column.codes[row]!;
  };
  return { random, columns, value };
}

function search(weak: (value: (name: string) => number) => boolean, seed = 1) {
  const { random, columns, value } = people(seed);
  const wrong = (row: number) => (weak((name) => value(name, row)) ? 0.4 : 0.1);
  const loss = Float64Array.from({ length: ROWS }, (_, row) =>
    random.uniform() < wrong(row) ? 1 : 0,
  );
  return findWeakSlices(columns, { loss, kind: ERRORS, random });
}

describe('findWeakSlices', () => {
  it('finds a range and names its ends', () => {
    const found = search((value) => value('age') < 30);
    // The edge is a tenth of the rows, which lies at 29 or 30.
    expect(found[0]!.slice).toMatch(/^age < (29|30)$/);
    expect(found[0]!.value.value).toBeCloseTo(0.6, 1);
    expect(found[0]!.rest).toBeCloseTo(0.9, 1);
    expect(found[0]!.pValue).toBeLessThan(1e-10);
    expect(found[0]!.value.interval!.upper).toBeLessThan(found[0]!.rest);
    expect(found).toHaveLength(1);
  });

  it('finds a range in the middle', () => {
    const found = search((value) => value('income') >= 0.6 && value('income') < 1);
    expect(found[0]!.slice).toMatch(/^income in \[0\.\d+, (0\.9|1)\.?\d*\)$/);
  });

  it.each([
    ['job = "pilot"', (value: (name: string) => number) => value('job') === 2],
    ['gaps is missing', (value: (name: string) => number) => Number.isNaN(value('gaps'))],
    ['children = 2', (value: (name: string) => number) => value('children') === 2],
    ['children in [1, 2]', (v: (name: string) => number) => v('children') > 0 && v('children') < 3],
  ])('finds %s', (slice, weak) => {
    const found = search(weak);
    expect(found.map((one) => one.slice)).toEqual([slice]);
  });

  it('finds a pair that neither column alone explains', () => {
    const found = search((value) => value('job') === 1 && value('age') < 30);
    expect(found[0]!.slice.split(' and ').sort()).toEqual(
      expect.arrayContaining([expect.stringMatching(/^age </), 'job = "baker"']),
    );
  });

  it('finds nothing, nearly always, where the model is equally good everywhere', () => {
    const falseAlarms = Array.from({ length: 20 }, (_, seed) => search(() => false, seed)).filter(
      (found) => found.length > 0,
    );
    // At a false discovery rate of 10 % one run in ten may name a slice; four in twenty is p < 0.05.
    expect(falseAlarms.length).toBeLessThan(5);
  });

  it('finds where errors of numbers are larger', () => {
    const { random, columns, value } = people(2);
    const loss = Float64Array.from({ length: ROWS }, (_, row) => {
      const scale = value('age', row) >= 60 ? 3 : 1;
      return (scale * random.normal()) ** 2;
    });
    const [found] = findWeakSlices(columns, { loss, kind: SQUARED_ERRORS, random });
    expect(found!.slice).toMatch(/^age ≥ (59|60|61)$/);
    expect(found!.value.value).toBeCloseTo(3, 0);
    expect(found!.rest).toBeCloseTo(1, 0);
    expect(found!.metric).toBe('rmse');
  });

  it('sorts by how much worse, of at least 5 % of the rows, at most 20', () => {
    const random = new Random(3);
    const columns = Array.from({ length: 25 }, (_, i) => numeric(`x${i}`, () => random.integer(2)));
    const scores = Array.from({ length: ROWS }, (_, row) =>
      columns.reduce(
        (sum, column) => sum + (column.kind === 'numeric' ? column.values[row]! : 0),
        0,
      ),
    );
    const loss = Float64Array.from(scores, (score) => score ** 2);
    const found = findWeakSlices(columns, { loss, kind: SQUARED_ERRORS, random });
    expect(found).toHaveLength(20);
    const gaps = found.map(({ value, rest }) => value.value! / rest);
    expect(gaps).toEqual([...gaps].sort((a, b) => b - a));
    for (const { rows } of found) expect(rows).toBeGreaterThanOrEqual(ROWS * 0.05);
  });

  it('passes over slices, and rests, of less than 5 % of the rows', () => {
    const share = (weak: number) => {
      const group = numeric('group', () => 0);
      if (group.kind === 'numeric') group.values.fill(1, 0, weak * ROWS);
      const loss = new Float64Array(ROWS).fill(1, 0, weak * ROWS);
      return findWeakSlices([group], { loss, kind: ERRORS, random: new Random(5) });
    };
    expect(share(0.04)).toEqual([]);
    expect(share(0.96)).toEqual([]);
    expect(share(0.06).map(({ slice }) => slice)).toEqual(['group = 1']);
  });

  it('has nothing to look at in few rows, no columns or constant ones', () => {
    const random = new Random(4);
    const look = (columns: Column[], rows: number) =>
      findWeakSlices(columns, { loss: new Float64Array(rows).fill(1), kind: ERRORS, random });
    expect(look([], 0)).toEqual([]);
    expect(look([], 100)).toEqual([]);
    expect(look([numeric('constant', () => 1)], ROWS)).toEqual([]);
    expect(look([numeric('none', () => Number.NaN)], ROWS)).toEqual([]);
    const few: Column = { name: 'few', kind: 'numeric', values: Float64Array.of(1, 2, 3, 4) };
    expect(look([few], 4)).toEqual([]);
  });
});
