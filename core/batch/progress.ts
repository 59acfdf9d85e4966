import type { PriceTable } from '../performance/prices.ts';

/** What became of one shard. */
export interface ShardCount {
  readonly rows: number;
  readonly results: number;
  readonly rejects: number;
  readonly milliseconds: number;
}

export interface Progress {
  readonly shards: number;
  readonly shardsDone: number;
  readonly rows: number;
  readonly results: number;
  readonly rejects: number;
  /** Of the whole job, since it started. */
  readonly rowsPerSecond: number;
  /** Undefined where nothing is done yet, or nothing is left. */
  readonly secondsLeft?: number;
  readonly costUsd: number;
}

/**
 * How far a job is, by the shards that are done; the rest is taken to be like them.
 * @param elapsedMs since the job started, or for as long as it ran
 */
export function progressOf(
  counts: readonly ShardCount[],
  { shards, elapsedMs, memoryMb }: { shards: number; elapsedMs: number; memoryMb: number },
  prices: Pick<PriceTable, 'requests' | 'gigabyteSecond'>,
): Progress {
  const sum = (pick: (count: ShardCount) => number) =>
    counts.reduce((total, count) => total + pick(count), 0);
  const rows = sum((count) => count.rows);
  const done = counts.length;
  const seconds = Math.max(elapsedMs, 1) / 1000;
  const gigabyteSeconds = (sum((c) => c.milliseconds) / 1000) * (memoryMb / 1024);
  return {
    shards,
    shardsDone: done,
    rows,
    results: sum((count) => count.results),
    rejects: sum((count) => count.rejects),
    rowsPerSecond: rows / seconds,
    ...(done > 0 && done < shards && { secondsLeft: (seconds / done) * (shards - done) }),
    costUsd: gigabyteSeconds * prices.gigabyteSecond + (done * prices.requests) / 1e6,
  };
}

export interface Tolerance {
  /** Of all rows, 0 to 1. */
  readonly share?: number | undefined;
  readonly count?: number | undefined;
}

/** Why there are too many rejects; undefined where there are not. Nothing said: any number is fine. */
export function tooManyRejects(
  { rows, rejects }: Pick<ShardCount, 'rows' | 'rejects'>,
  { share, count }: Tolerance,
): string | undefined {
  const said = `${rejects} of ${rows} rows could not be scored`;
  if (count !== undefined && rejects > count) return `${said}, more than ${count}`;
  if (share !== undefined && rejects > share * rows) return `${said}, more than ${share * 100} %`;
  return undefined;
}
