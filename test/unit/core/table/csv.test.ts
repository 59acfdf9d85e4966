import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { CsvReader } from '#core/table/csv-reader.ts';
import { nearestDouble } from '#core/table/decimal.ts';
import { isMissingText } from '#core/table/missing.ts';
import { columnOf } from '#core/table/table.ts';
import { cells, readBytes, readCsv } from '../../../helpers/read-bytes.ts';

const numbersOf = (text: string, piece?: number) => {
  const column = readCsv(text, piece).table.columns[0];
  return column?.kind === 'numeric' ? [...column.values] : undefined;
};

describe('a CSV file', () => {
  const field = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'é', '😀', '"', ',', '\n', '\r\n', ' ', ';', '1') }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.constantFrom('', 'NA', 'null', '-0', '1e-5', '007', '9007199254740993'),
  );
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const written = fc
    .tuple(
      fc.array(fc.array(field, { minLength: 2, maxLength: 2 }), { minLength: 1, maxLength: 8 }),
      fc.constantFrom('\n', '\r\n'),
      fc.constantFrom(',', ';', '\t', '|'),
      fc.boolean(),
    )
    .map(([rows, lineEnd, separator, ends]) => {
      const plain = (text: string) => !/[",;\t|\r\n]/.test(text) && text !== '';
      const lines = rows.map((row) => row.map((f) => (plain(f) ? f : quote(f))).join(separator));
      return {
        separator,
        text: [`x${separator}y`, ...lines].join(lineEnd) + (ends ? lineEnd : ''),
      };
    });

  it('has the fields that csv-parse finds, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(written, fc.integer({ min: 1, max: 40 }), ({ text, separator }, piece) => {
        const [, ...expected] = parse(text, { delimiter: separator }) as string[][];
        const make = (options: object) =>
          new CsvReader({ ...(options as { onTable: () => void }), separator });
        const { table } = readBytes(new TextEncoder().encode(text), make, piece);
        const numeric = table.columns.map(({ kind }) => kind === 'numeric');
        const asRead = expected.map((row) =>
          row.map((text, i) => {
            if (isMissingText(numeric[i] ? text.trim() : text)) return null;
            return numeric[i] ? String(Number(text)) : text;
          }),
        );
        expect(cells(table)).toEqual(asRead);
      }),
      { numRuns: 500 },
    );
  });

  it.each([',', ';', '\t', '|'])('has its separator %j found out', (separator) => {
    const lines = ['a,b,c', '1,"x;|\t,y",2', '3,z,4'];
    const text = lines.map((line) => line.replaceAll(/,(?=[^"]*("[^"]*"[^"]*)*$)/g, separator));
    const { columns, table } = readCsv(text.join('\n'));
    expect(columns.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(cells(table)[1]).toEqual(['3', 'z', '4']);
  });

  it('may have a byte-order mark, blank lines, no last line end, old line ends', () => {
    expect(cells(readCsv('\ufeffa,b\r\r1,2\r3,4').table)).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
    expect(readCsv('\ufeffa\n1').columns).toEqual([{ name: 'a', kind: 'numeric' }]);
  });

  it('has numbers exactly as the language reads them', () => {
    const digits = fc.tuple(fc.nat(10 ** 9), fc.stringMatching(/^\d{1,17}$/));
    const text = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      digits.map(([whole, fraction]) => `${whole}.${fraction}`),
      fc.integer().map(String),
    );
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), fc.integer({ min: 1, max: 30 }), (t, piece) => {
        const isWhole = (s: string) => /^-?\d+$/.test(s) && !Number.isSafeInteger(Number(s));
        fc.pre(!t.some(isWhole));
        expect(numbersOf(`x\n${t.join('\n')}\n`, piece)).toEqual(t.map(Number));
      }),
      { numRuns: 500 },
    );
  });

  it('knows when two doubles are too near to tell', () => {
    const of = (text: string) =>
      nearestDouble(new TextEncoder().encode(text), 0, text.length, text.split('.')[1]!.length);
    // Half way between 2⁵³ and the next double.
    expect(of('9007199254740993.0')).toBeUndefined();
    expect(of('9007199254740993.1')).toBe(9007199254740994);
  });

  it('keeps whole numbers beyond 2⁵³ as texts, also where the first rows do not show it', () => {
    const large = '12345678901234567890';
    expect(columnOf(readCsv(`id,x\n${large},1\n`).table, 'id')?.kind).toBe('text');
    const late = `id\n${'1\n'.repeat(200_000)}${large}\n`;
    const { table } = readCsv(late, 70_000);
    expect(table.columns[0]).toMatchObject({ kind: 'text', categories: ['1', large] });
  });

  it.each([
    ['', 'the file is empty: it needs a header line'],
    ['\n\n', 'the file is empty: it needs a header line'],
    ['a,b\n1,2\n3\n', 'line 3 has 1 fields, the header has 2'],
    ['a,b\n1,2\n\n"x\ny",2,3\n', 'line 4 has 3 fields, the header has 2'],
    ['a,b\n"1"x,2\n', 'line 2 has something behind a closing quote'],
    ['a,b\n1,"2\n', 'line 2 has a quote that is never closed'],
    ['a,b,a\n', 'line 1: the column "a" stands twice in the header'],
  ])('is refused where it is broken: %j', (text, message) => {
    expect(() => readCsv(text)).toThrow(message);
  });

  it('is refused where it is not UTF-8', () => {
    const latin = Uint8Array.from('a\nx\n\xe9\n', (c) => c.charCodeAt(0));
    expect(() => readCsv(latin)).toThrow('line 3 has bytes that are not UTF-8');
    const utf16 = Uint8Array.from([0xff, 0xfe, 0x61, 0]);
    expect(() => readCsv(utf16)).toThrow('UTF-16');
  });
});
