import { parseFilter } from '#core/tracking/filter.ts';
import { columnOf, compareBy, matches } from '#core/tracking/match.ts';
import { type Ordering, parseOrder } from '#core/tracking/order.ts';
import {
  codeOf,
  group,
  type Index,
  ordered,
  type Plan,
  planSearch,
  type Range,
  TIME,
  whole,
} from '#core/tracking/plan.ts';
import { NAN_CODE } from '#core/tracking/sortable.ts';
import { RUNS, subjectOf } from './dialects.ts';
import { listLifecycles } from './experiments.ts';
import type { Lifecycle, Run, Space } from './records.ts';
import { readRuns } from './run-store.ts';
import { slices } from './store.ts';
import { type Entry, fewIn, type Position, type Stretch, walk } from './streams.ts';
import { readToken, writeToken } from './tokens.ts';

export const VIEWS = ['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL'] as const;
export type View = (typeof VIEWS)[number];

export interface RunSearch {
  readonly experiments: readonly string[];
  readonly filter?: string | undefined;
  readonly orderBy: readonly string[];
  readonly view: View;
  readonly limit: number;
  readonly token?: string | undefined;
}

/** A page as JSON texts: what an answer can carry is counted in bytes. */
export interface RunPage {
  readonly runs: readonly string[];
  readonly nextToken?: string | undefined;
}

/** What matches in an index of no more entries than this is sorted, and not walked to. */
const FEW = 1000;
/** Runs of a page that are looked at; whoever needs more gets a short page and a token. */
const MAX_LOOKED_AT = 20_000;
/** A function's answer has 6 MB. */
const MAX_BYTES = 4_500_000;
const BATCH = 330;

interface Context extends RunSearch {
  readonly space: Space;
  readonly matching: (run: Run) => boolean;
  readonly orderings: readonly Ordering[];
  readonly plan: Plan;
  readonly write: (run: Run) => string;
}

/** Runs of experiments by filter, order and page (docs/mlflow.md). */
export async function searchRuns(
  space: Space,
  search: RunSearch,
  write: (run: Run) => string,
): Promise<RunPage> {
  const clauses = parseFilter(search.filter, RUNS);
  const orderings = search.orderBy.map((text) => parseOrder(text, RUNS));
  const lifecycles = await listLifecycles(space, search.experiments);
  const isVisible = (run: Run) => inView(search.view, lifecycleOf(run, lifecycles));
  const context: Context = {
    ...{ ...search, space, orderings, write },
    experiments: visibleExperiments(search.view, lifecycles),
    matching: (run) => isVisible(run) && matches(clauses, subjectOf(run)),
    plan: planSearch(clauses, orderings),
  };
  if (context.experiments.length === 0) return { runs: [] };
  const ids = context.plan.ids ?? (await selected(context));
  if (ids) return sortedPage(context, ids);
  if (!context.plan.walk) return sortedPage(context, await everything(context));
  return walkedPage(context, phasesOf(context.plan));
}

const lifecycleOf = (run: Run, lifecycles: ReadonlyMap<string, Lifecycle>): Lifecycle =>
  lifecycles.get(run.info.experimentId) === 'active' ? run.info.lifecycle : 'deleted';

const inView = (view: View, lifecycle: Lifecycle): boolean =>
  view === 'ALL' || (view === 'ACTIVE_ONLY') === (lifecycle === 'active');

/** With a deleted experiment all of its runs are deleted. */
const visibleExperiments = (view: View, lifecycles: ReadonlyMap<string, Lifecycle>): string[] =>
  [...lifecycles].flatMap(([id, at]) => (at === 'active' || view !== 'ACTIVE_ONLY' ? [id] : []));

const sameIndex = (a: Index, b: Index): boolean => a.kind === b.kind && a.key === b.key;

/** The ids that an index of few narrows the search to, where the order's own index does not. */
async function selected({ space, experiments, plan }: Context): Promise<string[] | undefined> {
  const isWalked = (range: Range) => plan.walk && sameIndex(range, plan.walk);
  if (isDefault(plan) && plan.ranges.some(({ exact }) => exact)) return undefined;
  for (const range of plan.ranges.filter((r) => r.kind !== 'time' && !isWalked(r))) {
    const ids = await fewIn(space, experiments, 'RUN', { range, most: FEW });
    if (ids) return ids;
  }
  return undefined;
}

const isDefault = ({ walk: along }: Plan): boolean =>
  along !== undefined && sameIndex(along, TIME) && along.ascending;

async function everything({ space, experiments }: Context): Promise<string[]> {
  const ids: string[] = [];
  const stretch = { range: whole(TIME), ascending: true };
  for await (const { id } of walk(space, experiments, 'RUN', stretch)) ids.push(id);
  return ids;
}

interface Phase extends Stretch {
  /** Whether it looks for those that have no value in this index. */
  readonly without?: Index;
}

/** The stretches of indexes that hold, one after the other, all that can match in their order. */
function phasesOf({ walk: along, ranges }: Plan): Phase[] {
  const order = along as NonNullable<typeof along>;
  const { ascending } = order;
  const [exact] = ranges.filter((range) => range.exact);
  // Those of one value lie by time, which is the order that nobody has to ask for.
  if (exact && sameIndex(order, TIME) && ascending) return [{ range: exact, ascending }];
  const bounds = ranges.filter((range) => sameIndex(range, order));
  const within = (range: Range) => bounds.reduce(intersect, range);
  const phases: Phase[] = [{ range: within(ordered(order)), ascending }];
  if (order.kind === 'metric') phases.push({ range: group(order, NAN_CODE), ascending: true });
  // A condition on a value is fulfilled by no one who has none.
  if (order.kind === 'time' || bounds.length > 0) return phases;
  return [...phases, { range: whole(TIME), ascending: true, without: order }];
}

const intersect = (a: Range, b: Range): Range => {
  const [, from = ''] = [a.from, b.from].sort();
  const [to = ''] = [a.to, b.to].sort();
  return { ...a, from, to };
};

/** Goes along the indexes until the page is full. */
async function walkedPage(context: Context, phases: readonly Phase[]): Promise<RunPage> {
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
  { space, limit }: Context,
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
async function sortedPage(context: Context, ids: readonly string[]): Promise<RunPage> {
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

async function matchingOf(context: Context, ids: readonly string[]): Promise<Sorted[]> {
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
