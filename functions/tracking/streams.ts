import { group, type Index, parseEntryKey, type Range, SEPARATOR } from '#core/tracking/plan.ts';
import { compareTexts } from '#core/tracking/sortable.ts';
import type { Space } from './records.ts';
import { type Family, indexPartition, pagesOf } from './store.ts';

/** What an index says of one thing: the code of its value, its time and id, and what it is. */
export interface Entry {
  readonly code: string;
  readonly suffix: string;
  readonly id: string;
}

export type Position = Pick<Entry, 'code' | 'suffix'>;

export interface Stretch {
  readonly range: Range;
  readonly ascending: boolean;
  /** Where an earlier page ended. */
  readonly after?: Position | undefined;
  /** Entries that are read at once. */
  readonly page?: number;
}

/** Entries of a page; a page of results is seldom larger. */
const PAGE = 250;

/**
 * The entries of several experiments in one order: by value in the direction asked for, those of
 * one value always with the latest first.
 */
export async function* walk(
  space: Space,
  experiments: readonly string[],
  family: Family,
  stretch: Stretch,
): AsyncGenerator<Entry> {
  const streams = experiments.map((experiment) => {
    const pk = indexPartition(space, experiment, family, stretch.range);
    return stretch.ascending ? upwards(pk, stretch) : downwards(pk, stretch);
  });
  if (streams.length === 1) yield* streams[0] as AsyncGenerator<Entry>;
  else yield* merge(streams, (a, b) => compareEntries(a, b, stretch.ascending));
}

function compareEntries(a: Entry, b: Entry, ascending: boolean): number {
  const order = compareTexts(a.code, b.code);
  if (order !== 0) return ascending ? order : -order;
  return compareTexts(a.suffix, b.suffix);
}

async function* merge<T>(
  streams: readonly AsyncGenerator<T>[],
  compare: (a: T, b: T) => number,
): AsyncGenerator<T> {
  const heads = await Promise.all(streams.map((stream) => stream.next()));
  for (;;) {
    let least = -1;
    for (const [i, head] of heads.entries()) {
      const best = heads[least];
      if (head.done || (best && !best.done && compare(head.value, best.value) >= 0)) continue;
      least = i;
    }
    const found = heads[least];
    if (!found || found.done) return;
    yield found.value;
    heads[least] = await (streams[least] as AsyncGenerator<T>).next();
  }
}

const keyOf = ({ code, suffix }: Position): string => `${code}${SEPARATOR}${suffix}`;
/** No key follows another so closely. */
const past = (position: Position): string => `${keyOf(position)} `;

async function* upwards(
  pk: string,
  { range, after, page: limit = PAGE }: Stretch,
): AsyncGenerator<Entry> {
  const isPast = after && compareTexts(past(after), range.from) > 0;
  const from = isPast ? past(after) : range.from;
  for await (const page of pagesOf(pk, { from, to: range.to, limit })) {
    for (const { sk } of page) yield parseEntryKey(String(sk));
  }
}

/** Values downwards, and those of one value upwards: the table reads in one direction at a time. */
async function* downwards(
  pk: string,
  { range, after, page: limit = PAGE }: Stretch,
): AsyncGenerator<Entry> {
  let to = range.to;
  if (after) {
    yield* upwards(pk, { range: group(range, after.code), ascending: true, after, page: limit });
    to = group(range, after.code).from;
  }
  for (;;) {
    const page = await lastPage(pk, { from: range.from, to, limit });
    const codes = [...new Set(page.map(({ code }) => code))];
    // What a full page ends with may have more than it holds.
    const complete = page.length < limit ? codes : codes.slice(0, -1);
    for (const code of complete) yield* page.filter((entry) => entry.code === code).reverse();
    if (page.length < limit) return;
    const last = codes.at(-1) as string;
    const { from, to: behind } = group(range, last);
    if (complete.length === 0) {
      yield* upwards(pk, { range: group(range, last), ascending: true, page: limit });
    }
    to = complete.length === 0 ? from : behind;
  }
}

/** The last entries of a span, the greatest key first. */
async function lastPage(
  pk: string,
  span: { from: string; to: string; limit: number },
): Promise<Entry[]> {
  const found: Entry[] = [];
  for await (const page of pagesOf(pk, { ...span, reverse: true })) {
    found.push(...page.map(({ sk }) => parseEntryKey(String(sk))));
    if (found.length >= span.limit) break;
  }
  return found.slice(0, span.limit);
}

/** The ids in an index, or undefined where there are more than so many. */
export async function fewIn(
  space: Space,
  experiments: readonly string[],
  family: Family,
  { range, most }: { range: Range; most: number },
): Promise<string[] | undefined> {
  const ids = new Set<string>();
  for await (const { id } of walk(space, experiments, family, { range, ascending: true })) {
    if (ids.add(id).size > most) return undefined;
  }
  return [...ids];
}

/** An index of logged models, which are found by less than runs are. */
export const modelIndex = (key: 'name' | 'source_run_id'): Index => ({ kind: 'tag', key });
