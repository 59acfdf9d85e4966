import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromBfloat16Bits, roundToBfloat16, toBfloat16Bits } from '#core/tensors/bfloat16.ts';
import { decodeBinary, encodeBinary } from '#core/tensors/binary.ts';
import { DATATYPES } from '#core/tensors/datatypes.ts';
import { WIRE_BYTES } from '#core/tensors/tensor.ts';

const numeric = DATATYPES.filter((datatype) => datatype !== 'BYTES' && datatype !== 'BOOL');

describe('the binary form of a tensor', () => {
  it.each(numeric)('of %s comes back byte by byte, from any offset', (datatype) => {
    const size = WIRE_BYTES[datatype];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(7), (bytes, offset) => {
        const count = Math.floor(bytes.length / size);
        const shifted = new Uint8Array(offset + count * size).subarray(offset);
        shifted.set(bytes.subarray(0, count * size));
        const data = decodeBinary(datatype, [count], shifted, 'x');
        expect(withoutNaN(datatype, encodeBinary(datatype, data))).toEqual(
          withoutNaN(datatype, shifted),
        );
      }),
    );
  });

  it('is little endian', () => {
    const bytes = new Uint8Array([1, 2, 0, 0, 0, 0, 0, 0]);
    expect(decodeBinary('UINT16', [4], bytes, 'x')).toEqual(Uint16Array.of(0x201, 0, 0, 0));
    expect(decodeBinary('INT64', [1], bytes, 'x')).toEqual(BigInt64Array.of(0x201n));
  });

  it('puts a length of four bytes before each text', () => {
    const bytes = encodeBinary('BYTES', ['é', '']);
    expect([...bytes]).toEqual([2, 0, 0, 0, 0xc3, 0xa9, 0, 0, 0, 0]);
  });

  it('brings texts back', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));
    fc.assert(
      fc.property(fc.array(text), (texts) => {
        const bytes = encodeBinary('BYTES', texts);
        expect(decodeBinary('BYTES', [texts.length], bytes, 'x')).toEqual(texts);
      }),
    );
  });

  it('refuses any bytes that are not the announced texts, and nothing else happens', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(5), (bytes, count) => {
        let texts: unknown;
        try {
          texts = decodeBinary('BYTES', [count], bytes, 'x');
        } catch (error) {
          expect(error).toMatchObject({ name: 'AppError', code: 'invalid' });
          return;
        }
        expect(encodeBinary('BYTES', texts as string[])).toEqual(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['FP32', [2], [0, 0, 0, 0], 'x: has 4 bytes where FP32 [2] takes 8'],
    ['BOOL', [2], [1, 2], 'x.data[1]: must be the byte 0 or 1'],
    ['BYTES', [1], [1, 0, 0, 0, 0xff], 'x.data[0]: must be UTF-8'],
    ['BYTES', [1], [1, 0, 0, 0, 0], 'x.data[0]: holds the character NUL'],
    ['BYTES', [1], [9, 0, 0, 0, 65], 'x: its 5 bytes are not 1 elements of BYTES'],
    ['BYTES', [1e9], [], 'x: its 0 bytes are not 1000000000 elements of BYTES'],
  ] as const)('refuses %s %j of bytes %j', (datatype, shape, bytes, message) => {
    expect(() => decodeBinary(datatype, shape, Uint8Array.from(bytes), 'x')).toThrow(message);
  });
});

describe('bfloat16', () => {
  it('holds each of its values exactly', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = fromBfloat16Bits(bits);
      if (!Number.isNaN(value)) expect(toBfloat16Bits(value)).toBe(bits);
    }
  });

  it('rounds to the nearest value, ties to even', () => {
    fc.assert(
      fc.property(
        fc.float({ noNaN: true, min: Math.fround(-1e38), max: Math.fround(1e38) }),
        (x) => {
          const bits = toBfloat16Bits(x);
          const error = Math.abs(fromBfloat16Bits(bits) - x);
          for (const other of [bits - 1, bits + 1]) {
            const distance = Math.abs(fromBfloat16Bits(other & 0xffff) - x);
            if (Number.isNaN(distance)) continue;
            expect(distance).toBeGreaterThanOrEqual(error);
            if (distance === error && error > 0) expect(bits & 1).toBe(0);
          }
        },
      ),
    );
  });

  it('keeps NaN and infinities', () => {
    expect(roundToBfloat16(Number.NaN)).toBeNaN();
    expect(roundToBfloat16(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
  });
});

/** Two NaNs may differ in their bits. */
function withoutNaN(datatype: string, bytes: Uint8Array): Uint8Array | string {
  if (datatype !== 'BF16') return Uint8Array.from(bytes);
  const halves = new Uint16Array(Uint8Array.from(bytes).buffer);
  return [...halves].map((bits) => (Number.isNaN(fromBfloat16Bits(bits)) ? 'NaN' : bits)).join();
}
