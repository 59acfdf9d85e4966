import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '#core/errors.ts';
import { changeVariants, type Endpoint, getEndpoint, rollBack } from '#slices/deployments';
import type { By } from '#slices/registry';
import { variantsAt } from './plan.ts';
import type { RolloutRecord } from './schema.ts';
import { readRollout, unchangedRollout } from './store.ts';

/** Someone else changed the endpoint: the rollout has no business with it any more. */
export class Superseded extends Error {}

/** Someone else has changed the rollout's record: what was to be done may not be due any more. */
export class Overtaken extends Error {}

/** Transactions of other endpoints that serve the same versions may be in the way for a moment. */
const ATTEMPTS = 4;
const PAUSE_MS = 150;

/**
 * Gives the new variant the weight of a step, once, and only as long as the record is what was seen:
 * a repeated call finds the revision that the first one made by its reason. Answers the endpoint's
 * revision.
 *
 * @throws Superseded; Overtaken; AppError where the version cannot be served (any more)
 */
export async function moveTo(record: RolloutRecord, step: number, reason: string): Promise<number> {
  const { endpoint, model, version, variant, startedFrom, steps } = record;
  const weight = steps[step] as number;
  const variants = variantsAt({ name: variant, model, version, weight }, startedFrom.variants);
  const more = [unchangedRollout(record)];
  const change = { variants, reason, interim: weight < 100, more };
  return changing(record, async () => {
    const current = await ownEndpoint(record);
    if (current.reason === reason) return current.revision;
    const by = { actor: 'skiff', ifMatch: record.endpointRevision };
    return (await changeVariants(endpoint, change, by)).revision;
  });
}

/**
 * Restores what the endpoint served before the rollout, once, and only as long as the record is what
 * was seen. Answers the endpoint's revision.
 *
 * @throws Superseded; Overtaken; AppError where what was served before may not be served any more
 */
export async function goBack(record: RolloutRecord, reason: string, by: By): Promise<number> {
  const wanted = {
    revision: record.startedFrom.revision,
    reason: backReason(record, reason),
    more: [unchangedRollout(record)],
  };
  return changing(record, async () => {
    const current = await ownEndpoint(record);
    if (current.revision === record.startedFrom.revision) return current.revision;
    if (isBack(record, current)) return current.revision;
    const seen = { ...by, ifMatch: current.revision };
    return (await rollBack(record.endpoint, wanted, seen)).revision;
  });
}

const backReason = ({ id }: RolloutRecord, reason: string) => `rollout ${id} went back: ${reason}`;
const isBack = ({ id }: RolloutRecord, { reason = '' }: Endpoint): boolean =>
  reason.startsWith(`rollout ${id} went back: `);

/** The endpoint, as long as nobody but the rollout has changed it. @throws Superseded; Overtaken */
export async function ownEndpoint(record: RolloutRecord): Promise<Endpoint> {
  const current = await getEndpoint(record.endpoint).catch(undefinedWhereGone);
  if (current && isOwn(record, current)) return current;
  await checkUnchanged(record);
  if (!current) throw new Superseded('the endpoint was deleted meanwhile');
  const { revision, updatedBy } = current;
  throw new Superseded(`${updatedBy} made revision ${revision} of the endpoint meanwhile`);
}

const isOwn = (record: RolloutRecord, current: Endpoint): boolean =>
  current.revision === record.endpointRevision ||
  (current.reason !== undefined && current.reason === record.pending?.reason) ||
  isBack(record, current);

function undefinedWhereGone(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'not-found') return undefined;
  throw error;
}

/** What does not fit to an older record may fit to what it is now. @throws Overtaken */
async function checkUnchanged({ endpoint, id, changes }: RolloutRecord): Promise<void> {
  const now = await readRollout(endpoint, id);
  if (now.changes !== changes) throw new Overtaken(`rollout ${id} was changed`);
}

/** Tries again where someone was faster; what is still in the way then is no coincidence. */
async function changing(record: RolloutRecord, change: () => Promise<number>): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await change();
    } catch (error) {
      if (!(error instanceof AppError && RACES.includes(error.code))) throw error;
      await checkUnchanged(record);
      if (attempt === ATTEMPTS) throw error;
      await sleep(PAUSE_MS * attempt);
    }
  }
}

const RACES: readonly string[] = ['conflict', 'precondition-failed'];
