import { AppError } from '#core/errors.ts';
import { findDataset } from '#slices/datasets';
import {
  getAlias,
  getModel,
  getVersion,
  getVersionHead,
  type ModelVersion,
} from '#slices/registry';
import { type CheckEvent, resultOf } from './check-result.ts';
import { type CheckSummary, DatasetReference, type Validation } from './schema.ts';
import { getValidation, latestValidation, readChecks, saveCheck, validationItem } from './store.ts';
import { beginValidation, endValidation } from './validations.ts';
import { verdict } from './verdict.ts';

const SKIFF = { actor: 'skiff' };

/** Takes a validation up: settles once what it is examined on and against. */
export async function begin(event: CheckEvent, execution: string): Promise<{ proceed: boolean }> {
  try {
    const resolved = await resolve(event);
    return { proceed: await beginValidation(event, resolved, execution) };
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'unavailable') throw error;
    await endValidation(event, { status: 'failed', reason: error.message }, SKIFF);
    return { proceed: false };
  }
}

async function resolve({ model, version, id }: CheckEvent) {
  const item = await validationItem(model, version, id);
  const { policy } = await getValidation(model, version, id);
  const { lineage } = await getVersion(model, version);
  const wanted = item.wantedDataset ? DatasetReference.parse(item.wantedDataset) : undefined;
  return {
    dataset: await findFirst([wanted, ...inLineage(lineage, 'validation'), policy.dataset], wanted),
    trainingDataset: await findFirst(inLineage(lineage, 'training'), undefined),
    champion: await championOf(model, version),
  };
}

/** What the version says of its data; names and digests that are not registered here are only words. */
const inLineage = ({ datasets }: ModelVersion['lineage'], role: 'validation' | 'training') =>
  (datasets ?? []).filter((d) => d.role === role).map(({ name, digest }) => ({ name, digest }));

/** @param required fails where it is not there, instead of being passed over */
async function findFirst(
  candidates: readonly (DatasetReference | undefined)[],
  required: DatasetReference | undefined,
): Promise<Validation['dataset']> {
  for (const candidate of candidates) {
    if (!candidate) continue;
    const found = await findDataset(candidate);
    if (found) return { name: found.name, digest: found.digest };
    if (candidate === required) {
      const digest = candidate.digest ? ` with digest ${candidate.digest}` : '';
      throw new AppError('not-found', `there is no dataset "${candidate.name}"${digest}`);
    }
  }
  return undefined;
}

/** The present champion, unless it is the version itself, or one that cannot be scored. */
async function championOf(model: string, version: number): Promise<number | undefined> {
  try {
    const champion = (await getAlias(model, 'champion')).version;
    const { why } = await getVersionHead(model, champion);
    return champion === version || why !== undefined ? undefined : champion;
  } catch (error) {
    if (error instanceof AppError && error.code === 'not-found') return undefined;
    throw error;
  }
}

/** What the workflow's own catching says of a check that never came to an end. */
export interface CaughtError {
  readonly check: string;
  readonly error?: { readonly Error?: string; readonly Cause?: string };
}

/** Closes what crashed, holds the gates against the figures and ends the validation. */
export async function conclude(
  event: CheckEvent,
  outcomes: readonly CaughtError[],
): Promise<Validation> {
  const { model, version, id } = event;
  const validation = await getValidation(model, version, id);
  const checks = await closeChecks(id, outcomes);
  const { task } = await getModel(model);
  const champion =
    validation.champion === undefined
      ? undefined
      : await championChecks(model, validation.champion);
  const ending = verdict(checks, validation.policy, { task, champion });
  return endValidation(event, ending, SKIFF);
}

async function closeChecks(id: string, outcomes: readonly CaughtError[]): Promise<CheckSummary[]> {
  const checks = await readChecks(id);
  const artifact = checks.find(({ check }) => check === 'artifact') as CheckSummary;
  const safe = resultOf(artifact).clean;
  return Promise.all(
    checks.map(async (summary) => {
      if (summary.status !== 'pending' && summary.status !== 'running') return summary;
      const left = !safe && summary.check !== 'artifact';
      const closed = left ? leftOut(summary) : brokenOff(summary, outcomes);
      return saveCheck(id, { ...closed, finishedAt: new Date().toISOString() });
    }),
  );
}

const leftOut = ({ check }: CheckSummary): CheckSummary => ({
  check,
  status: 'skipped',
  reason: 'the artifact check did not find the model safe to load',
});

function brokenOff({ check }: CheckSummary, outcomes: readonly CaughtError[]): CheckSummary {
  const caught = outcomes.find((outcome) => outcome.check === check)?.error;
  return { check, status: 'failed', reason: caught ? crash(caught) : 'it ended without a result' };
}

/** In words. Of the function's own error only the first line is passed on. */
export function crash({
  Error: name = 'unknown error',
  Cause = '',
}: NonNullable<CaughtError['error']>): string {
  if (name === 'NoResult') return `the step "${Cause}" ended without a result`;
  if (/timed? ?out/i.test(name + Cause)) return 'it ran out of time';
  if (/TooManyRequests|Throttl|ReservedFunctionConcurrent/i.test(name + Cause))
    return 'it was throttled at every attempt: too many functions run at once';
  if (/OutOfMemory|signal: killed|SIGKILL/i.test(name + Cause)) return 'it ran out of memory';
  return `it crashed at every attempt (${firstLine(Cause) || name}): see the function's log`;
}

function firstLine(cause: string): string {
  try {
    const { errorType = '', errorMessage = '' } = JSON.parse(cause);
    return `${errorType} ${errorMessage}`.trim().split('\n')[0]?.slice(0, 200) ?? '';
  } catch {
    return '';
  }
}

async function championChecks(model: string, version: number): Promise<CheckSummary[] | undefined> {
  const newest = await latestValidation(model, version);
  // No figures of it are known: gates that compare then say so.
  return newest ? readChecks(newest.id) : [];
}

/** The end of a workflow that broke off: whatever happened, the record says so. */
export const abandon = (event: CheckEvent, reason: string): Promise<Validation> =>
  endValidation(event, { status: 'failed', reason }, SKIFF);
