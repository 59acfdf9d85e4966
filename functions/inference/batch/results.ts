import { gzipSync } from 'node:zlib';
import type { ParquetColumn } from '#core/parquet/pages.ts';
import { ParquetWriter } from '#core/parquet/writer.ts';
import { classNames } from '#core/signature/classes.ts';
import { outcomesOf } from '../outcomes.ts';
import type { Output, Target } from '../predict.ts';
import { predictionFields } from '../protocols/rows-answer.ts';
import type { Place } from './row-batch.ts';

export const OUTPUT_FORMATS = ['jsonl', 'csv', 'parquet'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Turns predictions into bytes of one part, batch by batch. */
export interface ResultEncoder {
  encode(outputs: readonly Output[], places: readonly Place[]): Uint8Array;
  /** What comes last. */
  end(): Uint8Array;
}

export function encoderOf(format: OutputFormat, target: Target, withKey: boolean): ResultEncoder {
  if (format === 'jsonl') return jsonEncoder(target);
  return format === 'csv' ? csvEncoder(target, withKey) : parquetEncoder(target, withKey);
}

const NOTHING = new Uint8Array();

/** The fields of an answer over HTTP, in the same words. */
function jsonEncoder({ variant }: Target): ResultEncoder {
  const tail = `,"modelVersion":${variant.version}}\n`;
  return {
    encode: (outputs, places) => {
      const fields = predictionFields(variant.signature, outputs, places.length);
      let text = '';
      for (const [i, { object, row, key }] of places.entries()) {
        text += `{"object":${object},"row":${row}`;
        if (key !== undefined) text += `,"key":${JSON.stringify(key)}`;
        for (const field of fields) text += field(i);
        text += tail;
      }
      return Buffer.from(text);
    },
    end: () => NOTHING,
  };
}

function csvEncoder(target: Target, withKey: boolean): ResultEncoder {
  let isFirst = true;
  return {
    encode: (outputs, places) => {
      const columns = columnsOf(target, outputs, places, withKey);
      const rows = places.map((_, i) => columns.map(({ values }) => cell(values[i])).join(','));
      if (isFirst) rows.unshift(columns.map(({ name }) => cell(name)).join(','));
      isFirst = false;
      return Buffer.from(`${rows.join('\n')}\n`);
    },
    end: () => NOTHING,
  };
}

function cell(value: unknown): string {
  if (typeof value === 'number' && Number.isNaN(value)) return '';
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function parquetEncoder(target: Target, withKey: boolean): ResultEncoder {
  const writer = new ParquetWriter((bytes) => gzipSync(bytes, { level: 1 }));
  let last: ParquetColumn[] = [];
  return {
    encode: (outputs, places) => {
      last = columnsOf(target, outputs, places, withKey);
      writer.write(last);
      return writer.take();
    },
    end: () => writer.finish(),
  };
}

/** Place, key, label, probabilities by class, value, other outputs as JSON, version. */
function columnsOf(
  { variant }: Target,
  outputs: readonly Output[],
  places: readonly Place[],
  withKey: boolean,
): ParquetColumn[] {
  const { signature, version } = variant;
  const rows = places.length;
  const { labels, probabilities, values } = outcomesOf(signature, outputs, rows);
  const texts = (name: string, of: (place: Place) => string | null): ParquetColumn => ({
    ...{ name, type: 'string', values: places.map(of) },
  });
  const fixed: ParquetColumn[] = [
    { name: 'object', type: 'int32', values: Int32Array.from(places, ({ object }) => object) },
    { name: 'row', type: 'int64', values: BigInt64Array.from(places, ({ row }) => BigInt(row)) },
    ...(withKey ? [texts('key', ({ key }) => key ?? null)] : []),
  ];
  const predicted: ParquetColumn[] = [
    ...(labels ? [{ name: 'label', type: 'string', values: labels.labels } as const] : []),
    ...(probabilities
      ? byClass(classNames(signature, probabilities.width), probabilities, rows)
      : []),
    ...values.map(({ name, data }) => numbers(name, Array.from(data))),
  ];
  const versions = new Int32Array(rows).fill(version);
  return [...fixed, ...predicted, { name: 'model_version', type: 'int32', values: versions }];
}

function byClass(
  classes: readonly string[],
  { width, data }: { width: number; data: ArrayLike<number> },
  rows: number,
): ParquetColumn[] {
  const at = (row: number, i: number) =>
    width === 1 && classes.length === 2 && i === 0
      ? 1 - (data[row] as number)
      : (data[row * width + Math.min(i, width - 1)] as number);
  return classes.map((name, i) =>
    numbers(
      `probability_${name}`,
      Array.from({ length: rows }, (_, row) => at(row, i)),
    ),
  );
}

/** Doubles hold every number that models answer, as it is. */
const numbers = (name: string, values: readonly number[]): ParquetColumn => ({
  ...{ name, type: 'double', values: Float64Array.from(values) },
});
