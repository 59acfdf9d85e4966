import { AppError } from '#core/errors.ts';
import { getItem, type Item, table, transact, type Write } from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import { logger } from '#shared/observability.ts';
import { getEndpoint, rollBack } from '#slices/deployments';
import { auditWrite } from '#slices/governance';
import { type By, changedMeanwhile, checkRevision } from '#slices/registry';
import { Guard, type GuardSpec } from './schema.ts';
import { activeRollout } from './store.ts';

const PERIOD_MS = 30 * 86_400_000;

/** @throws AppError `not-found` where the endpoint has none */
export async function getGuard(endpoint: string, now = new Date()): Promise<Guard> {
  await getEndpoint(endpoint);
  const item = await getItem(keys.guard(endpoint));
  if (item) return recent(Guard.parse(item), now);
  throw new AppError(
    'not-found',
    `"${endpoint}" has no guard: PUT /api/v1/endpoints/${endpoint}/guard`,
  );
}

/** Counts and times go by what is remembered: changing the settings does not clear it. */
export async function putGuard(
  endpoint: string,
  spec: GuardSpec,
  by: By & { ifMatch?: number },
  now = new Date(),
): Promise<Guard> {
  await getEndpoint(endpoint);
  const before = await getItem(keys.guard(endpoint));
  const revision = Number(before?.revision ?? 0);
  checkRevision(revision, by.ifMatch);
  const guard = recent(
    {
      ...spec,
      endpoint,
      rollbacks: before ? Guard.parse(before).rollbacks : [],
      revision: revision + 1,
      updatedAt: now.toISOString(),
      updatedBy: by.actor,
    },
    now,
  );
  const { actor, requestId } = by;
  const audit = auditWrite({
    actor,
    ...(requestId && { requestId }),
    action: 'guard.put',
    resource: `endpoint/${endpoint}`,
    before: before && { ...Guard.parse(before) },
    after: { ...guard },
    event: { name: 'GuardUpdated', detail: { endpoint, revision: guard.revision } },
    at: now,
  });
  if (!(await save(before, guard, [audit]))) throw changedMeanwhile(`the guard of "${endpoint}"`);
  return guard;
}

function recent(guard: Guard, now: Date): Guard {
  const since = now.getTime() - PERIOD_MS;
  return { ...guard, rollbacks: guard.rollbacks.filter(({ at }) => Date.parse(at) >= since) };
}

async function save(before: Item | undefined, after: Guard, more: Write[]): Promise<boolean> {
  const Item = { ...keys.guard(after.endpoint), ...after };
  const condition = before
    ? {
        ConditionExpression: 'revision = :seen',
        ExpressionAttributeValues: { ':seen': before.revision },
      }
    : { ConditionExpression: 'attribute_not_exists(pk)' };
  const failed = await transact([
    { Put: { TableName: table().name, Item, ...condition } },
    ...more,
  ]);
  return failed === undefined;
}

export interface Alert {
  readonly name: Guard['events'][number];
  readonly reason: string;
}

/**
 * Rolls an endpoint back because of what a monitor or a budget says, where its guard wants that, not
 * too often and not too soon after the last time, so that it never flaps. The place in the guard's
 * record is taken first: two events at once make one rollback.
 */
export async function guardEndpoint(
  endpoint: string,
  alert: Alert,
  now = new Date(),
): Promise<void> {
  const item = await getItem(keys.guard(endpoint));
  if (!item) return;
  const guard = recent(Guard.parse(item), now);
  const current = await getEndpoint(endpoint).catch(undefinedWhereGone);
  if (!current) return;
  if (guard.rollbacks.at(-1)?.revision === current.revision) {
    // The place was taken and the endpoint is still there: it broke off in between.
    await roll(endpoint, alert, current.revision, now);
    return;
  }
  const stays = whyNot(guard, alert, current, now) ?? (await underWay(endpoint));
  if (stays !== undefined) {
    logger.info('not rolled back', { endpoint, event: alert.name, reason: stays });
    return;
  }
  const rollback = {
    at: now.toISOString(),
    event: alert.name,
    reason: alert.reason,
    revision: current.revision,
  };
  const after = {
    ...guard,
    rollbacks: [...guard.rollbacks, rollback],
    revision: guard.revision + 1,
  };
  if (!(await save(item, after, []))) throw changedMeanwhile(`the guard of "${endpoint}"`);
  await roll(endpoint, alert, current.revision, now);
}

async function roll(endpoint: string, { name, reason }: Alert, seen: number, now: Date) {
  const by = { actor: 'skiff', ifMatch: seen };
  try {
    await rollBack(endpoint, { reason: `${name}: ${reason}` }, by, now);
  } catch (error) {
    // There is nothing to go back to, or someone acted meanwhile.
    if (!(error instanceof AppError) || error.code === 'unavailable') throw error;
    logger.warn('could not be rolled back', { endpoint, event: name, reason: error.message });
  }
}

/** Why the endpoint stays as it is; undefined where it is to be rolled back. */
export function whyNot(
  guard: Guard,
  alert: Pick<Alert, 'name'>,
  current: { readonly updatedAt: string; readonly rolledBackFrom?: number | undefined },
  now: Date,
): string | undefined {
  if (!guard.events.includes(alert.name)) return 'the guard does not listen to this event';
  if (current.rolledBackFrom !== undefined) return 'it was rolled back already';
  const age = (now.getTime() - Date.parse(current.updatedAt)) / 1000;
  if (age > guard.withinSeconds) return 'the revision is older than the guard looks back';
  if (guard.rollbacks.length >= guard.maximum) return 'as often as allowed already';
  const last = guard.rollbacks.at(-1);
  if (last && now.getTime() - Date.parse(last.at) < guard.coolDownSeconds * 1000) {
    return 'the last rollback is too recent';
  }
  return undefined;
}

/** A rollout that is under way judges for itself. */
const underWay = async (endpoint: string): Promise<string | undefined> =>
  (await activeRollout(endpoint)) ? 'a rollout is under way' : undefined;

function undefinedWhereGone(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'not-found') return undefined;
  throw error;
}
