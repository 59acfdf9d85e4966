/** Part of an object that one worker reads; all of it where no range is given. */
export interface Piece {
  /** Which of the job's objects, from 0. */
  readonly object: number;
  /** Bytes of a text file, row groups of a Parquet file. */
  readonly from?: number;
  /** Exclusive. */
  readonly to?: number;
  /** Rows of the object before these. */
  readonly row?: number;
  /** Line that the first of these stands on. */
  readonly line?: number;
  /** As far as they are known before they are read. */
  readonly rows?: number;
}

export type Shard = readonly Piece[];

export interface SizedPiece extends Piece {
  readonly bytes: number;
}

/**
 * Puts small pieces together until they are worth a worker's start; order is kept.
 * @param target bytes that a shard reaches and then ends
 */
export function packShards(pieces: Iterable<SizedPiece>, target: number): Shard[] {
  const shards: Piece[][] = [];
  let filled = target;
  for (const { bytes, ...piece } of pieces) {
    if (filled >= target) {
      shards.push([]);
      filled = 0;
    }
    shards.at(-1)?.push(piece);
    filled += bytes;
  }
  return shards;
}

/** As many child workflows as a distributed map runs at a time, and as its input has room for. */
export const MAX_SHARDS = 10_000;
const MIB = 2 ** 20;
/**
 * At 90 MB/s from S3 and 120,000 rows of 100 bytes a second (300 trees of depth 6 on one core), 128
 * MiB are 100 seconds: long beside a start, short beside fifteen minutes.
 */
const USUAL_BYTES = 128 * MIB;

/** Bytes of a shard: the usual, or more where there would be too many of them. */
export const shardBytesFor = (totalBytes: number): number =>
  Math.max(USUAL_BYTES, Math.ceil(totalBytes / (MAX_SHARDS * 0.9) / MIB) * MIB);
