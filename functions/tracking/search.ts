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
import { NAN_CODE } from '#core/tracking/sortable.ts';
import { RUNS, subjectOf } from './dialects.ts';
import { listLifecycles } from './experiments.ts';
import type { Lifecycle, Run, Space } from './records.ts';
import { type Paging, type Phase, type RunPage, sortedPage, walkedPage } from './search-pages.ts';
import { fewIn, walk } from './streams.ts';

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
): Promise<RunPage> {
  const clauses = parseFilter(search.filter, RUNS);
  const orderings = search.orderBy.map((text) => parseOrder(text, RUNS));
  const lifecycles = await listLifecycles(space, search.experiments);
  const isVisible = (run: Run) => inView(search.view, lifecycleOf(run, lifecycles));
  const context: Context = {
    ...{ space, orderings, write, limit: search.limit, token: search.token },
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
