import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { psi } from '../../../../core/drift/psi.ts';
import { summariseColumn } from '../../../../core/quality/column-summary.ts';
import { countDuplicateRows } from '../../../../core/quality/duplicate-rows.ts';
import { toldOfClass, toldOfValue } from '../../../../core/quality/leakage.ts';
import { shiftBetween } from '../../../../core/quality/shift.ts';
import { Random } from '../../../../core/random.ts';
import {
  type Column,
  columnOf,
  type NumericColumn,
  type Table,
  takeRows,
  textAt,
} from '../../../../core/table/table.ts';
import { readData } from '../../../helpers/example-files.ts';

const references = JSON.parse(
  readFileSync(
    new URL('../../../references/data-quality/data-quality.json', import.meta.url),
    'utf8',
  ),
) as Record<string, Reference>;

interface Reference {
  readonly label: string;
  readonly duplicates: number;
  readonly columns: Record<string, Record<string, number>>;
  readonly shift: Record<string, number>;
  readonly told: Record<string, number>;
}

const data = (name: string, role: 'validation' | 'training') =>
  (readData(name, role) as { table: Table }).table;
const column = (table: Table, name: string) => columnOf(table, name) as Column;
const numbers = (...values: number[]): NumericColumn => ({
  name: 'x',
  kind: 'numeric',
  values: Float64Array.from(values),
});
const texts = (...values: (string | null)[]): Column => {
  const categories = [...new Set(values.filter((v) => v !== null))];
  const codes = Int32Array.from(values, (v) => (v === null ? -1 : categories.indexOf(v)));
  return { name: 'x', kind: 'text', codes, categories };
};
const codesOf = (label: Column, rows: number): Int32Array => {
  const known = new Map<string | undefined, number>();
  return Int32Array.from({ length: rows }, (_, row) => {
    const text = textAt(label, row);
    if (!known.has(text)) known.set(text, known.size);
    return known.get(text) as number;
  });
};

describe.each(Object.entries(references))('the data of %s', (name, reference) => {
  const validation = data(name, 'validation');
  const training = data(name, 'training');

  it.each(Object.keys(reference.columns))('%s is summarised as pandas and numpy do', (of) => {
    const { numbers, rows, ...rest } = summariseColumn(column(validation, of));
    expect(rows).toBe(validation.rows);
    for (const [figure, value] of Object.entries(reference.columns[of] ?? {})) {
      const own = { ...rest, ...numbers }[figure as 'missing'];
      expect(own).toBeCloseTo(value, 12);
    }
  });

  it('has moved as far as the formula says', () => {
    for (const [of, value] of Object.entries(reference.shift)) {
      const found = shiftBetween(column(training, of), column(validation, of));
      expect(found?.psi).toBeCloseTo(value, 10);
    }
  });

  it('tells of the label what scikit-learn and scipy say', () => {
    const label = column(validation, reference.label);
    for (const [of, value] of Object.entries(reference.told)) {
      const own = column(validation, of);
      const told =
        label.kind === 'numeric'
          ? toldOfValue(own as NumericColumn, label.values)
          : toldOfClass(own, codesOf(label, validation.rows));
      expect(told).toBeCloseTo(value, 10);
    }
  });

  it('repeats as many rows as pandas finds', () => {
    expect(countDuplicateRows(validation)).toBe(reference.duplicates);
  });
});

describe('degenerate columns', () => {
  it('are summarised without dividing by nothing', () => {
    expect(summariseColumn(numbers())).toEqual({
      rows: 0,
      missing: 0,
      distinct: 0,
      mostFrequent: 0,
      infinite: 0,
    });
    expect(summariseColumn(numbers(Number.NaN, Number.NaN))).toMatchObject({
      missing: 1,
      distinct: 0,
    });
    expect(summariseColumn(texts(null, 'a', 'a'))).toMatchObject({ distinct: 1, mostFrequent: 1 });
    expect(summariseColumn(numbers(5, 5, 5, 5, 900)).numbers?.outliers).toBe(0);
    expect(summariseColumn(numbers(-Infinity, 1, 2, Infinity))).toMatchObject({
      infinite: 0.5,
      distinct: 4,
      numbers: { min: 1, median: 1.5, max: 2 },
    });
    expect(summariseColumn(numbers(-Infinity))).not.toHaveProperty('numbers');
    expect(summariseColumn(numbers(-1.7e308, 1.7e308)).numbers?.median).toBe(0);
  });

  it('tell nothing of a label with one value, and cannot be compared across kinds', () => {
    expect(toldOfClass(numbers(1, 2), Int32Array.of(0, 0))).toBeUndefined();
    expect(toldOfValue(numbers(1, 1), Float64Array.of(1, 2))).toBeUndefined();
    expect(shiftBetween(numbers(1), texts('a'))).toBeUndefined();
    expect(shiftBetween(numbers(), numbers(1))).toBeUndefined();
  });
});

describe('laws', () => {
  const counts = fc.array(fc.nat(1000), { minLength: 3, maxLength: 8 });

  it('a distribution has not moved from itself, and moving back is as far', () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        fc.pre(a.some(Boolean) && b.some(Boolean));
        const length = Math.min(a.length, b.length);
        const [x, y] = [
          Float64Array.from(a.slice(0, length)),
          Float64Array.from(b.slice(0, length)),
        ];
        fc.pre(x.some(Boolean) && y.some(Boolean));
        const moved = psi({ reference: x, current: y });
        expect(psi({ reference: x, current: x })).toBe(0);
        expect(moved).toBeCloseTo(psi({ reference: y, current: x }), 10);
        expect(moved).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('two samples of one distribution rarely lie further apart than chance explains', () => {
    const random = new Random(3);
    const draw = () => numbers(...Array.from({ length: 200 }, () => random.normal()));
    const runs = Array.from({ length: 300 }, () => shiftBetween(draw(), draw()));
    const beyond = runs.filter((run) => run && run.psi > run.noise).length;
    // The bound is two standard deviations above the mean of a skewed distribution.
    expect(beyond / runs.length).toBeLessThan(0.08);
    const moved = shiftBetween(draw(), numbers(...draw().values.map((v) => v + 1)));
    expect(moved?.psi).toBeGreaterThan(moved?.noise as number);
  });

  it('a copy of the label tells all of it; what is told lies between nothing and all', () => {
    const label = fc.array(fc.nat(3), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(label, fc.infiniteStream(fc.double({ noNaN: true })), (codes, stream) => {
        fc.pre(new Set(codes).size > 1);
        const truth = Int32Array.from(codes);
        expect(toldOfClass(texts(...codes.map(String)), truth)).toBeCloseTo(1, 10);
        const told = toldOfClass(numbers(...codes.map(() => stream.next().value)), truth);
        expect(told).toBeGreaterThanOrEqual(0);
        expect(told).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('rows taken twice are duplicates, whatever their order', () => {
    const validation = data('penguins', 'validation');
    const own = countDuplicateRows(validation);
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(validation.rows - 1), { maxLength: 30 }), (again) => {
        const rows = [...again, ...Array.from({ length: validation.rows }, (_, i) => i)];
        expect(countDuplicateRows(takeRows(validation, rows))).toBe(own + again.length);
      }),
    );
  });
});
