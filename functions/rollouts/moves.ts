import { AppError } from '#core/errors.ts';
import { changeVariants, getEndpoint } from '#slices/deployments';
import type { By } from '#slices/registry';
import { variantsAt } from './plan.ts';
import type { RolloutRecord } from './schema.ts';

/** Someone else changed the endpoint: the rollout has no business with it any more. */
export class Superseded extends Error {}

/**
 * Gives the new variant the weight of a step, once: a repeated call finds the revision that the
 * first one made by its reason. Answers the endpoint's revision.
 *
 * @throws Superseded; AppError where the version cannot be served (any more)
 */
export async function moveTo(record: RolloutRecord, step: number, reason: string): Promise<number> {
  const { endpoint, model, version, variant, startedFrom, steps } = record;
  const weight = steps[step] as number;
  const made = await ownRevision(record, reason);
  if (made !== undefined) return made;
  const variants = variantsAt({ name: variant, model, version, weight }, startedFrom.variants);
  const change = { variants, reason, interim: weight < 100 };
  const by = { actor: 'skiff', ifMatch: record.endpointRevision };
  try {
    return (await changeVariants(endpoint, change, by)).revision;
  } catch (error) {
    if (error instanceof AppError && error.code === 'precondition-failed') {
      return afterRace(record, reason);
    }
    throw error;
  }
}

/** Gives the old variants what they had. Where someone else changed the endpoint, it stays so. */
export async function goBack(record: RolloutRecord, reason: string, by: By): Promise<number> {
  const { endpoint, startedFrom } = record;
  const current = await getEndpoint(endpoint);
  const ours = current.variants.some(
    ({ name, model, version }) =>
      name === record.variant && model === record.model && version === record.version,
  );
  const own =
    current.revision === record.endpointRevision || current.reason === record.pending?.reason;
  if (!ours || !own) return current.revision;
  const variants = startedFrom.variants.map(({ name, model, version, weight }) => ({
    name,
    model,
    version,
    weight,
  }));
  const made = await changeVariants(
    endpoint,
    { variants, reason },
    { ...by, ifMatch: current.revision },
  );
  return made.revision;
}

async function ownRevision(record: RolloutRecord, reason: string): Promise<number | undefined> {
  const { revision, reason: last } = await getEndpoint(record.endpoint);
  if (revision === record.endpointRevision) return undefined;
  if (last === reason) return revision;
  throw new Superseded(`revision ${revision} of the endpoint was made by someone else`);
}

async function afterRace(record: RolloutRecord, reason: string): Promise<number> {
  const made = await ownRevision(record, reason);
  if (made !== undefined) return made;
  throw new AppError('unavailable', 'the endpoint is being changed: try again');
}
