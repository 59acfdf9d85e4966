import { invalidField } from '#core/errors.ts';
import { type Clause, parseFilter } from '#core/tracking/filter.ts';
import { columnOf, compareBy, matches } from '#core/tracking/match.ts';
import type { Ordering } from '#core/tracking/order.ts';
import { codeOf, group, type Range, TIME, whole } from '#core/tracking/plan.ts';
import { MODELS, subjectOfModel } from './dialects.ts';
import { type ReadModel, readModels } from './models.ts';
import { Budget, listPage, MAX_SORTED, type Page, PageBuilder, tooMuchToSort } from './page.ts';
import type { LoggedModel, ModelMetric, Space } from './records.ts';
import { modelIndex, type Position, walk } from './streams.ts';
import { readOffset, readWalkMark, writeToken } from './tokens.ts';
import { writeModel } from './wire.ts';

interface DatasetFilter {
  readonly dataset_name: string;
  readonly dataset_digest?: string | undefined;
}

export interface ModelSearch {
  readonly experiments: readonly string[];
  readonly filter?: string | undefined;
  readonly datasets: readonly DatasetFilter[];
  readonly orderBy: readonly (Partial<DatasetFilter> & {
    readonly field_name: string;
    readonly ascending: boolean;
  })[];
  readonly limit: number;
  readonly token?: string | undefined;
}

const BATCH = 99;
const write = (model: LoggedModel): string => JSON.stringify(writeModel(model));

/** Newest first, unless another order is asked for: then all that match are sorted. */
export async function searchModels(space: Space, search: ModelSearch): Promise<Page> {
  const clauses = parseFilter(search.filter, MODELS);
  const isMatch = matcherOf(clauses, search.datasets);
  return search.orderBy.length === 0
    ? newestPage(space, search, { clauses, isMatch })
    : sortedPage(space, search, { clauses, isMatch });
}

interface Condition {
  readonly clauses: readonly Clause[];
  readonly isMatch: (model: LoggedModel) => boolean;
}

function matcherOf(clauses: readonly Clause[], datasets: readonly DatasetFilter[]) {
  const measured = clauses.some(({ entity }) => entity === 'metric');
  return (model: LoggedModel): boolean => {
    const metrics = model.metrics.filter((m) => datasets.length === 0 || isOnOne(m, datasets));
    if (datasets.length > 0 && !measured && metrics.length === 0) return false;
    const values = new Map(newestLast(metrics).map(({ key, value }) => [key, value]));
    return model.lifecycle === 'active' && matches(clauses, subjectOfModel(model, values));
  };
}

const isOnOne = (metric: ModelMetric, datasets: readonly Partial<DatasetFilter>[]): boolean =>
  datasets.some(
    ({ dataset_name, dataset_digest }) =>
      (!dataset_name || metric.datasetName === dataset_name) &&
      (!dataset_digest || metric.datasetDigest === dataset_digest),
  );

const newestLast = (metrics: readonly ModelMetric[]) =>
  [...metrics].sort((a, b) => a.timestamp - b.timestamp);

/** The index that holds the fewest of those that can match. */
function rangeFor(clauses: readonly Clause[]): Range {
  for (const key of ['source_run_id', 'name'] as const) {
    const clause = clauses.find((c) => c.entity === 'attribute' && c.key === key);
    if (clause?.comparator !== '=') continue;
    return group(modelIndex(key), codeOf('tag', String(clause.value)));
  }
  return whole(TIME);
}

async function newestPage(
  space: Space,
  { experiments, limit, token }: ModelSearch,
  { clauses, isMatch }: Condition,
): Promise<Page> {
  let { after }: { after?: Position | undefined } = readWalkMark(token) ?? {};
  const page = new PageBuilder(limit);
  for await (const [position, read] of found(space, experiments, { clauses, after })) {
    if (page.isFull) return page.finish(writeToken({ phase: 0, after }));
    page.look(read?.bytes);
    if (read && isMatch(read.model) && !page.add(write(read.model))) {
      return page.finish(writeToken({ phase: 0, after }));
    }
    after = position;
  }
  return page.finish(undefined);
}

/** What an index names, with the models themselves, which are read many at once. */
async function* found(
  space: Space,
  experiments: readonly string[],
  from: { clauses: readonly Clause[]; after?: Position | undefined },
): AsyncGenerator<[Position, ReadModel | undefined]> {
  const stretch = { range: rangeFor(from.clauses), ascending: true, after: from.after };
  const entries = walk(space, experiments, 'MODEL', stretch);
  for (let done = false; !done; ) {
    const batch = [];
    while (batch.length < BATCH && !done) {
      const next = await entries.next();
      if (next.done) done = true;
      else batch.push(next.value);
    }
    const models = await readModels(
      space,
      batch.map(({ id }) => id),
    );
    for (const { code, suffix, id } of batch) yield [{ code, suffix }, models.get(id)];
  }
}

async function sortedPage(
  space: Space,
  { experiments, orderBy, limit, token }: ModelSearch,
  { clauses, isMatch }: Condition,
): Promise<Page> {
  const orderings = orderBy.map(orderingOf);
  const all: { model: LoggedModel; values: (string | number | undefined)[] }[] = [];
  const budget = new Budget();
  const start = readOffset(token);
  for await (const [, read] of found(space, experiments, { clauses })) {
    budget.read(read?.bytes ?? 0);
    if (budget.isSpent || all.length >= MAX_SORTED) throw tooMuchToSort('nothing (newest first)');
    if (!read || !isMatch(read.model)) continue;
    const { model } = read;
    all.push({
      model,
      values: orderings.map((ordering, i) => sortValue(model, ordering, orderBy[i])),
    });
  }
  all.sort((a, b) => {
    for (const [i, { ascending }] of orderings.entries()) {
      const order = compareBy(ascending, a.values[i], b.values[i]);
      if (order !== 0) return order;
    }
    return b.model.creationTime - a.model.creationTime || (a.model.id < b.model.id ? -1 : 1);
  });
  return listPage(all, start, { limit, write: ({ model }) => write(model) });
}

function orderingOf({ field_name, ascending }: ModelSearch['orderBy'][number]): Ordering {
  const [, metric] = /^metrics\.(.+)$/s.exec(field_name) ?? [];
  if (metric !== undefined) return { entity: 'metric', key: metric, ascending };
  const known = Object.hasOwn(MODELS.attributes, field_name) && MODELS.attributes[field_name];
  if (known) return { entity: 'attribute', key: known[0], ascending };
  throw invalidField('order_by', `"${field_name}" is neither an attribute nor "metrics.<name>"`);
}

function sortValue(
  model: LoggedModel,
  ordering: Ordering,
  dataset: Partial<DatasetFilter> | undefined,
): string | number | undefined {
  const metrics = model.metrics.filter((metric) => isOnOne(metric, [dataset ?? {}]));
  const values = new Map(newestLast(metrics).map(({ key, value }) => [key, value]));
  return columnOf(ordering, subjectOfModel(model, values));
}
