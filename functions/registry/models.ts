import { AppError } from '#core/errors.ts';
import {
  getItem,
  type Item,
  type Page,
  queryPage,
  table,
  transact,
  type Write,
} from '#shared/dynamo.ts';
import { keys, MODELS_INDEX } from '#shared/keys.ts';
import { auditWrite } from '#slices/governance';
import { Model, type ModelPatch, type ModelQuery, type NewModel } from './schema.ts';

export interface By {
  readonly actor: string;
  readonly requestId?: string;
}

/** Registers a model. The same request again answers the same model; another one is a conflict. */
export async function createModel(wanted: NewModel, by: By, now = new Date()): Promise<Model> {
  const at = now.toISOString();
  const model: Model = {
    ...wanted,
    owner: wanted.owner ?? by.actor,
    latestVersion: 0,
    revision: 1,
    createdAt: at,
    updatedAt: at,
  };
  const item = { ...keys.model(model.name), ...indexed(model.name), ...model };
  const put: Write = {
    Put: { TableName: table().name, Item: item, ConditionExpression: 'attribute_not_exists(pk)' },
  };
  const event = {
    name: 'ModelRegistered',
    detail: { model: model.name, task: model.task },
  } as const;
  const audit = auditWrite({ ...by, ...about(model, 'create'), after: model, event, at: now });
  return (await transact([put, audit])) === undefined ? model : existing(model);
}

async function existing(wanted: Model): Promise<Model> {
  const item = await getItem(keys.model(wanted.name));
  if (item?.deleted) {
    throw new AppError(
      'conflict',
      `model "${wanted.name}" was deleted; bring it back with PATCH {"deleted": false} or choose another name`,
    );
  }
  const found = Model.parse(item);
  const facts = ({ task, owner, description, tags, policy }: Model) =>
    JSON.stringify([task, owner, description, tags, policy]);
  if (found.latestVersion === 0 && found.revision === 1 && facts(found) === facts(wanted))
    return found;
  throw new AppError('conflict', `there is a model "${wanted.name}" already`);
}

/** @throws AppError `not-found` also for a deleted one */
export async function getModel(name: string): Promise<Model> {
  return Model.parse(await modelItem(name));
}

async function modelItem(name: string, deletedToo = false): Promise<Item> {
  const item = await getItem(keys.model(name));
  if (!item || (item.deleted && !deletedToo)) {
    throw new AppError('not-found', `there is no model "${name}"`);
  }
  return item;
}

/** Models by name, those that are not deleted. */
export async function listModels(query: ModelQuery): Promise<Page<Model>> {
  const filters = [
    ['task', query.task],
    ['owner', query.owner],
  ].filter(([, value]) => value !== undefined) as [string, string][];
  const [tag, ...rest] = query.tag?.split(':') ?? [];
  const tagValue = rest.length > 0 ? rest.join(':') : undefined;
  const conditions = filters.map(([field]) => `#${field} = :${field}`);
  if (tag)
    conditions.push(tagValue === undefined ? 'attribute_exists(tags.#tag)' : 'tags.#tag = :tag');
  const names = Object.fromEntries(filters.map(([field]) => [`#${field}`, field]));
  const page = await queryPage(
    {
      IndexName: 'gsi1',
      KeyConditionExpression: 'gsi1pk = :pk',
      ...(conditions.length > 0 && { FilterExpression: conditions.join(' AND ') }),
      ...((tag || filters.length > 0) && {
        ExpressionAttributeNames: { ...names, ...(tag && { '#tag': tag }) },
      }),
      ExpressionAttributeValues: {
        ':pk': MODELS_INDEX,
        ...Object.fromEntries(filters.map(([field, value]) => [`:${field}`, value])),
        ...(tagValue !== undefined && { ':tag': tagValue }),
      },
    },
    query,
    (name) => ({ ...keys.model(name), ...indexed(name) }),
  );
  return { ...page, items: page.items.map((item) => Model.parse(item)) };
}

/** Changes what may change, restores a deleted model; `ifMatch` guards against lost updates. */
export async function updateModel(
  name: string,
  patch: ModelPatch,
  by: By & { ifMatch?: number },
  now = new Date(),
): Promise<Model> {
  const item = await modelItem(name, patch.deleted === false);
  const before = Model.parse(item);
  checkRevision(before.revision, by.ifMatch);
  const { deleted, ...changes } = patch;
  const unchanged = Object.entries(changes).every(
    ([field, value]) => JSON.stringify(item[field]) === JSON.stringify(value),
  );
  if (unchanged && !item.deleted) return before;
  const after = {
    ...before,
    ...definedOnly(changes),
    revision: before.revision + 1,
    updatedAt: now.toISOString(),
  };
  const put = replaceModel(item, { ...after, ...indexed(name) }, deleted === false);
  const event = { name: 'ModelUpdated', detail: { model: name } } as const;
  const audit = auditWrite({ ...by, ...about(after, 'update'), before, after, event, at: now });
  if ((await transact([put, audit])) !== undefined) throw changedMeanwhile(`model "${name}"`);
  return after;
}

/** Deletes softly: versions, aliases and artifacts stay. Refused while an endpoint serves it. */
export async function deleteModel(
  name: string,
  by: By & { ifMatch?: number },
  now = new Date(),
): Promise<void> {
  const item = await modelItem(name, true);
  if (item.deleted) return;
  const before = Model.parse(item);
  checkRevision(before.revision, by.ifMatch);
  refuseWhileDeployed(item, `model "${name}"`);
  const { gsi1pk, gsi1sk, ...rest } = item;
  const gone = {
    ...rest,
    deleted: true,
    revision: before.revision + 1,
    updatedAt: now.toISOString(),
  };
  const put: Write = {
    Put: {
      TableName: table().name,
      Item: gone,
      ConditionExpression:
        'revision = :seen AND attribute_not_exists(deployedBy) AND latestVersion = :latest',
      ExpressionAttributeValues: { ':seen': before.revision, ':latest': before.latestVersion },
    },
  };
  const event = { name: 'ModelDeleted', detail: { model: name } } as const;
  const audit = auditWrite({ ...by, ...about(before, 'delete'), before, event, at: now });
  if ((await transact([put, audit])) !== undefined) throw changedMeanwhile(`model "${name}"`);
}

/** Writes only what a PATCH may touch, so that versions registered meanwhile keep their number. */
function replaceModel(item: Item, after: Item, restored: boolean): Write {
  const fields = [
    'description',
    'owner',
    'tags',
    'policy',
    'revision',
    'updatedAt',
    'gsi1pk',
    'gsi1sk',
  ];
  const set = fields.map((field) => `#${field} = :${field}`).join(', ');
  return {
    Update: {
      TableName: table().name,
      Key: { pk: item.pk, sk: item.sk },
      UpdateExpression: `SET ${set}${restored ? ' REMOVE deleted' : ''}`,
      ConditionExpression: '#revision = :seen',
      ExpressionAttributeNames: Object.fromEntries(fields.map((field) => [`#${field}`, field])),
      ExpressionAttributeValues: {
        ...Object.fromEntries(fields.map((field) => [`:${field}`, after[field]])),
        ':seen': item.revision,
      },
    },
  };
}

export function checkRevision(current: number, seen: number | undefined): void {
  if (seen === undefined || seen === current) return;
  throw new AppError(
    'precondition-failed',
    `If-Match: this has changed since (it is at revision ${current}); read it again and repeat the change`,
  );
}

export const changedMeanwhile = (what: string): AppError =>
  new AppError('conflict', `${what} was changed by someone else at the same moment: try again`);

export function refuseWhileDeployed(item: Item, what: string): void {
  const endpoints = item.deployedBy instanceof Set ? [...item.deployedBy] : [];
  if (endpoints.length === 0) return;
  throw new AppError(
    'conflict',
    `${what} is served by ${endpoints.join(', ')}: move or delete that first`,
  );
}

const definedOnly = (fields: object): Item =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const indexed = (name: string) => ({ gsi1pk: MODELS_INDEX, gsi1sk: name });
const about = (model: Model, verb: string) => ({
  action: `model.${verb}`,
  resource: `model/${model.name}`,
});
