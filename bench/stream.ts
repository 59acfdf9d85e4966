/*
 * Scores records of a stream as its function does, in micro-batches and one by one, over bare
 * `session.run` on the same rows one by one, in processor time of one core. Claims and sinks are in
 * memory: what they take on AWS is waiting, and does not depend on how records are grouped.
 * `node bench/stream.ts`, optionally with the records.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createSession, toOnnx } from '#shared/onnx.ts';
import type { SourceEvent } from '#shared/source-records.ts';
import { createService } from '../functions/inference/service.ts';
import { NO_MARKS } from '../functions/inference/streaming/claims.ts';
import { type Consumer, consume } from '../functions/inference/streaming/consume.ts';
import { ENDPOINT, FEATURES, INPUT, MODEL, randomRows } from './model.ts';

const RECORDS = Number(process.argv[2] ?? 20_000);
const BATCHES = [1, 10, 100, 500];
const ROUNDS = 3;

const features = ENDPOINT.variants[0]?.signature.features ?? [];
const flat = randomRows(RECORDS);
const data = Array.from({ length: RECORDS }, (_, i) => {
  const row = flat.slice(i * FEATURES, (i + 1) * FEATURES);
  const named = Object.fromEntries(features.map(({ name }, column) => [name, row[column]]));
  return Buffer.from(JSON.stringify(named)).toString('base64');
});

const taken = async (entries: readonly unknown[]) => entries.map(() => true);
const sink = { ordered: false, most: { entries: 500, bytes: 4_500_000 }, put: taken };

const consumerOf = (oneByOne: boolean): Consumer => ({
  scorer: {
    ...{ endpoint: ENDPOINT.name, now: Date.now, oneByOne },
    service: createService({
      fetchEndpoint: async () => ENDPOINT,
      fetchArtifact: async () => MODEL,
      warn: () => {},
      functionMegabytes: 1769,
    }),
  },
  ...{ store: NO_MARKS, leaseMs: 65_000, results: sink, rejects: sink, pause: delay },
  recorder: { record: () => {}, addBeside: () => {}, flush: async () => {} },
  report: ({ rejected }) => {
    if (rejected > 0) throw new Error(`${rejected} records were refused`);
  },
  warn: () => {},
});

const eventOf = (from: number, size: number): SourceEvent =>
  ({
    Records: data.slice(from, from + size).map((base64, i) => ({
      eventID: `shardId-000000000000:${from + i}`,
      kinesis: {
        ...{ sequenceNumber: `${from + i}`, partitionKey: `k${i}`, data: base64 },
        approximateArrivalTimestamp: 1_764_115_200,
      },
    })),
  }) as unknown as SourceEvent;

async function secondsOf(run: () => Promise<void>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1e6);
  }
  return best;
}

async function scored(consumer: Consumer, size: number): Promise<void> {
  for (let from = 0; from < RECORDS; from += size) await consume(consumer, eventOf(from, size));
}

async function bare(): Promise<void> {
  const session = await createSession(MODEL);
  for (let row = 0; row < RECORDS; row++) {
    const values = Float32Array.from(flat.slice(row * FEATURES, (row + 1) * FEATURES));
    await session.run({
      [INPUT]: toOnnx({ datatype: 'FP32', shape: [1, FEATURES], data: values }),
    });
  }
}

console.log(`Stream: ${RECORDS} records of ${FEATURES} columns, 300 trees of depth 6, one core`);
const floor = await secondsOf(bare);
const show = (what: string, seconds: number, single: number) =>
  console.log(
    `  ${what.padEnd(34)} ${`${Math.round(RECORDS / seconds)} records/s`.padStart(18)}  ${(single / seconds).toFixed(2)}× one by one  ${(seconds / floor).toFixed(2)}× bare`,
  );
const apart = consumerOf(true);
await scored(apart, 500);
const single = await secondsOf(() => scored(apart, 500));
show('bare session.run, row by row', floor, single);
show('batches of 500, a run for each', single, single);
const together = consumerOf(false);
for (const size of BATCHES) {
  const seconds = await secondsOf(() => scored(together, size));
  show(`batches of ${size}, one run`, seconds, single);
}
