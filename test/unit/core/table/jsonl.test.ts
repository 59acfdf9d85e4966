import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Random } from '#core/random.ts';
import { RowSampler, TableCollector } from '#core/table/collect.ts';
import { JsonLinesReader } from '#core/table/jsonl-reader.ts';
import { cells, readBytes } from '../../../helpers/read-bytes.ts';
import { tableOf } from '../../../helpers/tables.ts';

const read = (text: string, piece?: number) =>
  readBytes(new TextEncoder().encode(text), (options) => new JsonLinesReader(options), piece);

describe('JSON Lines', () => {
  it('hold what was written, in whatever pieces they come', () => {
    const value = fc.oneof(fc.string(), fc.boolean(), fc.constant(null));
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    const row = fc.record({ n: fc.option(number), t: value }, { requiredKeys: [] });
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1 }),
        fc.integer({ min: 1, max: 50 }),
        (rows, piece) => {
          fc.pre(rows.some((r) => 'n' in r || 't' in r));
          const lines = rows.map((r) => JSON.stringify(r)).join('\n');
          const { table } = read(lines, piece);
          const names = table.columns.map(({ name }) => name) as ('n' | 't')[];
          const asText = (v: unknown) => (v === null || v === undefined ? null : String(v));
          // JSON has no −0.
          const expected = rows.map((r) =>
            names.map((name) => asText(JSON.parse(JSON.stringify(r))[name])),
          );
          const large = rows.some(({ n }) => Number.isInteger(n) && !Number.isSafeInteger(n));
          fc.pre(!large);
          expect(cells(table)).toEqual(expected);
        },
      ),
    );
  });

  it('may begin and end a column anywhere', () => {
    const { table, columns } = read('{"a":1}\n\n{"b":"x"}\n{"a":2,"b":null,"c":true}');
    expect(cells(table)).toEqual([
      ['1', null, null],
      [null, 'x', null],
      ['2', null, 'true'],
    ]);
    expect(columns.map(({ kind }) => kind)).toEqual(['numeric', 'text', 'text']);
  });

  it('make texts of columns with both, and of whole numbers beyond 2⁵³', () => {
    expect(cells(read('{"a":1.50}\n{"a":"x"}').table)).toEqual([['1.5'], ['x']]);
    expect(cells(read('{"a":12345678901234567890}\n{"a":1}').table)).toEqual([
      ['12345678901234567890'],
      ['1'],
    ]);
  });

  it.each([
    ['', 'the file is empty'],
    ['{"a":1}\n{"a":', 'line 2 is not JSON'],
    ['{"a":1}\n\n[1]', 'line 3 is not a JSON object'],
    ['{"a":{"b":1}}', 'line 1 has a list or an object in "a"'],
  ])('are refused where they are broken: %j', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});

describe('a sample of rows', () => {
  it('has the wanted size, in order, whatever the pieces', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(250), fc.integer(), (rows, wanted, seed) => {
        const whole = new RowSampler(rows, wanted, new Random(seed)).next(rows);
        expect(whole).toHaveLength(Math.min(rows, wanted));
        const pieces = new RowSampler(rows, wanted, new Random(seed));
        const first = pieces.next(Math.floor(rows / 3));
        const rest = pieces.next(rows - Math.floor(rows / 3));
        expect([...first, ...rest.map((row) => row + Math.floor(rows / 3))]).toEqual(whole);
      }),
    );
  });

  it('takes every row equally often', () => {
    const taken = new Array<number>(20).fill(0);
    const random = new Random(3);
    for (let i = 0; i < 4000; i++) {
      for (const row of new RowSampler(20, 5, random).next(20)) taken[row] = (taken[row] ?? 0) + 1;
    }
    // Binomial with mean 1000 and deviation 27: five of them.
    for (const count of taken) expect(Math.abs(count - 1000)).toBeLessThan(137);
  });

  it('is of a table whose parts have different columns and categories', () => {
    const collector = new TableCollector({ rows: 4, random: new Random(1) });
    collector.add(
      tableOf([
        { a: 1, t: 'x' },
        { a: 2, t: 'y' },
      ]),
    );
    collector.add(
      tableOf([
        { b: 3, t: 'y' },
        { b: 4, t: 'z' },
      ]),
    );
    expect(cells(collector.table(['t', 'a', 'b']))).toEqual([
      ['x', '1', null],
      ['y', '2', null],
      ['y', null, '3'],
      ['z', null, '4'],
    ]);
  });

  it('is refused where it would not fit', () => {
    const collector = new TableCollector({ rows: 200_000_000, random: new Random(1) });
    expect(() => collector.add(tableOf([{ a: 1 }]))).toThrow('read fewer rows or columns');
  });
});
