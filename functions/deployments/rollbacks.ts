import { AppError } from '#core/errors.ts';
import { getItem, type Item, type Write } from '#shared/dynamo.ts';
import { earlierResult, type Idempotency, rememberWrite } from '#shared/idempotency.ts';
import { keys } from '#shared/keys.ts';
import { type By, checkRevision } from '#slices/registry';
import { content } from './endpoints.ts';
import { RULES } from './references.ts';
import { resolveAll } from './resolve.ts';
import { noEndpoint } from './revisions.ts';
import { type NewRevision, present, type Settings, save, settingsOf, who } from './save.ts';
import { Endpoint, type ServingEndpoint } from './schema.ts';

export interface RollbackRequest {
  /** What to restore; the last healthy revision where it is left out. */
  readonly revision?: number | undefined;
  readonly reason?: string | undefined;
  /** What must happen, or hold, in the same moment. */
  readonly more?: readonly Write[];
}

/**
 * Restores an earlier revision as a new one: variants, weights and which units see which of them,
 * shadows, strategy, unit and capture. Versions that are not serving now are admitted anew. Works
 * on a deleted endpoint, too. Where it is already as it was then, there is no new revision.
 *
 * @throws AppError `not-found`; `precondition-failed`; `conflict` where there is nothing to restore,
 * a version may not be served any more, or someone else was faster
 */
export async function rollBack(
  name: string,
  { revision, reason, more = [] }: RollbackRequest,
  by: By & { ifMatch?: number; idempotency?: Idempotency | undefined },
  now = new Date(),
): Promise<Endpoint> {
  const earlier = await earlierResult(by.idempotency);
  if (earlier !== undefined) return Endpoint.parse(await revisionItem(name, Number(earlier)));
  const current = await getItem(keys.endpoint(name));
  if (!current) throw noEndpoint(name);
  checkRevision(Number(current.revision), by.ifMatch);
  const from =
    revision === undefined ? await lastHealthy(name, current) : await named(name, revision);
  const before = present(current);
  const then = Endpoint.parse(from);
  if (before && content(before) === content(then)) return before;
  const settings: Settings = {
    ...settingsOf(then),
    restoredFrom: then.revision,
    ...(before && { rolledBackFrom: before.revision }),
    ...(reason !== undefined && { reason }),
  };
  const wanted = await restored(name, current, settings, from);
  const { idempotency } = by;
  const number = String(Number(current.revision) + 1);
  const remember = idempotency ? [rememberWrite(idempotency, number, now)] : [];
  return save(wanted, { by: who(by), verb: 'rollback', now, more: [...more, ...remember] });
}

async function restored(
  name: string,
  current: Item,
  settings: Settings,
  from: Item,
): Promise<NewRevision> {
  const forced = settings.forced !== undefined;
  const serving = current.serving as ServingEndpoint | undefined;
  try {
    return {
      name,
      current,
      settings,
      ...(await resolveAll(settings, { serving, forced })),
      rules: { added: forced ? RULES.notArchived : RULES.approved, kept: RULES.notArchived },
      restoredSlots: from.slots as string | undefined,
    };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const which = `revision ${settings.restoredFrom} cannot be restored`;
    throw new AppError('conflict', `${which}: ${error.message}`, { cause: error });
  }
}

const revisionItem = (name: string, revision: number): Promise<Item | undefined> =>
  getItem(keys.endpointRevision(name, revision));

async function named(name: string, revision: number): Promise<Item> {
  const found = await revisionItem(name, revision);
  if (!found) throw new AppError('not-found', `"${name}" never had a revision ${revision}`);
  if (found.deleted) {
    throw new AppError('conflict', `at revision ${revision} "${name}" was deleted: name another`);
  }
  return found;
}

/** Enough for any history that people make: steps of rollouts and experiments are jumped over. */
const MAX_LOOKED_AT = 100;

/**
 * The newest earlier revision that is not a step of a rollout or an experiment, that nobody rolled
 * back from, and that served something else than now.
 */
async function lastHealthy(name: string, current: Item): Promise<Item> {
  const now = present(current);
  const left = new Set<number>();
  let looked: Item = current;
  for (let i = 0; i < MAX_LOOKED_AT; i++) {
    if (typeof looked.rolledBackFrom === 'number') left.add(looked.rolledBackFrom);
    const number = Number(looked.stepFrom ?? Number(looked.revision) - 1);
    const found = await revisionItem(name, number);
    if (!found) break;
    looked = found;
    if (found.deleted || found.stepFrom !== undefined || left.has(number)) continue;
    if (!now || content(Endpoint.parse(found)) !== content(now)) return found;
  }
  throw new AppError(
    'conflict',
    `"${name}" has no earlier healthy revision: name one, GET …/revisions lists them`,
  );
}
