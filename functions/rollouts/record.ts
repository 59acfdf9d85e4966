import type { Change } from '#slices/governance';
import type { By } from '#slices/registry';
import type { Decision, RolloutRecord } from './schema.ts';

const KEPT_DECISIONS = 100;

/** With one decision more. */
export function noted(
  record: RolloutRecord,
  what: Decision['what'],
  reason: string,
  now: Date,
): RolloutRecord {
  const { step } = record;
  const decision = { at: now.toISOString(), step, weight: record.steps[step] ?? 0, what, reason };
  return { ...record, decisions: [...record.decisions, decision].slice(-KEPT_DECISIONS) };
}

type Ending = 'promoted' | 'rolled-back' | 'aborted' | 'superseded' | 'failed';

export function ended(
  record: RolloutRecord,
  status: Ending,
  reason: string,
  now: Date,
): RolloutRecord {
  const { pending, ...rest } = record;
  return { ...rest, status, reason, finishedAt: now.toISOString() };
}

type Pending = NonNullable<RolloutRecord['pending']>;

/** That it goes back is said before it does; by what was pending the endpoint is still known. */
export const goingBack = (
  { step, pending }: RolloutRecord,
  back: NonNullable<Pending['back']>,
): Pending => ({ step: pending?.step ?? step, reason: pending?.reason ?? '', back });

/** What was said is not done after all; a step that was begun before still is. */
export function notGoingBack({ pending, ...rest }: RolloutRecord): RolloutRecord {
  if (!pending?.reason) return rest;
  return { ...rest, pending: { step: pending.step, reason: pending.reason } };
}

type RolloutEvent =
  | 'RolloutStarted'
  | 'RolloutAdvanced'
  | 'RolloutPaused'
  | 'RolloutResumed'
  | 'RolloutEnded';

/** The audit entry of a change, with its event. */
export function changed(
  record: RolloutRecord,
  verb: string,
  { event, ...by }: By & { event: RolloutEvent },
  at: Date,
): Change<RolloutEvent> {
  const { endpoint, id, status, model, version, generation, step, steps, reason } = record;
  return {
    ...by,
    action: `rollout.${verb}`,
    resource: `endpoint/${endpoint}`,
    after: { rollout: id, status, model, version, step, weight: steps[step] ?? 0, reason },
    event: {
      name: event,
      detail: {
        endpoint,
        rollout: id,
        generation,
        status,
        model,
        version,
        weight: steps[step] ?? 0,
        ...(reason !== undefined && { reason }),
      },
    },
    at,
  };
}
