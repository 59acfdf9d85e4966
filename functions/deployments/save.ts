import { type Assignment, assignSlots, SLOTS } from '#core/routing/slots.ts';
import type { Item, Write } from '#shared/dynamo.ts';
import { auditWrite } from '#slices/governance';
import type { By } from '#slices/registry';
import { checkFit } from './fit.ts';
import { deploymentWrites, type Rule } from './references.ts';
import { commit, next } from './revisions.ts';
import {
  Endpoint,
  type ServingEndpoint,
  type ServingVariant,
  type ServingVersion,
} from './schema.ts';

/** What an endpoint is to be from its next revision on. */
export interface NewRevision {
  readonly name: string;
  /** The item that is to be replaced; undefined: there never was one. */
  readonly current: Item | undefined;
  readonly settings: Settings;
  readonly variants: readonly ServingVariant[];
  readonly shadows: readonly ServingVersion[];
  /** What versions that come in, and those that stay, must be. */
  readonly rules: { readonly added: Rule; readonly kept: Rule };
  /** Those of an earlier revision, so that each unit sees what it saw then. */
  readonly restoredSlots?: string | undefined;
}

export type Settings = Omit<
  Endpoint,
  'name' | 'revision' | 'createdAt' | 'updatedAt' | 'updatedBy'
>;

export interface How {
  readonly by: By;
  readonly verb: string;
  readonly now: Date;
  readonly more?: readonly Write[];
}

/** The current item as an endpoint; undefined where there is none (any more). */
export const present = (current: Item | undefined): Endpoint | undefined =>
  current && !current.deleted ? Endpoint.parse(current) : undefined;

/** Makes the revision, together with its audit entry and what versions know of their endpoints. */
export async function save(wanted: NewRevision, how: How): Promise<Endpoint> {
  const { name, current, settings, rules } = wanted;
  checkFit(wanted, settings, current?.serving as ServingEndpoint | undefined);
  const before = present(current);
  const endpoint: Endpoint = {
    name,
    ...settings,
    createdAt: before?.createdAt ?? how.now.toISOString(),
    ...next(current, how.by, how.now),
  };
  const slots = wanted.restoredSlots ?? slotsFor(endpoint, current);
  const serving = servingRecord(endpoint, wanted, slots);
  const item = { ...endpoint, ...(slots && { slots }), serving };
  const references = deploymentWrites(name, servedBy(before), servedBy(endpoint), rules);
  await commit(current, item, [...references, audit(endpoint, before, how), ...(how.more ?? [])]);
  return endpoint;
}

function audit(endpoint: Endpoint, before: Endpoint | undefined, how: How): Write {
  const { by, verb, now: at } = how;
  const change = { ...by, ...about(endpoint.name, verb), before, after: endpoint, at };
  const { name, revision, variants, reason, restoredFrom, rolledBackFrom } = endpoint;
  const detail = { endpoint: name, revision, variants, ...(reason !== undefined && { reason }) };
  if (restoredFrom === undefined) {
    return auditWrite({ ...change, event: { name: 'EndpointUpdated', detail } });
  }
  const rollback = { ...detail, restoredFrom, ...(rolledBackFrom && { rolledBackFrom }) };
  return auditWrite({ ...change, event: { name: 'EndpointRolledBack', detail: rollback } });
}

export const who = ({ actor, requestId }: By): By => ({ actor, ...(requestId && { requestId }) });

/** What a next revision takes over from this one. */
export function settingsOf(endpoint: Endpoint): Settings {
  const { name, revision, createdAt, updatedAt, updatedBy, ...rest } = endpoint;
  const { reason, stepFrom, restoredFrom, rolledBackFrom, ...settings } = rest;
  return settings;
}

export const about = (name: string, verb: string) => ({
  action: `endpoint.${verb}`,
  resource: `endpoint/${name}`,
});

/** The versions of the registry that an endpoint serves. */
export const servedBy = (endpoint: Pick<Endpoint, 'variants' | 'shadows'> | undefined) =>
  [...(endpoint?.variants ?? []), ...(endpoint?.shadows ?? [])].filter(
    ({ version }) => version > 0,
  );

/** None for a single variant: nothing has to be chosen. */
function slotsFor({ variants, revision }: Endpoint, current: Item | undefined): string | undefined {
  if (variants.length < 2) return undefined;
  return assignSlots(variants, assignmentOf(current), revision).slots;
}

function assignmentOf(current: Item | undefined): Assignment | undefined {
  const names = present(current)?.variants.map(({ name }) => name);
  return names && { names, slots: (current?.slots as string) ?? '0'.repeat(SLOTS) };
}

function servingRecord(
  endpoint: Endpoint,
  { variants, shadows }: NewRevision,
  slots: string | undefined,
): ServingEndpoint {
  const { name, revision, updatedAt, strategy, stickyUnit, capture } = endpoint;
  return {
    name,
    revision,
    updatedAt,
    variants: [...variants],
    ...(slots && { slots }),
    shadows: [...shadows],
    strategy,
    stickyUnit,
    capture,
  };
}
