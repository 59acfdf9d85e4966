import { sortNumbers } from '#core/stats/sort-numbers.ts';
import type { Column } from '#core/table/table.ts';

/** A column made ready to be compared: sorted or counted once, whatever it is compared with. */
export type Sample = NumericSample | TextSample;

export interface NumericSample {
  readonly kind: 'numeric';
  /** Without what is missing or infinite. */
  readonly sorted: Float64Array;
  /** Of the population: divided by n. */
  readonly deviation: number;
}

export interface TextSample {
  readonly kind: 'text';
  readonly counts: ReadonlyMap<string, number>;
  readonly rows: number;
}

export function sampleOf(column: Pick<Column, 'kind'> & Column): Sample {
  return column.kind === 'numeric' ? numericSample(column.values) : textSample(column);
}

export function numericSample(values: Float64Array): NumericSample {
  const sorted = sortNumbers(finiteOf(values));
  return { kind: 'numeric', sorted, deviation: deviationOf(sorted) };
}

function finiteOf(values: Float64Array): Float64Array<ArrayBuffer> {
  const kept = new Float64Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value - value === 0) kept[count++] = value;
  }
  return kept.subarray(0, count);
}

function deviationOf(values: Float64Array): number {
  if (values.length === 0) return 0;
  let mean = 0;
  for (let i = 0; i < values.length; i++) mean += values[i] as number;
  mean /= values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += ((values[i] as number) - mean) ** 2;
  return Math.sqrt(squares / values.length);
}

function textSample({ codes, categories }: Column & { kind: 'text' }): TextSample {
  const byCode = new Float64Array(categories.length);
  let rows = 0;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] as number;
    if (code < 0) continue;
    byCode[code] = (byCode[code] as number) + 1;
    rows++;
  }
  const counts = new Map<string, number>();
  for (const [code, count] of byCode.entries()) {
    if (count > 0) counts.set(categories[code] as string, count);
  }
  return { kind: 'text', counts, rows };
}

export const rowsOf = (sample: Sample): number =>
  sample.kind === 'numeric' ? sample.sorted.length : sample.rows;
