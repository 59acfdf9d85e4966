import { AppError, invalidField } from '#core/errors.ts';
import { lastWindow } from '#core/monitoring/windows.ts';
import { getItem, table, transact } from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import { findDataset } from '#slices/datasets';
import { getEndpoint } from '#slices/deployments';
import { auditWrite } from '#slices/governance';
import { type By, changedMeanwhile, checkRevision, getVersion } from '#slices/registry';
import { ALARM_NAMES } from './alarms.ts';
import { putDashboard, removeDashboard } from './dashboards.ts';
import { putAlarms, removeAlarms } from './metrics.ts';
import { putSchedule, removeSchedule } from './schedules.ts';
import { Monitor, type MonitorSpec, type PinnedSpec } from './schema.ts';
import { readState, stateWrite } from './store.ts';

const MINUTE = 60_000;

/** @throws AppError `not-found` */
export async function getMonitor(endpoint: string): Promise<Monitor> {
  const found = await findMonitor(endpoint);
  if (!found) throw new AppError('not-found', `"${endpoint}" has no monitor`);
  return found;
}

async function findMonitor(endpoint: string): Promise<Monitor | undefined> {
  const [item, state] = await Promise.all([getItem(keys.monitor(endpoint)), readState(endpoint)]);
  if (!item || !state) return undefined;
  const raised = ALARM_NAMES.filter((name) => state.alarms[name]?.isRaised);
  return Monitor.parse({ ...item, raised, next: new Date(state.next).toISOString() });
}

/**
 * Makes an endpoint's monitor, or changes it, with its schedule and its alarms. May be sent again:
 * what is there already is made good where something of it is missing.
 */
export async function putMonitor(
  endpoint: string,
  spec: MonitorSpec,
  by: By & { ifMatch?: number },
  now = new Date(),
): Promise<{ monitor: Monitor; created: boolean }> {
  const serving = await getEndpoint(endpoint);
  const [before, state] = [await findMonitor(endpoint), await readState(endpoint)];
  checkRevision(before?.revision ?? 0, by.ifMatch);
  const pinned = await pin(spec, serving.variants);
  await putSchedule(endpoint, pinned);
  await putAlarms(endpoint);
  await putDashboard(endpoint);
  if (before && same(before, pinned)) return { monitor: before, created: false };
  const at = now.toISOString();
  const length = pinned.window.minutes * MINUTE;
  const next = state?.next ?? lastWindow(now.getTime(), length).to;
  const settings = {
    endpoint,
    ...pinned,
    revision: (before?.revision ?? 0) + 1,
    createdAt: before?.createdAt ?? at,
    ...{ updatedAt: at, updatedBy: by.actor },
  };
  const detail = { endpoint, revision: settings.revision };
  const writes = [
    {
      Put: {
        TableName: table().name,
        Item: { ...keys.monitor(endpoint), ...settings },
        ...(before
          ? {
              ConditionExpression: 'revision = :seen',
              ExpressionAttributeValues: { ':seen': before.revision },
            }
          : { ConditionExpression: 'attribute_not_exists(pk)' }),
      },
    },
    ...(state ? [] : [stateWrite(endpoint, { next, alarms: {} })]),
    auditWrite({
      ...about(endpoint, 'put', by),
      ...{ before, after: settings },
      event: { name: 'MonitorUpdated', detail },
      at: now,
    }),
  ];
  if ((await transact(writes)) !== undefined) throw changedMeanwhile(`monitor of "${endpoint}"`);
  return { monitor: await getMonitor(endpoint), created: !before };
}

/** Its reports stay. @throws AppError `not-found` */
export async function deleteMonitor(endpoint: string, by: By, now = new Date()): Promise<void> {
  const before = await getMonitor(endpoint);
  // First what lies outside: who repeats a deletion that broke off finds the monitor still there.
  await removeSchedule(endpoint);
  await removeAlarms(endpoint);
  await removeDashboard(endpoint);
  const event = { name: 'MonitorRemoved', detail: { endpoint } } as const;
  const TableName = table().name;
  const failed = await transact([
    {
      Delete: {
        TableName,
        Key: keys.monitor(endpoint),
        ConditionExpression: 'revision = :seen',
        ExpressionAttributeValues: { ':seen': before.revision },
      },
    },
    { Delete: { TableName, Key: keys.monitorState(endpoint) } },
    auditWrite({ ...about(endpoint, 'delete', by), before, event, at: now }),
  ]);
  if (failed !== undefined) throw changedMeanwhile(`monitor of "${endpoint}"`);
}

const about = (endpoint: string, verb: string, { actor, requestId }: By) => ({
  ...{ actor, requestId },
  action: `monitor.${verb}`,
  resource: `endpoint/${endpoint}`,
});

/** A dataset is pinned to its content, and a training set that is asked for must be there. */
async function pin(
  spec: MonitorSpec,
  variants: readonly { model: string; version: number }[],
): Promise<PinnedSpec> {
  const { reference } = spec;
  if (reference?.kind === 'window' || reference?.kind === 'first-window') {
    return { ...spec, reference };
  }
  if (reference?.kind === 'dataset') {
    const dataset = await findDataset(reference);
    if (!dataset) throw invalidField('reference.name', `there is no dataset "${reference.name}"`);
    return { ...spec, reference: { ...reference, digest: dataset.digest } };
  }
  for (const { model, version } of variants) {
    if (version > 0 && (await hasTraining(model, version))) {
      return { ...spec, reference: { kind: 'training' } };
    }
  }
  if (!reference) return { ...spec, reference: { kind: 'first-window' } };
  throw invalidField(
    'reference',
    'no version that is served names registered training data in its lineage: leave it out for the first window, or give {"kind": "dataset", "name": …} or {"kind": "window", "from": …, "to": …}',
  );
}

async function hasTraining(model: string, version: number): Promise<boolean> {
  const { lineage } = await getVersion(model, version);
  const named = lineage.datasets?.find(({ role }) => role === 'training' || role === 'reference');
  return named !== undefined && (await findDataset(named)) !== undefined;
}

/** Whether a monitor is what is asked for, whatever the order of the fields. */
function same(monitor: Monitor, spec: PinnedSpec): boolean {
  const { endpoint, revision, raised, next, createdAt, updatedAt, updatedBy, ...settings } =
    monitor;
  return canonical(settings) === canonical(spec);
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, v) =>
    v && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );
