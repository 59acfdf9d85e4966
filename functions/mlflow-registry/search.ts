import type * as z from 'zod';
import { covers } from '#core/access/limits.ts';
import { nameIn, prefixOf } from '#core/mlflow/names.ts';
import { type Clause, type Dialect, parseFilter } from '#core/tracking/filter.ts';
import { columnOf, compareBy, matches, type Subject } from '#core/tracking/match.ts';
import { type Ordering, parseOrder } from '#core/tracking/order.ts';
import { DEFAULT_WORKSPACE } from '#core/tracking/workspace.ts';
import { type Model, modelsNamed, type VersionHead } from '#slices/registry';
import {
  listPage,
  MAX_SORTED,
  type MlflowRequest,
  readOffset,
  tooMuchToSort,
} from '#slices/tracking';
import * as dialects from './dialects.ts';
import { aliasesOf, describeModel, presentVersions } from './reads.ts';
import type { ModelSearch, VersionSearch } from './schema.ts';
import { writeVersion } from './wire.ts';

type Request<S extends z.ZodType> = MlflowRequest<z.output<S>>;

/** Reads side by side. */
const AT_ONCE = 16;

/** Registered models are few: all are read, and those that match are sorted. */
export async function searchModels(request: Request<typeof ModelSearch>) {
  const { space, body } = request;
  const clauses = clausesOf(body.filter, dialects.MODELS);
  const orderings = orderingsOf(body.order_by, dialects.MODEL_ORDERS, [['name', true]]);
  const found: Found<Model>[] = [];
  for await (const model of modelsWithin(request)) {
    const subject = dialects.subjectOfModel(space, model);
    if (matches(clauses, subject)) found.push({ one: model, subject });
  }
  found.sort(comparing(orderings));
  return pageOf(found, body, (model) => describeModel(space, model));
}

/** So are versions, of the models that the filter names or of all. */
export async function searchVersions(request: Request<typeof VersionSearch>) {
  const { space, body } = request;
  const clauses = clausesOf(body.filter, dialects.VERSIONS);
  const standard = body.order_by.length > 0 ? body.order_by : ['last_updated_timestamp DESC'];
  const ties = [
    ['name', true],
    ['version_number', false],
  ] as const;
  const orderings = orderingsOf(standard, dialects.VERSION_ORDERS, ties);
  const ofName = clauses.filter(({ entity, key }) => entity === 'attribute' && key === 'name');
  const found: Found<VersionHead>[] = [];
  const look = async ({ name }: Model) => {
    for await (const head of presentVersions(name)) {
      const subject = dialects.subjectOfVersion(space, head);
      if (matches(clauses, subject)) found.push({ one: head, subject });
      if (found.length > MAX_SORTED) throw tooMuchToSort('one model: filter by its name');
    }
  };
  const models: Model[] = [];
  for await (const model of modelsWithin(request)) {
    if (matches(ofName, dialects.subjectOfModel(space, model))) models.push(model);
  }
  await each(models, look);
  found.sort(comparing(orderings));
  const aliases = new Map<string, ReturnType<typeof aliasesOf>>();
  return pageOf(found, body, async (head) => {
    const known = aliases.get(head.model) ?? aliasesOf(head.model);
    aliases.set(head.model, known);
    return writeVersion(space, head, await known);
  });
}

interface Found<T> {
  readonly one: T;
  readonly subject: Subject;
}

/** Those of the workspace that the caller may see. */
async function* modelsWithin({ space, caller }: MlflowRequest<unknown>): AsyncGenerator<Model> {
  const limits = space === DEFAULT_WORKSPACE ? caller.limits : undefined;
  for await (const model of modelsNamed(prefixOf(space))) {
    if (nameIn(space, model.name) === undefined) continue;
    if (!limits || covers(limits.models, model.name)) yield model;
  }
}

/** Without a word on prompts, there are none in the answer. */
function clausesOf(filter: string | undefined, dialect: Dialect): Clause[] {
  const clauses = parseFilter(filter, dialect);
  const key = dialects.PROMPT_TAG;
  if (clauses.some((clause) => clause.entity === 'tag' && clause.key === key)) return clauses;
  return [...clauses, { entity: 'tag', key, comparator: '!=', value: 'true' }];
}

const orderingsOf = (
  given: readonly string[],
  dialect: Dialect,
  ties: readonly (readonly [key: string, ascending: boolean])[],
): Ordering[] => [
  ...given.map((text) => parseOrder(text, dialect)),
  ...ties.map(([key, ascending]) => ({ entity: 'attribute' as const, key, ascending })),
];

const comparing = (orderings: readonly Ordering[]) => (a: Found<unknown>, b: Found<unknown>) => {
  for (const ordering of orderings) {
    const [left, right] = [columnOf(ordering, a.subject), columnOf(ordering, b.subject)];
    const order = compareBy(ordering.ascending, left, right);
    if (order !== 0) return order;
  }
  return 0;
};

async function pageOf<T>(
  found: readonly Found<T>[],
  { max_results: limit, page_token }: { max_results: number; page_token?: string | undefined },
  describe: (one: T) => Promise<unknown>,
) {
  const start = readOffset(page_token);
  const texts = new Map<T, string>();
  const window = found.slice(start, start + limit).map(({ one }) => one);
  await each(window, async (one) => {
    texts.set(one, JSON.stringify(await describe(one)));
  });
  return listPage(found, start, { limit, write: ({ one }) => texts.get(one) as string });
}

async function each<T>(all: readonly T[], look: (one: T) => Promise<void>): Promise<void> {
  const queue = [...all];
  const work = async () => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) await look(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
