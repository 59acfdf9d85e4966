import { ulid } from 'ulid';
import { AppError, invalidField } from '#core/errors.ts';
import { MAX_VARIANTS } from '#core/routing/slots.ts';
import { earlierResult, type Idempotency, rememberWrite } from '#shared/idempotency.ts';
import { type Endpoint, getEndpoint } from '#slices/deployments';
import { type By, changedMeanwhile, getAlias, getVersion } from '#slices/registry';
import { unknownAlarms } from './evidence.ts';
import { stepsOf } from './plan.ts';
import { changed } from './record.ts';
import { type NewRollout, Rollout, type RolloutRecord } from './schema.ts';
import { activeRollout, insertRollout, readRollout } from './store.ts';

const PATIENCE = 4;

/**
 * Puts a rollout on record; the event of that record starts its workflow, so that there is never
 * one without the other.
 *
 * @throws AppError `conflict` where one is under way or the version may not be served
 */
export async function startRollout(
  endpoint: string,
  wanted: NewRollout,
  by: By & { idempotency?: Idempotency | undefined },
  now = new Date(),
): Promise<Rollout> {
  const { idempotency, ...caller } = by;
  const earlier = await earlierResult(idempotency);
  if (earlier !== undefined) return Rollout.parse(await readRollout(endpoint, earlier));
  const current = await getEndpoint(endpoint);
  const version = await approvedVersion(wanted);
  const record = newRecord(current, wanted, { version, actor: by.actor, now });
  checkRoom(current, record);
  await checkAlarms(record);
  const remember = idempotency ? [rememberWrite(idempotency, record.id, now)] : [];
  const change = changed(record, 'start', { ...caller, event: 'RolloutStarted' }, now);
  if (await insertRollout(record, change, remember)) return Rollout.parse(record);
  const other = await activeRollout(endpoint);
  if (other === undefined) throw changedMeanwhile(`endpoint "${endpoint}"`);
  throw new AppError('conflict', `rollout ${other} of "${endpoint}" is under way: abort it first`);
}

async function approvedVersion({ model, version, alias }: NewRollout): Promise<number> {
  const number = version ?? (await getAlias(model, alias as string)).version;
  const { status } = await getVersion(model, number);
  if (status === 'approved') return number;
  throw new AppError(
    'conflict',
    `version ${number} of "${model}" is ${status}: only approved versions are rolled out`,
  );
}

function newRecord(
  endpoint: Endpoint,
  wanted: NewRollout,
  { version, actor, now }: { version: number; actor: string; now: Date },
): RolloutRecord {
  const { model, strategy, bakeSeconds, criteria } = wanted;
  return {
    id: ulid(now.getTime()),
    endpoint: endpoint.name,
    status: 'running',
    model,
    version,
    variant: wanted.variant ?? `v${version}`,
    strategy,
    bakeSeconds,
    patienceSeconds: wanted.patienceSeconds ?? PATIENCE * bakeSeconds,
    criteria,
    steps: stepsOf(strategy),
    step: -1,
    decisions: [],
    startedFrom: { revision: endpoint.revision, variants: endpoint.variants },
    endpointRevision: endpoint.revision,
    requestedBy: actor,
    createdAt: now.toISOString(),
    changes: 1,
    generation: 1,
  };
}

function checkRoom(
  { variants, shadows, strategy }: Endpoint,
  { variant, model, version, steps }: RolloutRecord,
): void {
  if (strategy.kind === 'bandit') {
    throw new AppError(
      'conflict',
      'the endpoint is a bandit, which moves weights itself: make it weighted first',
    );
  }
  if ([...variants, ...shadows].some(({ name }) => name === variant)) {
    const message = `"${variant}" is a variant or a shadow of the endpoint: choose another name`;
    throw invalidField('variant', message);
  }
  if (steps.length > 1 && variants.length >= MAX_VARIANTS) {
    throw new AppError(
      'conflict',
      `the endpoint has ${variants.length} variants, and no room for another one beside them: take one away, or roll out all at once`,
    );
  }
  if (variants.length === 1 && variants[0]?.model === model && variants[0].version === version) {
    throw new AppError('conflict', `version ${version} of "${model}" has all the traffic already`);
  }
}

async function checkAlarms({ criteria }: RolloutRecord): Promise<void> {
  const [unknown] = await unknownAlarms(criteria.alarms);
  if (unknown !== undefined)
    throw invalidField('criteria.alarms', `there is no alarm "${unknown}"`);
}
