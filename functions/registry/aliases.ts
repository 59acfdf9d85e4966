import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { AppError } from '#core/errors.ts';
import { getItem, type Item, table, transact, type Write } from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import { auditWrite } from '#slices/governance';
import { type By, changedMeanwhile, checkRevision, getModel } from './models.ts';
import { Alias } from './schema.ts';
import { getVersionHead } from './versions.ts';

/** Points an alias at a version. Where it points there already, nothing happens. */
export async function setAlias(
  model: string,
  alias: string,
  version: number,
  by: By & { ifMatch?: number },
  now = new Date(),
): Promise<Alias> {
  await getModel(model);
  const target = await getVersionHead(model, version);
  if (NEVER.some((status) => status === target.status)) {
    throw new AppError('conflict', `version ${version} of "${model}" is ${target.status}`);
  }
  const before = await getItem(keys.alias(model, alias));
  checkRevision(Number(before?.revision ?? 0), by.ifMatch);
  if (before && !before.removed && before.version === version) return Alias.parse(before);
  const after: Alias = { alias, model, version, ...next(before, by, now) };
  const from = before && !before.removed ? Number(before.version) : null;
  const audit = auditWrite({
    ...by,
    action: 'alias.move',
    resource: `model/${model}`,
    before: { alias, version: from },
    after: { alias, version },
    event: { name: 'AliasMoved', detail: { model, version, alias, from } },
    at: now,
  });
  await commit(model, alias, before, after, [versionCheck(model, version), audit]);
  return after;
}

/** Removes an alias; one that is not there is removed already. */
export async function removeAlias(
  model: string,
  alias: string,
  by: By & { ifMatch?: number },
  now = new Date(),
): Promise<void> {
  await getModel(model);
  const before = await getItem(keys.alias(model, alias));
  if (!before || before.removed) return;
  checkRevision(Number(before.revision), by.ifMatch);
  const version = Number(before.version);
  const after = { alias, model, version, removed: true, ...next(before, by, now) };
  const audit = auditWrite({
    ...by,
    action: 'alias.remove',
    resource: `model/${model}`,
    before: { alias, version },
    event: { name: 'AliasRemoved', detail: { model, version, alias } },
    at: now,
  });
  await commit(model, alias, before, after, [audit]);
}

/** Revisions follow each other in time even where clocks do not. */
function next(before: Item | undefined, by: By, now: Date) {
  const last = before ? Date.parse(String(before.updatedAt)) + 1 : 0;
  return {
    revision: Number(before?.revision ?? 0) + 1,
    updatedAt: new Date(Math.max(now.getTime(), last)).toISOString(),
    updatedBy: by.actor,
  };
}

async function commit(
  model: string,
  alias: string,
  before: Item | undefined,
  after: Item,
  more: Write[],
) {
  const TableName = table().name;
  const current: Write = {
    Put: {
      TableName,
      Item: { ...keys.alias(model, alias), ...after },
      ...(before
        ? {
            ConditionExpression: 'revision = :seen',
            ExpressionAttributeValues: { ':seen': before.revision },
          }
        : { ConditionExpression: 'attribute_not_exists(pk)' }),
    },
  };
  const history: Write = {
    Put: {
      TableName,
      Item: { ...keys.aliasHistory(model, alias, Number(after.revision)), ...after },
    },
  };
  if ((await transact([current, history, ...more])) !== undefined)
    throw changedMeanwhile(`alias "${alias}"`);
}

/** What an alias is never pointed at. */
const NEVER = ['archived', 'rejected', 'failed'] as const;

const versionCheck = (model: string, version: number): Write => ({
  ConditionCheck: {
    TableName: table().name,
    Key: keys.version(model, version),
    ConditionExpression: 'attribute_exists(pk) AND NOT #s IN (:s0, :s1, :s2)',
    ExpressionAttributeNames: { '#s': 'status' },
    ExpressionAttributeValues: Object.fromEntries(NEVER.map((status, i) => [`:s${i}`, status])),
  },
});

/** The alias now, or as it was at a time. @throws AppError `not-found` */
export async function getAlias(model: string, alias: string, at?: string): Promise<Alias> {
  const item = at ? await aliasAt(model, alias, at) : await getItem(keys.alias(model, alias));
  if (!item || item.removed) {
    const when = at ? ` at ${at}` : '';
    throw new AppError('not-found', `model "${model}" has no alias "${alias}"${when}`);
  }
  return Alias.parse(item);
}

async function aliasAt(model: string, alias: string, at: string): Promise<Item | undefined> {
  return newestAt(keys.model(model).pk, `HISTORY#${alias}#`, at);
}

/** The newest of numbered history items that was there at a time. */
export async function newestAt(pk: string, prefix: string, at: string): Promise<Item | undefined> {
  const { documents, name } = table();
  let start: Item | undefined;
  do {
    const { Items, LastEvaluatedKey } = await documents.send(
      new QueryCommand({
        TableName: name,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        FilterExpression: 'updatedAt <= :at',
        ExpressionAttributeValues: {
          ':pk': pk,
          ':prefix': prefix,
          ':at': new Date(at).toISOString(),
        },
        ScanIndexForward: false,
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    if (Items?.[0]) return Items[0];
    start = LastEvaluatedKey;
  } while (start);
  return undefined;
}

/** All aliases of a model: a handful. */
export async function listAliases(model: string): Promise<Alias[]> {
  await getModel(model);
  const { documents, name } = table();
  const { Items } = await documents.send(
    new QueryCommand({
      TableName: name,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :alias)',
      ExpressionAttributeValues: { ':pk': keys.model(model).pk, ':alias': 'ALIAS#' },
      ConsistentRead: true,
    }),
  );
  return (Items ?? []).filter((item) => !item.removed).map((item) => Alias.parse(item));
}
