import { parseFilter } from '#core/tracking/filter.ts';
import { matches } from '#core/tracking/match.ts';
import { parseOrder } from '#core/tracking/order.ts';
import {
  group,
  type Index,
  ordered,
  type Plan,
  planSearch,
  type Range,
  TIME,
  whole,
} from '#core/tracking/plan.ts';
import { compareTexts, NAN_CODE } from '#core/tracking/sortable.ts';
import { RUNS, subjectOf } from './dialects.ts';
import { listLifecycles } from './experiments.ts';
import { MAX_SORTED, type Page, tooMuchToSort } from './page.ts';
import type { Lifecycle, Run, Space } from './records.ts';
import {
  INDEXED,
  type List,
  type Paging,
  type Phase,
  sortedPage,
  walkedPage,
} from './search-pages.ts';
import { fewIn } from './streams.ts';
import { isWalk, misfit, type PageMark, readToken } from './tokens.ts';

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

/** What matches in an index of no more entries than this is sorted, and not walked to. */
const FEW = 1000;

interface Context extends Paging {
  readonly plan: Plan;
}

/** Runs of experiments by filter, order and page (docs/mlflow.md). */
export async function searchRuns(
  space: Space,
  search: RunSearch,
  write: (run: Run) => string,
): Promise<Page> {
  const clauses = parseFilter(search.filter, RUNS);
  const orderings = search.orderBy.map((text) => parseOrder(text, RUNS));
  const lifecycles = await listLifecycles(space, search.experiments);
  const isVisible = (run: Run) => inView(search.view, lifecycleOf(run, lifecycles));
  const context: Context = {
    ...{ space, orderings, write, limit: search.limit },
    experiments: visibleExperiments(search.view, lifecycles),
    matching: (run) => isVisible(run) && matches(clauses, subjectOf(run)),
    plan: planSearch(clauses, orderings),
  };
  const mark = readToken(search.token);
  if (context.experiments.length === 0) return { texts: [] };
  const list = await listFor(context, mark);
  if (list) return sortedPage(context, list);
  return walkedPage(context, phasesOf(context.plan), isWalk(mark) ? mark : { phase: 0 });
}

/**
 * What has to be sorted, or nothing for a search that goes along an index. Later pages come the way
 * that the first one came, though it may be another one by now that is the shorter.
 *
 * @throws AppError `invalid` for a token that belongs to no way of this search
 */
async function listFor(context: Context, mark: PageMark | undefined): Promise<List | undefined> {
  const { ids, walk, ranges } = context.plan;
  if (isWalk(mark)) {
    if (ids || !walk) throw misfit();
    return undefined;
  }
  const { offset = 0, range } = mark ?? {};
  if (range !== undefined) {
    if (ids || !ranges[range]) throw misfit();
    return { ids: await allIn(context, ranges[range]), offset, range };
  }
  if (ids) return { ids, offset };
  const few = mark ? undefined : await selected(context);
  if (few) return few;
  if (!walk) return { ids: await allIn(context, whole(TIME)), offset };
  if (mark) throw misfit();
  return undefined;
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
async function selected({ space, experiments, plan }: Context): Promise<List | undefined> {
  const isWalked = (range: Range) => plan.walk && sameIndex(range, plan.walk);
  if (isDefault(plan) && plan.ranges.some(({ exact }) => exact)) return undefined;
  for (const [i, range] of plan.ranges.entries()) {
    if (range.kind === 'time' || isWalked(range)) continue;
    const ids = await fewIn(space, experiments, 'RUN', { range, most: FEW });
    if (ids) return { ids, offset: 0, range: i };
  }
  return undefined;
}

const isDefault = ({ walk: along }: Plan): boolean =>
  along !== undefined && sameIndex(along, TIME) && along.ascending;

/** @throws AppError `invalid` where they are too many to be sorted */
async function allIn({ space, experiments }: Context, range: Range): Promise<string[]> {
  const ids = await fewIn(space, experiments, 'RUN', { range, most: MAX_SORTED });
  if (ids) return ids;
  throw tooMuchToSort(INDEXED);
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
  const from = compareTexts(a.from, b.from) > 0 ? a.from : b.from;
  const to = compareTexts(a.to, b.to) < 0 ? a.to : b.to;
  return { ...a, from, to };
};
