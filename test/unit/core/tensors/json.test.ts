import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Datatype } from '#core/tensors/datatypes.ts';
import { parseExact } from '#core/tensors/exact-json.ts';
import { decodeJson } from '#core/tensors/json-decode.ts';
import { encodeJson } from '#core/tensors/json-encode.ts';

const decode = (datatype: Datatype, values: unknown, shape?: number[]) =>
  decodeJson(datatype, shape ?? [(values as unknown[]).length], values, 'inputs[0].data');

const INTEGERS = {
  UINT8: [0n, 2n ** 8n - 1n],
  UINT16: [0n, 2n ** 16n - 1n],
  UINT32: [0n, 2n ** 32n - 1n],
  UINT64: [0n, 2n ** 64n - 1n],
  INT8: [-(2n ** 7n), 2n ** 7n - 1n],
  INT16: [-(2n ** 15n), 2n ** 15n - 1n],
  INT32: [-(2n ** 31n), 2n ** 31n - 1n],
  INT64: [-(2n ** 63n), 2n ** 63n - 1n],
} as const;

describe('JSON data of a tensor', () => {
  it.each(Object.entries(INTEGERS))('keeps every %s exact both ways', (name, [min, max]) => {
    const datatype = name as Datatype;
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min, max })), (values) => {
        const text = `[${values.join(',')}]`;
        const data = decode(datatype, parseExact(text));
        expect(Array.from(data as BigInt64Array, BigInt)).toEqual(values);
        expect(encodeJson(datatype, data)).toBe(text);
      }),
    );
  });

  it.each(Object.entries(INTEGERS))('refuses what is beyond %s', (name, [min, max]) => {
    for (const value of [min - 1n, max + 1n]) {
      const parsed = parseExact(`[0, ${value}]`);
      expect(() => decode(name as Datatype, parsed)).toThrow('inputs[0].data[1]: is beyond');
    }
  });

  it.each([
    ['FP64', (x: number) => x],
    ['FP32', Math.fround],
    ['FP16', Math.f16round],
  ] as const)('rounds %s as the platform does', (datatype, round) => {
    const inRange = fc.double({ noNaN: true }).filter((x) => Number.isFinite(round(x)));
    fc.assert(
      fc.property(fc.array(inRange), (values) => {
        const data = decode(datatype, JSON.parse(JSON.stringify(values)));
        const expected = values.map((x) => round(x) + 0);
        expect(Array.from(data as Float64Array, (x) => x + 0)).toEqual(expected);
        expect(JSON.parse(encodeJson(datatype, data))).toEqual(expected);
      }),
    );
  });

  it.each([
    ['FP16', 65520],
    ['BF16', 3.4e38],
    ['FP32', 3.5e38],
    ['FP64', Number.POSITIVE_INFINITY],
  ] as const)('refuses a number that overflows %s', (datatype, value) => {
    expect(() => decode(datatype, [1, value])).toThrow(`inputs[0].data[1]: is beyond the range`);
  });

  it('takes exactly parsed integers as floats, within their range', () => {
    expect(decode('FP64', parseExact('[9007199254740993]'))[0]).toBe(9007199254740992);
    expect(() => decode('FP16', parseExact('[9007199254740993]'))).toThrow('beyond the range');
  });

  it('takes null as a missing value of floats only, and gives NaN and infinities as null', () => {
    expect(decode('FP32', [null])[0]).toBeNaN();
    expect(() => decode('INT32', [null])).toThrow(
      'inputs[0].data[0]: must be an integer, not null',
    );
    expect(encodeJson('FP32', Float32Array.of(Number.NaN, -Infinity, 1))).toBe('[null,null,1]');
    const many = new Float32Array(100).fill(Number.NaN);
    expect(JSON.parse(encodeJson('FP32', many))).toEqual(new Array(100).fill(null));
  });

  it('reads nested data as flat data of the same shape', () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(shapes, (shape) => {
        const count = shape.reduce((a, b) => a * b, 1);
        const flat = Array.from({ length: count }, (_, i) => i);
        expect(decode('INT32', nest(flat, shape), shape)).toEqual(decode('INT32', flat, shape));
      }),
    );
  });

  it.each([
    [
      'FP32',
      [
        [1, 2],
        [3, '4'],
      ],
      [2, 2],
      'inputs[0].data[1][1]: must be a number, not a string',
    ],
    ['FP32', [[1, 2], [3]], [2, 2], 'inputs[0].data[1]: has 1 entries where the shape says 2'],
    ['FP32', [[1, 2], 3], [2, 2], 'inputs[0].data[1]: must be an array, as the shape says'],
    ['FP32', [[[1]]], [1, 1], 'inputs[0].data[0][0]: must be a number, not an array'],
    ['FP32', [1, 2, 3], [2, 2], 'inputs[0].data: has 3 values where the shape says 4'],
    ['FP32', {}, [1], 'inputs[0].data: must be an array'],
    ['FP32', undefined, [1], 'inputs[0].data: must be an array'],
    ['FP32', [{ valueOf: 1, toString: 1 }], [1], 'inputs[0].data[0]: must be a number'],
    ['INT8', [1.5], [1], 'inputs[0].data[0]: must be an integer, it has a fraction'],
    ['INT8', [true], [1], 'inputs[0].data[0]: must be an integer, not true'],
    ['INT64', [1e18], [1], 'inputs[0].data[0]: is not exact in this notation'],
    ['INT64', [0.5], [1], 'inputs[0].data[0]: must be an integer, it has a fraction'],
    ['BOOL', [1], [1], 'inputs[0].data[0]: must be true or false, not a number'],
    ['BYTES', [1], [1], 'inputs[0].data[0]: must be a string, not a number'],
    ['BYTES', ['a\0b'], [1], 'inputs[0].data[0]: holds the character NUL'],
    ['BYTES', ['\ud800'], [1], 'inputs[0].data[0]: holds half of a surrogate pair'],
  ] as const)(
    'refuses %s %j of shape %j, naming the element',
    (datatype, values, shape, message) => {
      expect(() => decode(datatype, values, [...shape])).toThrow(message);
    },
  );

  it('carries booleans and text', () => {
    expect(encodeJson('BOOL', decode('BOOL', [true, false]))).toBe('[true,false]');
    expect(encodeJson('BYTES', decode('BYTES', ['é"', '']))).toBe('["é\\"",""]');
  });

  it('holds the one value of a scalar', () => {
    expect(decode('FP32', [4], [])[0]).toBe(4);
  });
});

function nest(flat: readonly number[], shape: readonly number[]): unknown {
  const [size = 1, ...inner] = shape;
  if (inner.length === 0) return flat;
  const step = flat.length / size;
  return Array.from({ length: size }, (_, i) => nest(flat.slice(i * step, (i + 1) * step), inner));
}
