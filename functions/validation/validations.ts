import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { ulid } from 'ulid';
import { AppError } from '#core/errors.ts';
import { table, transact, type Write } from '#shared/dynamo.ts';
import { earlierResult, type Idempotency, rememberWrite } from '#shared/idempotency.ts';
import { keys } from '#shared/keys.ts';
import { auditWrite } from '#slices/governance';
import {
  type By,
  changedMeanwhile,
  getModel,
  getVersion,
  type ModelVersion,
  statusWrites,
} from '#slices/registry';
import { getPolicy } from './policies.ts';
import {
  CHECKS,
  type GateResult,
  type NewValidation,
  type Policy,
  type Validation,
} from './schema.ts';
import { getValidation, isFinished, pendingCheck, validationItem } from './store.ts';

const stepFunctions = new SFNClient({});

const MAX_RACES = 5;

interface Wanted extends NewValidation {
  readonly model: string;
  readonly version: number;
  /** Of the event that asked for it, so that the event twice makes one validation. */
  readonly id?: string;
}

/**
 * Puts a validation on record. The event of that record starts the workflow, so that there is
 * never one without the other.
 *
 * @throws AppError `conflict` for an archived version, `not-found` for what does not exist
 */
export async function requestValidation(
  wanted: Wanted,
  by: By & { idempotency?: Idempotency | undefined },
  now = new Date(),
): Promise<Validation> {
  const { idempotency, ...caller } = by;
  const { model, version } = wanted;
  const earlier = wanted.id ?? (await earlierResult(idempotency));
  const id = earlier ?? ulid(now.getTime());
  if (earlier !== undefined && (await exists(model, version, id))) {
    return getValidation(model, version, id);
  }
  const policy = await getPolicy(wanted.policy ?? (await getModel(model)).policy);
  const validation = describe(wanted, policy, { id, actor: by.actor, now });
  for (let race = 0; race < MAX_RACES; race++) {
    const seen = await getVersion(model, version);
    const writes = [
      ...requestWrites(validation, wanted, seen, caller, now),
      ...(idempotency ? [rememberWrite(idempotency, id, now)] : []),
    ];
    if ((await transact(writes)) === undefined) return validation;
    if (await exists(model, version, id)) return getValidation(model, version, id);
  }
  throw changedMeanwhile(`version ${version} of "${model}"`);
}

const exists = (model: string, version: number, id: string): Promise<boolean> =>
  validationItem(model, version, id).then(
    () => true,
    () => false,
  );

const describe = (
  { model, version }: Wanted,
  policy: Policy,
  { id, actor, now }: { id: string; actor: string; now: Date },
): Validation => ({
  id,
  model,
  version,
  status: 'queued',
  policy,
  requestedBy: actor,
  createdAt: now.toISOString(),
});

function requestWrites(
  validation: Validation,
  { dataset }: Wanted,
  seen: ModelVersion,
  by: By,
  now: Date,
): Write[] {
  const { id, model, version } = validation;
  if (seen.status === 'archived') {
    throw new AppError('conflict', `version ${version} of "${model}" is archived`);
  }
  const status = seen.status === 'registered' ? 'validating' : seen.status;
  const item = {
    ...keys.validation(model, version, id),
    ...validation,
    ...(dataset && { wantedDataset: dataset }),
  };
  const put: Write = {
    Put: { TableName: table().name, Item: item, ConditionExpression: 'attribute_not_exists(pk)' },
  };
  const audit = auditWrite({
    ...by,
    action: 'validation.request',
    resource: `model/${model}`,
    after: { version, validation: id, policy: validation.policy.name },
    event: { name: 'ValidationRequested', detail: { model, version, validation: id } },
    at: now,
  });
  const noted = statusWrites(seen, status, id, { ...by, action: 'version.validate' }, now);
  return [put, ...noted, ...CHECKS.map((check) => pendingCheck(id, check)), audit];
}

/** What a validation ends with. */
export interface Ending {
  readonly status: 'approved' | 'rejected' | 'awaiting-approval' | 'failed' | 'cancelled';
  readonly reason?: string;
  readonly gates?: readonly GateResult[];
}

/** Ends a validation once; one that has ended stays as it is. */
export async function endValidation(
  of: Pick<Validation, 'model' | 'version' | 'id'>,
  ending: Ending,
  by: By,
  now = new Date(),
): Promise<Validation> {
  for (let race = 0; race < MAX_RACES; race++) {
    const validation = await getValidation(of.model, of.version, of.id);
    if (isFinished(validation) && validation.finishedAt) return validation;
    const seen = await getVersion(of.model, of.version);
    const writes = [
      endWrite(of, ending, now),
      ...versionWrites(seen, of.id, ending, by, now),
      auditWrite({
        ...by,
        action: 'validation.finish',
        resource: `model/${of.model}`,
        after: { version: of.version, validation: of.id, status: ending.status },
        event: {
          name: 'ValidationFinished',
          detail: {
            model: of.model,
            version: of.version,
            validation: of.id,
            status: ending.status,
          },
        },
        at: now,
      }),
    ];
    if ((await transact(writes)) === undefined) return getValidation(of.model, of.version, of.id);
  }
  throw changedMeanwhile(`version ${of.version} of "${of.model}"`);
}

/** Only the newest validation decides, and nothing brings an archived version back. */
function versionWrites(
  seen: ModelVersion,
  id: string,
  { status }: Ending,
  by: By,
  now: Date,
): Write[] {
  if (seen.validation !== id || seen.status === 'archived') return [];
  const to = statusAfter(status, seen.status);
  return statusWrites(seen, to, id, { ...by, action: `version.${status}` }, now);
}

function statusAfter(ending: Ending['status'], before: ModelVersion['status']) {
  if (ending === 'approved' || ending === 'rejected') return ending;
  if (ending === 'awaiting-approval') return before === 'registered' ? 'validating' : before;
  return before === 'validating' ? 'registered' : before;
}

const endWrite = (
  { model, version, id }: Pick<Validation, 'model' | 'version' | 'id'>,
  { status, reason, gates }: Ending,
  now: Date,
): Write => ({
  Update: {
    TableName: table().name,
    Key: keys.validation(model, version, id),
    UpdateExpression: `SET #s = :s, finishedAt = :now${reason ? ', reason = :reason' : ''}${gates ? ', gates = :gates' : ''}`,
    ConditionExpression: 'attribute_not_exists(finishedAt)',
    ExpressionAttributeNames: { '#s': 'status' },
    ExpressionAttributeValues: {
      ':s': status,
      ':now': now.toISOString(),
      ...(reason && { ':reason': reason }),
      ...(gates && { ':gates': gates }),
    },
  },
});

/** Takes a queued validation up; a second execution of the same one is told to leave it alone. */
export async function beginValidation(
  { model, version, id }: Pick<Validation, 'model' | 'version' | 'id'>,
  resolved: Pick<Validation, 'dataset' | 'trainingDataset' | 'champion'>,
  execution: string,
  now = new Date(),
): Promise<boolean> {
  const { documents, name } = table();
  const facts = Object.entries(resolved).filter(([, value]) => value !== undefined);
  const set = ['#s = :running', 'startedAt = :now', 'execution = :execution'];
  const write = new UpdateCommand({
    TableName: name,
    Key: keys.validation(model, version, id),
    UpdateExpression: `SET ${[...set, ...facts.map(([field]) => `${field} = :${field}`)].join(', ')}`,
    ConditionExpression: '#s = :queued OR (#s = :running AND execution = :execution)',
    ExpressionAttributeNames: { '#s': 'status' },
    ExpressionAttributeValues: {
      ':running': 'running',
      ':queued': 'queued',
      ':now': now.toISOString(),
      ':execution': execution,
      ...Object.fromEntries(facts.map(([field, value]) => [`:${field}`, value])),
    },
  });
  try {
    await documents.send(write);
    return true;
  } catch (error) {
    if ((error as Error).name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}

/** Stops a validation. What has ended stays; checks that run are not waited for. */
export async function cancelValidation(
  model: string,
  version: number,
  id: string,
  by: By,
): Promise<Validation> {
  const item = await validationItem(model, version, id);
  const reason = `cancelled by ${by.actor}`;
  const ended = await endValidation({ model, version, id }, { status: 'cancelled', reason }, by);
  if (ended.status === 'cancelled' && item.execution) await stop(String(item.execution));
  return ended;
}

async function stop(executionArn: string): Promise<void> {
  try {
    await stepFunctions.send(new StopExecutionCommand({ executionArn, cause: 'cancelled' }));
  } catch (error) {
    // It ended by itself meanwhile.
    if ((error as Error).name !== 'ExecutionDoesNotExist') throw error;
  }
}
