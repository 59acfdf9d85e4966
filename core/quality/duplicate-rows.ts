import type { Column, Table } from '#core/table/table.ts';

/**
 * Rows that are equal to an earlier one in every column. Rows are compared by 53 bits of hash: among
 * a million different rows, two are taken for equal with a probability of about 5e-5.
 */
export function countDuplicateRows({ rows, columns }: Table): number {
  const high = new Uint32Array(rows);
  const low = new Uint32Array(rows);
  for (const column of columns) mixColumn(column, high, low);
  const keys = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    keys[row] = (high[row] as number) * 2 ** 21 + ((low[row] as number) >>> 11);
  }
  keys.sort();
  let duplicates = 0;
  for (let i = 1; i < rows; i++) if (keys[i] === keys[i - 1]) duplicates++;
  return duplicates;
}

const bits = new Uint32Array(2);
const number = new Float64Array(bits.buffer);

function mixColumn(column: Column, high: Uint32Array, low: Uint32Array): void {
  for (let row = 0; row < high.length; row++) {
    // Every NaN is one missing value, and zero has no sign.
    number[0] =
      column.kind === 'numeric'
        ? (column.values[row] as number) + 0
        : (column.codes[row] as number);
    if (Number.isNaN(number[0])) number[0] = Number.NaN;
    const [a, b] = [bits[0] as number, bits[1] as number];
    high[row] = mix((high[row] as number) ^ mix(a + 0x9e3779b9) ^ b);
    low[row] = mix((low[row] as number) + mix(b ^ 0x85ebca6b) + a);
  }
}

/** The finaliser of MurmurHash3 (Appleby): every bit of the input moves half of the output's. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
