import { AppError } from '#core/errors.ts';
import {
  getItem,
  newestPage,
  type Page,
  type PageRequest,
  table,
  transact,
  type Write,
} from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import { auditWrite, type Change } from '#slices/governance';
import { ACTIVE, Rollout, RolloutRecord } from './schema.ts';

export const isActive = ({ status }: Pick<Rollout, 'status'>): boolean =>
  (ACTIVE as readonly string[]).includes(status);

/** @throws AppError `not-found` */
export async function readRollout(endpoint: string, id: string): Promise<RolloutRecord> {
  const item = await getItem(keys.rollout(endpoint, id));
  if (item) return RolloutRecord.parse(item);
  throw new AppError('not-found', `there is no rollout "${id}" of the endpoint "${endpoint}"`);
}

/** The id of the rollout that is under way, if any. */
export async function activeRollout(endpoint: string): Promise<string | undefined> {
  const item = await getItem(keys.activeRollout(endpoint));
  return item && String(item.rollout);
}

export async function listRollouts(endpoint: string, page: PageRequest): Promise<Page<Rollout>> {
  const { pk } = keys.activeRollout(endpoint);
  const found = await newestPage(pk, 'RUN#', page);
  return { ...found, items: found.items.map((item) => Rollout.parse(item)) };
}

/** A new rollout takes the endpoint's one place. Answers false where another one has it. */
export async function insertRollout(
  record: RolloutRecord,
  change: Change,
  more: readonly Write[],
): Promise<boolean> {
  const { endpoint, id } = record;
  const TableName = table().name;
  const failed = await transact([
    {
      Put: {
        TableName,
        Item: { ...keys.activeRollout(endpoint), rollout: id },
        ConditionExpression: 'attribute_not_exists(pk)',
      },
    },
    {
      Put: {
        TableName,
        Item: { ...keys.rollout(endpoint, id), ...record },
        ConditionExpression: 'attribute_not_exists(pk)',
      },
    },
    ...more,
    auditWrite(change),
  ]);
  return failed === undefined;
}

/**
 * Replaces what was read, and frees the endpoint's place where the rollout has ended. Answers false
 * where someone else changed it meanwhile.
 */
export async function saveRollout(
  seen: RolloutRecord,
  after: RolloutRecord,
  ...changes: Change[]
): Promise<boolean> {
  const { endpoint, id } = seen;
  const TableName = table().name;
  const put: Write = {
    Put: {
      TableName,
      Item: { ...keys.rollout(endpoint, id), ...after, changes: seen.changes + 1 },
      ConditionExpression: 'changes = :seen',
      ExpressionAttributeValues: { ':seen': seen.changes },
    },
  };
  const free: Write = {
    Delete: {
      TableName,
      Key: keys.activeRollout(endpoint),
      ConditionExpression: 'rollout = :id',
      ExpressionAttributeValues: { ':id': id },
    },
  };
  const ends = isActive(seen) && !isActive(after);
  const writes = [put, ...(ends ? [free] : []), ...changes.map((change) => auditWrite(change))];
  return (await transact(writes)) === undefined;
}

/** Holds where the record is still what was seen: what goes with it happens then only. */
export const unchangedRollout = ({ endpoint, id, changes }: RolloutRecord): Write => ({
  ConditionCheck: {
    TableName: table().name,
    Key: keys.rollout(endpoint, id),
    ConditionExpression: 'changes = :seen',
    ExpressionAttributeValues: { ':seen': changes },
  },
});
