import { columnOf, compareBy } from '#core/tracking/match.ts';
import type { Ordering } from '#core/tracking/order.ts';
import { codeOf, type Index } from '#core/tracking/plan.ts';
import { subjectOf } from './dialects.ts';
import type { Run, Space } from './records.ts';
import { readRuns } from './run-store.ts';
import { slices } from './store.ts';
import { type Entry, type Position, type Stretch, walk } from './streams.ts';
import { readToken, writeToken } from './tokens.ts';

/** A page as JSON texts: what an answer can carry is counted in bytes. */
export interface RunPage {
  readonly runs: readonly string[];
  readonly nextToken?: string | undefined;
}

/** Runs of a page that are looked at; whoever needs more gets a short page and a token. */
const MAX_LOOKED_AT = 20_000;
/** A function's answer has 6 MB. */
const MAX_BYTES = 4_500_000;
const BATCH = 330;

/** A search as far as pages need it. */
export interface Paging {
  readonly space: Space;
  readonly experiments: readonly string[];
  readonly orderings: readonly Ordering[];
  readonly limit: number;
  readonly token?: string | undefined;
  readonly matching: (run: Run) => boolean;
  readonly write: (run: Run) => string;
}

export interface Phase extends Stretch {
  /** Whether it looks for those that have no value in this index. */
  readonly without?: Index;
}

/** Goes along the indexes until the page is full. */
export async function walkedPage(context: Paging, phases: readonly Phase[]): Promise<RunPage> {
  const { space, experiments } = context;
  const mark = readToken(context.token);
  const start = mark && 'phase' in mark ? mark : { phase: 0 };
  const page = new PageBuilder(context.limit);
  for (const [phase, stretch] of phases.entries()) {
    if (phase < start.phase) continue;
    let after: Position | undefined = phase === start.phase ? start.after : undefined;
    const entries = walk(space, experiments, 'RUN', { ...stretch, after });
    for await (const [entry, run] of readAhead(context, entries)) {
      if (page.isFull) return page.finish(writeToken({ phase, ...(after && { after }) }));
      after = { code: entry.code, suffix: entry.suffix };
      page.look();
      if (!run || !isCurrent(stretch, entry, run) || !context.matching(run)) continue;
      page.add(context.write(run));
    }
  }
  return page.finish(undefined);
}

/** Entries with their runs, which are read many at once. */
async function* readAhead(
  { space, limit }: Paging,
  entries: AsyncGenerator<Entry>,
): AsyncGenerator<[Entry, Run | undefined]> {
  let size = Math.min(limit + 1, BATCH);
  for (;;) {
    const batch = await take(entries, size);
    const runs = await readRuns(
      space,
      batch.map(({ id }) => id),
    );
    for (const entry of batch) yield [entry, runs.get(entry.id)];
    if (batch.length < size) return;
    size = BATCH;
  }
}

async function take<T>(from: AsyncGenerator<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const next = await from.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
}

/** Whether the run still has the value that the entry was made for, or none where that is wanted. */
function isCurrent({ range, without }: Phase, entry: Entry, run: Run): boolean {
  if (without) return indexed(without, run) === undefined;
  if (range.kind === 'time') return true;
  const value = indexed(range, run);
  return value !== undefined && codeOf(range.kind, value) === entry.code;
}

function indexed({ kind, key }: Index, run: Run): string | number | undefined {
  if (kind === 'metric') return run.metrics.get(key)?.value;
  return kind === 'param' ? run.params.get(key) : run.tags.get(key);
}

class PageBuilder {
  readonly #limit: number;
  readonly #runs: string[] = [];
  #bytes = 0;
  #lookedAt = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get isFull(): boolean {
    return (
      this.#runs.length >= this.#limit ||
      this.#bytes >= MAX_BYTES ||
      this.#lookedAt >= MAX_LOOKED_AT
    );
  }

  look(): void {
    this.#lookedAt++;
  }

  add(text: string): void {
    this.#runs.push(text);
    this.#bytes += Buffer.byteLength(text);
  }

  finish(nextToken: string | undefined): RunPage {
    return { runs: this.#runs, nextToken };
  }
}

interface Sorted {
  readonly id: string;
  readonly startTime: number;
  readonly values: readonly (string | number | undefined)[];
}

/** Of ids that are few, or of an order that no index has: all that match, sorted, and one page. */
export async function sortedPage(context: Paging, ids: readonly string[]): Promise<RunPage> {
  const mark = readToken(context.token);
  const offset = mark && 'offset' in mark ? mark.offset : 0;
  const found = await matchingOf(context, ids);
  found.sort((a, b) => compareSorted(a, b, context.orderings));
  const page = new PageBuilder(context.limit);
  let taken = offset;
  for (const part of slices(found.slice(offset, offset + context.limit), BATCH)) {
    const runs = await readRuns(
      context.space,
      part.map(({ id }) => id),
    );
    for (const { id } of part) {
      if (page.isFull) return page.finish(writeToken({ offset: taken }));
      const run = runs.get(id);
      if (run) page.add(context.write(run));
      taken++;
    }
  }
  return page.finish(taken < found.length ? writeToken({ offset: taken }) : undefined);
}

async function matchingOf(context: Paging, ids: readonly string[]): Promise<Sorted[]> {
  const found: Sorted[] = [];
  const inside = new Set(context.experiments);
  for (const part of slices(ids, BATCH)) {
    for (const run of (await readRuns(context.space, part)).values()) {
      if (!inside.has(run.info.experimentId) || !context.matching(run)) continue;
      const subject = subjectOf(run);
      const values = context.orderings.map((ordering) => columnOf(ordering, subject));
      found.push({ id: run.info.id, startTime: run.info.startTime, values });
    }
  }
  return found;
}

function compareSorted(a: Sorted, b: Sorted, orderings: readonly Ordering[]): number {
  for (const [i, { ascending }] of orderings.entries()) {
    const order = compareBy(ascending, a.values[i], b.values[i]);
    if (order !== 0) return order;
  }
  return b.startTime - a.startTime || Number(a.id > b.id) - Number(a.id < b.id);
}
