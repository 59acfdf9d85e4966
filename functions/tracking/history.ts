import { createHash } from 'node:crypto';
import { invalidField } from '#core/errors.ts';
import { compareHistory, type Point, readDouble, writeDouble } from '#core/tracking/metrics.ts';
import { checkLength, LIMITS } from '#core/tracking/names.ts';
import type { Item } from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import { mayBeId } from './checks.ts';
import { noSuchRun } from './errors.ts';
import type { Space } from './records.ts';
import { pagesOf, writeAll } from './store.ts';

/*
 * The points of a metric lie in chunks, one for each request that logged some: named by their first
 * time and their content, so that a request that comes again writes the same chunk again. Chunks of
 * different writers may overlap in time, and are merged when they are read.
 */

type Packed = readonly [number | string, number, number];

export const writeHistory = (
  space: Space,
  run: string,
  metrics: ReadonlyMap<string, readonly Point[]>,
): Promise<void> =>
  writeAll(
    [...metrics].map(([key, points]) => chunkOf(space, run, key, points)),
    [],
  );

function chunkOf(space: Space, run: string, metric: string, points: readonly Point[]): Item {
  const sorted = [...points].sort(compareHistory);
  const json = JSON.stringify(sorted.map(pack));
  const hash = createHash('sha256').update(json).digest('base64url').slice(0, 16);
  const first = String(sorted[0]?.timestamp ?? 0).padStart(16, '0');
  return { ...keys.trackedHistory(space, run, metric, `${first}#${hash}`), json };
}

const pack = ({ value, timestamp, step }: Point): Packed => [writeDouble(value), timestamp, step];
const unpack = ([value, timestamp, step]: Packed): Point => ({
  ...{ value: readDouble(value) as number, timestamp, step },
});

/** Where a page of a history ended. */
interface Mark {
  /** The first chunk that may hold points after it. */
  readonly chunk: string;
  readonly after: Packed;
}

/** One page, by time, step and value; a point that was logged twice is there once. */
export async function readHistory(
  space: Space,
  run: string,
  metric: string,
  page: { limit: number; token?: string | undefined },
): Promise<{ points: Point[]; nextToken?: string }> {
  if (!mayBeId(run)) throw noSuchRun(run);
  checkLength(metric, LIMITS.key, 'metric_key');
  const mark = page.token ? parseMark(page.token) : undefined;
  const points: Point[] = [];
  let last: Point | undefined = mark && unpack(mark.after);
  for await (const { point, chunk } of mergedPoints(space, run, metric, mark?.chunk ?? '')) {
    if (last && compareHistory(point, last) <= 0) continue;
    if (points.length === page.limit) {
      return { points, nextToken: formatMark({ chunk, after: pack(last as Point) }) };
    }
    points.push(point);
    last = point;
  }
  return { points };
}

interface Placed {
  readonly point: Point;
  /** The first chunk that holds a point not given out yet. */
  readonly chunk: string;
}

/** A chunk waits until all that may come before its points has been read. */
async function* mergedPoints(
  space: Space,
  run: string,
  metric: string,
  from: string,
): AsyncGenerator<Placed> {
  const { pk } = keys.trackedHistory(space, run, metric, '');
  let waiting: Placed[] = [];
  for await (const page of pagesOf(pk, { from, to: '\u{10ffff}' })) {
    for (const { sk, json } of page) {
      const chunk = String(sk);
      const points = (JSON.parse(json as string) as Packed[]).map(unpack);
      const start = points[0]?.timestamp ?? 0;
      const ready = waiting.filter(({ point }) => point.timestamp < start);
      yield* inOrder(ready, waiting);
      waiting = waiting.filter(({ point }) => point.timestamp >= start);
      waiting.push(...points.map((point) => ({ point, chunk })));
      waiting.sort((a, b) => compareHistory(a.point, b.point));
    }
  }
  yield* inOrder(waiting, waiting);
}

/** @param waiting sorted; its beginning is given out */
function* inOrder(ready: readonly Placed[], waiting: readonly Placed[]): Generator<Placed> {
  const [earliest = ''] = waiting.map(({ chunk }) => chunk).sort();
  for (const { point } of ready) yield { point, chunk: earliest };
}

const formatMark = (mark: Mark): string => Buffer.from(JSON.stringify(mark)).toString('base64url');

function parseMark(token: string): Mark {
  try {
    const { chunk, after } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (typeof chunk === 'string' && Array.isArray(after) && after.length === 3) {
      return { chunk, after: after as unknown as Packed };
    }
  } catch {
    // Said below.
  }
  throw invalidField('page_token', 'is not one that a page was given with');
}
