import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareHistory, compareLatest, readDouble, writeDouble } from '#core/tracking/metrics.ts';
import { checkName } from '#core/tracking/names.ts';
import {
  compareTexts,
  latestFirst,
  sortableDouble,
  sortableText,
} from '#core/tracking/sortable.ts';

const bytes = (a: string, b: string) => Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));
const order = <T>(a: T, b: T) => Number(a > b) - Number(a < b);

describe('a sortable text', () => {
  it('sorts as its double does, NaN after all', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
        expect(bytes(sortableDouble(a), sortableDouble(b))).toBe(order(a, b));
        expect(bytes(sortableDouble(a), sortableDouble(Number.NaN))).toBe(-1);
      }),
    );
    expect(sortableDouble(-0)).toBe(sortableDouble(0));
  });

  it('is compared as its bytes are', () => {
    const text = fc.string({ unit: 'binary', maxLength: 3 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareTexts(a, b))).toBe(bytes(a, b));
      }),
    );
    expect(Math.sign(compareTexts('\u{10000}', '\uffff'))).toBe(1);
  });

  it('sorts the latest time first', () => {
    const time = fc.integer({ min: 0, max: 9_999_999_999_999 });
    fc.assert(
      fc.property(time, time, (a, b) => {
        expect(bytes(latestFirst(a), latestFirst(b))).toBe(order(b, a));
      }),
    );
    expect(latestFirst(-1)).toHaveLength(13);
    expect(latestFirst(1e300)).toHaveLength(13);
  });

  it('fits in a key, whatever it is of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
        expect(Buffer.byteLength(sortableText(text))).toBeLessThan(1000);
        expect(sortableText(text)).not.toContain('\u0001');
      }),
    );
  });
});

describe('a point', () => {
  const point = fc.record({
    value: fc.double(),
    timestamp: fc.integer({ min: 0, max: 3 }),
    step: fc.integer({ min: -1, max: 1 }),
  });

  it.each([
    ['the latest', compareLatest],
    ['histories', compareHistory],
  ])('has one place in the order of %s', (_, compare) => {
    fc.assert(
      fc.property(point, point, point, (a, b, c) => {
        expect(Math.sign(compare(a, b))).toBe(-Math.sign(compare(b, a)) || 0);
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('survives JSON', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        const written = JSON.parse(JSON.stringify(writeDouble(value)));
        expect(readDouble(written)).toBe(value === 0 ? 0 : value);
      }),
    );
    expect([readDouble('1.5'), readDouble('x'), readDouble(''), readDouble(true)]).toEqual([
      1.5,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('a name', () => {
  it.each(['loss', 'val/loss', 'a b-c.d:e', 'ü'])('may be %s', (name) => {
    expect(() => checkName(name, 'key')).not.toThrow();
  });

  it.each([
    '',
    '/a',
    'a/',
    'a//b',
    './a',
    '..',
    '../a',
    'a/../b',
    'a#b',
    'a\nb',
    '.',
    'x'.repeat(251),
  ])('may not be %j', (name) => {
    expect(() => checkName(name, 'key')).toThrow('key');
  });
});
