import { type Point, readDouble, writeDouble } from '#core/tracking/metrics.ts';
import type { Run, RunInfo } from './records.ts';

/*
 * A run as it lies in the table: one item for what it is, with its params and tags; one for the
 * latest of its metrics, so that a step of a training does not write the rest again; one for inputs
 * and outputs; and more of the first two kinds where one would come near to 400 KB.
 */

export const HEAD = 'RUN';
export const FIRST_METRICS = 'RUN#METRICS#0000';
export const IO = 'RUN#IO';
const MORE = 'RUN#MORE#';
const METRICS = 'RUN#METRICS#';
/** DynamoDB takes 400 KB. */
const FULL_BYTES = 300_000;

export type Field = 'params' | 'tags' | 'metrics';

/** One item of a run. */
export interface Sheet {
  readonly sk: string;
  /** As it was read; 0 for a new one. */
  readonly revision: number;
  info?: RunInfo;
  /** Of the head: whether there are sheets beside the first ones. */
  more?: boolean;
  readonly params: Map<string, string>;
  readonly tags: Map<string, string>;
  readonly metrics: Map<string, Point>;
  bytes: number;
  changed: boolean;
}

export const newSheet = (sk: string): Sheet => ({
  ...{ sk, revision: 0, params: new Map(), tags: new Map(), metrics: new Map() },
  ...{ bytes: 0, changed: true },
});

type Stored = Record<string, unknown>;

/** The item's own text: numbers that DynamoDB does not know stay what they are. */
export function packSheet({ info, more, params, tags, metrics }: Sheet): string {
  const points = [...metrics].map(([key, { value, timestamp, step }]) => [
    key,
    [writeDouble(value), timestamp, step],
  ]);
  return JSON.stringify({
    ...(info && { info }),
    ...(more && { more }),
    ...(params.size > 0 && { params: Object.fromEntries(params) }),
    ...(tags.size > 0 && { tags: Object.fromEntries(tags) }),
    ...(points.length > 0 && { metrics: Object.fromEntries(points) }),
  });
}

export function unpackSheet({ sk, revision, json }: Stored): Sheet {
  const { info, more, params = {}, tags = {}, metrics = {} } = JSON.parse(json as string);
  const points = Object.entries<[unknown, number, number]>(metrics).map(
    ([key, [value, timestamp, step]]) =>
      [key, { value: readDouble(value) as number, timestamp, step }] as const,
  );
  return {
    ...{ sk: sk as string, revision: revision as number },
    ...(info && { info }),
    ...(more && { more }),
    params: new Map(Object.entries<string>(params)),
    tags: new Map(Object.entries<string>(tags)),
    metrics: new Map(points),
    ...{ bytes: Buffer.byteLength(json as string), changed: false },
  };
}

/** Sets a value where it is, or where there is room. */
export function setValue<F extends Field>(
  sheets: Sheet[],
  field: F,
  key: string,
  value: F extends 'metrics' ? Point : string,
): void {
  const cost = Buffer.byteLength(JSON.stringify([key, value])) + 4;
  const isOfKind = ({ sk }: Sheet) =>
    field === 'metrics' ? sk.startsWith(METRICS) : sk === HEAD || sk.startsWith(MORE);
  const mine = sheets.filter(isOfKind);
  const holding = mine.find((sheet) => sheet[field].has(key));
  const room = (sheet: Sheet) => sheet.bytes + cost <= FULL_BYTES;
  if (holding && !room(holding)) removeValue(sheets, field, key);
  const to = (holding && room(holding) && holding) || mine.find(room) || append(sheets, field);
  (to[field] as Map<string, Point | string>).set(key, value);
  to.bytes += cost;
  to.changed = true;
}

/** @returns whether it was there */
export function removeValue(sheets: Sheet[], field: Field, key: string): boolean {
  const holding = sheets.find((sheet) => sheet[field].has(key));
  if (!holding) return false;
  holding[field].delete(key);
  holding.changed = true;
  return true;
}

function append(sheets: Sheet[], field: Field): Sheet {
  const prefix = field === 'metrics' ? METRICS : MORE;
  const number = sheets.filter(({ sk }) => sk.startsWith(prefix)).length;
  const sheet = newSheet(`${prefix}${String(number).padStart(4, '0')}`);
  sheets.push(sheet);
  if (sheet.sk !== FIRST_METRICS) markMore(sheets);
  return sheet;
}

function markMore(sheets: readonly Sheet[]): void {
  const head = headOf(sheets);
  if (head.more) return;
  head.more = true;
  head.changed = true;
}

export const headOf = (sheets: readonly Sheet[]): Sheet =>
  sheets.find(({ sk }) => sk === HEAD) as Sheet;

export const joined = <F extends Field>(
  sheets: readonly Sheet[],
  field: F,
): F extends 'metrics' ? Run['metrics'] : Run['tags'] =>
  new Map(sheets.flatMap((sheet) => [...(sheet[field] as Map<string, Point>)])) as never;
