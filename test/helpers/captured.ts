import { gzipSync } from 'node:zlib';
import { ulid } from 'ulid';
import { captureKey } from '#core/capture/keys.ts';
import type { ParquetColumn } from '#core/parquet/pages.ts';
import { ParquetWriter } from '#core/parquet/writer.ts';
import { TrafficTally } from '#core/traffic/summary.ts';
import type { fakeS3 } from './fake-s3.ts';
import type { fakeTable } from './fake-table.ts';

export interface Stores {
  readonly table: ReturnType<typeof fakeTable>;
  readonly s3: ReturnType<typeof fakeS3>;
}

export interface Predicted {
  /** In milliseconds since the epoch; one prediction each millisecond after. */
  readonly start: number;
  readonly rows: number;
  readonly version: number;
  readonly variant?: string;
  /** `in_…` and `out_…` */
  readonly columns: readonly ParquetColumn[];
}

/** Predictions of the endpoint `e`: what was captured of them and what was counted. @returns their ids */
export function predicted(
  { table, s3 }: Stores,
  { start, rows, version, variant = 'default', columns }: Predicted,
) {
  const times = Array.from({ length: rows }, (_, i) => start + i);
  const ids = times.map((time) => `${ulid(time)}.e.1.${variant}`);
  const same = (value: string) => times.map(() => value);
  const writer = new ParquetWriter((bytes) => gzipSync(bytes));
  writer.write([
    { name: 'prediction_id', type: 'string', values: ids },
    { name: 'row', type: 'int32', values: new Int32Array(rows) },
    { name: 'at', type: 'timestamp', values: BigInt64Array.from(times, BigInt) },
    { name: 'revision', type: 'int32', values: new Int32Array(rows) },
    { name: 'variant', type: 'string', values: same(variant) },
    { name: 'model', type: 'string', values: same('m') },
    { name: 'version', type: 'int32', values: new Int32Array(rows).fill(version) },
    { name: 'latency_ms', type: 'double', values: new Float64Array(rows) },
    { name: 'unit', type: 'string', values: times.map(() => null) },
    ...columns,
  ]);
  const file = { endpoint: 'e', variant, id: `${ulid(start)}.0` };
  s3.objects.set(`data/${captureKey({ ...file, at: start, shadowed: false })}`, writer.finish());
  const tally = new TrafficTally();
  for (const _ of times) tally.addRequest({ status: 200, rows: 1, latencyMs: 1 });
  const minute = `${new Date(start).toISOString().slice(0, 16)}Z`;
  table.put({
    ...{ pk: 'TRAFFIC#e', sk: `${minute}#${variant}#1#i`, minute, variant, model: 'm' },
    ...{
      version,
      revision: 1,
      instance: `i${start}${variant}`,
      before: 0,
      summary: JSON.stringify(tally),
    },
  });
  return ids;
}

/** That this turned out to be true of a prediction. */
export function sayTruth(
  { table }: Pick<Stores, 'table'>,
  { id, at, truth }: { id: string; at: number; truth: { label?: string; value?: number } },
): void {
  const iso = new Date(at).toISOString();
  table.put({
    ...{ pk: `FEEDBACK#e#${iso.slice(0, 10)}`, sk: `${id}#000000000`, predictionId: id, row: 0 },
    ...{ at: iso, revision: 1, variant: 'default', ...truth, receivedAt: iso },
    ...{ receivedFrom: 'a', facts: '' },
  });
}
