import { getModel, getVersion, type ModelVersion } from '#slices/registry';
import {
  type Approval,
  type CheckName,
  type CheckSummary,
  type Evidence,
  evidenceSchemas,
  latestValidation,
  listApprovals,
  readEvidence,
  type Validation,
  withChecks,
} from '#slices/validation';
import { proseOf } from './prose.ts';
import type { StoredProse } from './schema.ts';

export type Model = Awaited<ReturnType<typeof getModel>>;

/** All that a check left; checks that did not complete have none. */
export type AllEvidence = { readonly [N in CheckName]?: Evidence<N> };

/** What a card needs of the newest examination. */
export interface ValidationFacts
  extends Pick<
    Validation,
    'id' | 'status' | 'reason' | 'dataset' | 'trainingDataset' | 'champion' | 'finishedAt' | 'gates'
  > {
  readonly policy: Pick<Validation['policy'], 'name' | 'revision'>;
  readonly checks: readonly CheckSummary[];
  readonly evidence: AllEvidence;
}

/** Everything on record that a card is made from. */
export interface CardFacts {
  readonly model: Pick<Model, 'name' | 'task' | 'owner' | 'description' | 'tags'>;
  readonly version: ModelVersion;
  readonly validation: ValidationFacts | undefined;
  readonly approvals: readonly Approval[];
  readonly prose: StoredProse | undefined;
  /** The version before, with what its newest examination measured. */
  readonly previous: PreviousFacts | undefined;
  readonly now: Date;
}

interface PreviousFacts {
  readonly version: ModelVersion;
  readonly checks: readonly CheckSummary[];
}

const MAX_APPROVALS = 50;

/** @throws AppError `not-found` where there is no such version */
export async function loadFacts(
  name: string,
  number: number,
  now = new Date(),
): Promise<CardFacts> {
  const [model, version] = await Promise.all([getModel(name), getVersion(name, number)]);
  const [validation, approvals, prose, previous] = await Promise.all([
    loadValidation(name, number),
    listApprovals(name, number, { limit: MAX_APPROVALS }),
    proseOf(name, number),
    number > 1 ? loadPrevious(name, number - 1) : undefined,
  ]);
  return { model, version, validation, approvals: approvals.items, prose, previous, now };
}

async function loadValidation(name: string, number: number): Promise<ValidationFacts | undefined> {
  const validation = await latestValidation(name, number);
  if (!validation) return undefined;
  const { checks, ...facts } = await withChecks(validation);
  const completed = checks.filter(({ status }) => status === 'completed');
  const evidence = await Promise.all(
    completed.map(async ({ check }) => [check, await evidenceOf(validation.id, check)] as const),
  );
  return { ...facts, checks, evidence: Object.fromEntries(evidence) as AllEvidence };
}

/** Undefined where it was written in a form that is no longer read. */
const evidenceOf = async (validation: string, check: CheckName): Promise<unknown> =>
  evidenceSchemas[check].safeParse(await readEvidence(validation, check)).data;

async function loadPrevious(name: string, number: number): Promise<PreviousFacts> {
  const version = await getVersion(name, number);
  const validation = await latestValidation(name, number);
  return { version, checks: validation ? (await withChecks(validation)).checks : [] };
}
