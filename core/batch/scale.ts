import type { PriceTable } from '../performance/prices.ts';
import { shardBytesFor } from './shards.ts';

/** What a job is reckoned with: measured where docs/performance.md has it, else as it says there. */
export const ASSUMED = {
  inputBytesPerRow: 100,
  resultBytesPerRow: 150,
  /** 300 trees of depth 6 on one core, reading, checking, profiling and writing included. */
  rowsPerSecond: 39_000,
  /** From S3 to one worker. */
  readBytesPerSecond: 90e6,
  memoryMb: 1769,
  /** Objects are read, and results written, in parts of this size. */
  partBytes: 8 * 2 ** 20,
  transitionsPerShard: 3,
  dollarsPerTransition: 0.000025,
  dollarsPerThousandGets: 0.0004,
  /** Of a month. */
  dollarsPerStoredGigabyte: 0.023,
} as const;

export interface Scale {
  readonly shards: number;
  readonly shardBytes: number;
  readonly secondsPerShard: number;
  readonly waves: number;
  /** Of all waves, one after the other. */
  readonly seconds: number;
  /** Of all workers together, while they write. */
  readonly putsPerSecond: number;
  readonly tableWritesPerSecond: number;
  /** US dollars. */
  readonly cost: {
    readonly lambda: number;
    readonly stepFunctions: number;
    readonly s3: number;
    readonly table: number;
    readonly storedAMonth: number;
  };
}

/**
 * What a job of so many rows takes, by arithmetic: shards as the planner makes them, waves of as many
 * workers as are allowed at a time, list prices.
 */
export function scaleOf(rows: number, concurrency: number, prices: PriceTable): Scale {
  const { partBytes, memoryMb } = ASSUMED;
  const inputBytes = rows * ASSUMED.inputBytesPerRow;
  const resultBytes = rows * ASSUMED.resultBytesPerRow;
  const shardBytes = shardBytesFor(inputBytes);
  const shards = Math.ceil(inputBytes / shardBytes);
  const secondsPerShard =
    inputBytes / shards / ASSUMED.readBytesPerSecond + rows / shards / ASSUMED.rowsPerSecond;
  const waves = Math.ceil(shards / concurrency);
  const atOnce = Math.min(shards, concurrency);
  // Its profile is written by each worker, and read when the job ends.
  const gets = inputBytes / partBytes + shards;
  const puts = resultBytes / partBytes + shards;
  const gigabyteSeconds = shards * secondsPerShard * (memoryMb / 1024);
  return {
    ...{ shards, shardBytes, secondsPerShard, waves, seconds: waves * secondsPerShard },
    putsPerSecond: ((puts / shards) * atOnce) / secondsPerShard,
    tableWritesPerSecond: atOnce / secondsPerShard,
    cost: {
      lambda: gigabyteSeconds * prices.gigabyteSecond + (shards * prices.requests) / 1e6,
      stepFunctions: shards * ASSUMED.transitionsPerShard * ASSUMED.dollarsPerTransition,
      s3: (gets / 1000) * ASSUMED.dollarsPerThousandGets + (puts / 1e6) * prices.objectWrites,
      table: (shards * prices.tableWrites) / 1e6,
      storedAMonth: (resultBytes / 1e9) * ASSUMED.dollarsPerStoredGigabyte,
    },
  };
}
