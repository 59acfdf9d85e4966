import { columnOf, compareBy } from '#core/tracking/match.ts';
import type { Ordering } from '#core/tracking/order.ts';
import { codeOf, type Index } from '#core/tracking/plan.ts';
import { subjectOf } from './dialects.ts';
import { Budget, type Page, PageBuilder, tooMuchToSort } from './page.ts';
import type { Run, Space } from './records.ts';
import { readRuns, type StoredRun } from './run-store.ts';
import { slices } from './store.ts';
import { type Entry, type Position, type Stretch, walk } from './streams.ts';
import { type ListMark, type WalkMark, writeToken } from './tokens.ts';

const BATCH = 330;
/** Orders that an index of runs has. */
export const INDEXED = 'start_time, attributes.run_name or one metric, param or tag';

/** A search as far as pages need it. */
export interface Paging {
  readonly space: Space;
  readonly experiments: readonly string[];
  readonly orderings: readonly Ordering[];
  readonly limit: number;
  readonly matching: (run: Run) => boolean;
  readonly write: (run: Run) => string;
}

export interface Phase extends Stretch {
  /** Whether it looks for those that have no value in this index. */
  readonly without?: Index;
}

/** Goes along the indexes until the page is full. */
export async function walkedPage(
  context: Paging,
  phases: readonly Phase[],
  start: WalkMark,
): Promise<Page> {
  const { space, experiments } = context;
  const page = new PageBuilder(context.limit);
  for (const [phase, stretch] of phases.entries()) {
    if (phase < start.phase) continue;
    let after: Position | undefined = phase === start.phase ? start.after : undefined;
    const entries = walk(space, experiments, 'RUN', { ...stretch, after });
    for await (const [entry, run] of readAhead(context, entries)) {
      if (page.isFull) return page.finish(writeToken({ phase, after }));
      page.look(run?.bytes);
      const isFound = run && isCurrent(stretch, entry, run) && context.matching(run);
      if (isFound && !page.add(context.write(run))) {
        return page.finish(writeToken({ phase, after }));
      }
      after = { code: entry.code, suffix: entry.suffix };
    }
  }
  return page.finish(undefined);
}

/** Entries with their runs, which are read many at once. */
async function* readAhead(
  { space, limit }: Paging,
  entries: AsyncGenerator<Entry>,
): AsyncGenerator<[Entry, StoredRun | undefined]> {
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

interface Sorted {
  readonly id: string;
  readonly startTime: number;
  readonly values: readonly (string | number | undefined)[];
}

/** What is to be sorted, from where the page begins. */
export interface List extends ListMark {
  readonly ids: readonly string[];
}

/** Of ids that are few, or of an order that no index has: all that match, sorted, and one page. */
export async function sortedPage(context: Paging, { ids, offset, range }: List): Promise<Page> {
  const budget = new Budget();
  const found = await matchingOf(context, ids, budget);
  found.sort((a, b) => compareSorted(a, b, context.orderings));
  const page = new PageBuilder(context.limit, budget);
  let taken = offset;
  for (const part of slices(found.slice(offset, offset + context.limit), BATCH)) {
    const runs = await readRuns(
      context.space,
      part.map(({ id }) => id),
    );
    for (const { id } of part) {
      if (page.isFull) return page.finish(writeToken({ offset: taken, range }));
      const run = runs.get(id);
      page.look(run?.bytes);
      if (run && !page.add(context.write(run))) {
        return page.finish(writeToken({ offset: taken, range }));
      }
      taken++;
    }
  }
  return page.finish(taken < found.length ? writeToken({ offset: taken, range }) : undefined);
}

/** @throws AppError `invalid` where reading them takes too long */
async function matchingOf(
  context: Paging,
  ids: readonly string[],
  budget: Budget,
): Promise<Sorted[]> {
  const found: Sorted[] = [];
  const inside = new Set(context.experiments);
  for (const part of slices(ids, BATCH)) {
    if (budget.isSpent) throw tooMuchToSort(INDEXED);
    for (const run of (await readRuns(context.space, part)).values()) {
      budget.read(run.bytes);
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
