import { getItem } from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import { auditWrite } from '#slices/governance';
import { type By, checkRevision } from '#slices/registry';
import { deploymentWrites, RULES } from './references.ts';
import { pinAll, resolveAll } from './resolve.ts';
import { commit, next, noEndpoint } from './revisions.ts';
import { about, present, type Settings, save, servedBy, who } from './save.ts';
import { Endpoint, type EndpointSpec } from './schema.ts';

/** Creates an endpoint or gives it a new revision; what it is already makes none. */
export async function putEndpoint(
  name: string,
  spec: EndpointSpec,
  by: By & { ifMatch?: number },
  now = new Date(),
): Promise<{ endpoint: Endpoint; created: boolean }> {
  const current = await getItem(keys.endpoint(name));
  const before = present(current);
  checkRevision(Number(current?.revision ?? 0), by.ifMatch);
  const forced = spec.force !== undefined;
  const { force, ...rest } = spec;
  const settings: Settings = {
    ...rest,
    ...(await pinAll(spec)),
    ...(force && { forced: { reason: force.reason, actor: by.actor } }),
  };
  if (before && content(before) === content(settings)) return { endpoint: before, created: false };
  const serving = await resolveAll(settings, { forced });
  const rule = forced ? RULES.notArchived : RULES.approved;
  const revision = {
    name,
    current,
    settings,
    ...serving,
    rules: { added: rule, kept: rule },
  };
  const verb = forced ? 'force' : 'put';
  const endpoint = await save(revision, { by: who(by), verb, now });
  return { endpoint, created: !before };
}

/** Deletes softly: the history stays and a new endpoint of the name goes on counting. */
export async function deleteEndpoint(
  name: string,
  by: By & { ifMatch?: number },
  now = new Date(),
): Promise<void> {
  const current = await getItem(keys.endpoint(name));
  if (!current) throw noEndpoint(name);
  if (current.deleted) return;
  const before = Endpoint.parse(current);
  checkRevision(before.revision, by.ifMatch);
  const nothing = { variants: [], shadows: [] };
  const gone = { ...before, ...next(current, by, now), ...nothing, deleted: true };
  const event = {
    name: 'EndpointDeleted',
    detail: { endpoint: name, revision: gone.revision },
  } as const;
  const audit = auditWrite({ ...who(by), ...about(name, 'delete'), before, event, at: now });
  const rules = { added: RULES.approved, kept: RULES.approved };
  await commit(current, gone, [...deploymentWrites(name, servedBy(before), [], rules), audit]);
}

/** Equal content, whatever the order of the fields: what callers and their predictions see of it. */
export function content(settings: Settings): string {
  const { variants, shadows, strategy, stickyUnit, capture, description } = settings;
  return canonical({ variants, shadows, strategy, stickyUnit, capture, description });
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, v) =>
    v && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );
