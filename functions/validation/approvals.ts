import { ulid } from 'ulid';
import { AppError } from '#core/errors.ts';
import {
  newestPage,
  type Page,
  type PageRequest,
  table,
  transact,
  type Write,
} from '#shared/dynamo.ts';
import { keys, ordinal } from '#shared/keys.ts';
import {
  type By,
  changedMeanwhile,
  getVersion,
  type ModelVersion,
  statusWrites,
} from '#slices/registry';
import { Approval, type NewApproval, type Validation } from './schema.ts';
import { latestValidation } from './store.ts';

/**
 * A person's word on a version: approves what waits for approval, or rejects what waits or was
 * approved. Saying the same again changes nothing.
 *
 * @throws AppError `conflict` where there is nothing to decide
 */
export async function decide(
  model: string,
  version: number,
  { decision, reason }: NewApproval,
  by: By,
  now = new Date(),
): Promise<Approval> {
  const seen = await getVersion(model, version);
  const validation = await latestValidation(model, version);
  const earlier = validation && (await sameDecision(validation, decision, by.actor));
  if (earlier) return earlier;
  const waiting = decidable(seen, validation, decision);
  const approval: Approval = {
    id: ulid(now.getTime()),
    model,
    version,
    validation: waiting.id,
    decision,
    reason,
    actor: by.actor,
    at: now.toISOString(),
  };
  const to = decision === 'approve' ? 'approved' : 'rejected';
  const noted = statusWrites(
    seen,
    to,
    waiting.id,
    { ...by, action: `version.${decision}`, reason },
    now,
  );
  if ((await transact([put(approval), verdictWrite(waiting, to), ...noted])) !== undefined) {
    throw changedMeanwhile(`version ${version} of "${model}"`);
  }
  return approval;
}

async function sameDecision(
  { model, version, id }: Validation,
  decision: NewApproval['decision'],
  actor: string,
): Promise<Approval | undefined> {
  const newest = (await listApprovals(model, version, { limit: 1 })).items[0];
  const same = newest?.validation === id && newest.decision === decision && newest.actor === actor;
  return same ? newest : undefined;
}

function decidable(
  seen: ModelVersion,
  validation: Validation | undefined,
  decision: NewApproval['decision'],
): Validation {
  const what = `version ${seen.version} of "${seen.model}"`;
  if (!validation)
    throw new AppError('conflict', `${what} has not been validated: POST …/validations first`);
  const waits = validation.status === 'awaiting-approval';
  const approved = validation.status === 'approved' && seen.status === 'approved';
  if (waits || (approved && decision === 'reject')) return validation;
  throw new AppError(
    'conflict',
    `${what} has nothing to ${decision}: its newest validation is ${validation.status}`,
  );
}

const put = (approval: Approval): Write => ({
  Put: {
    TableName: table().name,
    Item: { ...keys.approval(approval.model, approval.version, approval.id), ...approval },
  },
});

const verdictWrite = (
  { model, version, id, status }: Validation,
  to: 'approved' | 'rejected',
): Write => ({
  Update: {
    TableName: table().name,
    Key: keys.validation(model, version, id),
    UpdateExpression: 'SET #s = :to',
    ConditionExpression: '#s = :seen',
    ExpressionAttributeNames: { '#s': 'status' },
    ExpressionAttributeValues: { ':to': to, ':seen': status },
  },
});

/** Newest first. */
export async function listApprovals(
  model: string,
  version: number,
  page: PageRequest,
): Promise<Page<Approval>> {
  const { pk } = keys.model(model);
  const found = await newestPage(pk, `APPROVAL#${ordinal(version)}#`, page);
  return { ...found, items: found.items.map((item) => Approval.parse(item)) };
}
