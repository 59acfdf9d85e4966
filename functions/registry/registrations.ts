import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { ulid } from 'ulid';
import * as z from 'zod';
import { AppError } from '#core/errors.ts';
import { getItem, type Item, table } from '#shared/dynamo.ts';
import type { Idempotency } from '#shared/idempotency.ts';
import { keys } from '#shared/keys.ts';
import type { By } from './models.ts';
import { registerVersion, type Wanted } from './register.ts';
import { MlflowFacts, NewVersion, Registration } from './schema.ts';
import { settings } from './settings.ts';
import { findSources } from './sources.ts';
import { failVersion } from './unserved.ts';

const lambda = new LambdaClient({});

const KEPT_SECONDS = 7 * 24 * 3600;
/** Three attempts of fifteen minutes and the pauses between them: nobody works on it after that. */
const GIVEN_UP_AFTER_MS = 60 * 60 * 1000;

/** Hands a registration with a large artifact to a function with the time and memory for it. */
export async function startRegistration(
  model: string,
  { request, mlflow, reserved }: Omit<Wanted, 'sources'>,
  by: By & { idempotency?: Idempotency | undefined },
  now = new Date(),
): Promise<Registration> {
  const registration: Registration = {
    id: ulid(now.getTime()),
    model,
    status: 'running',
    createdAt: now.toISOString(),
  };
  const expiresAt = Math.floor(now.getTime() / 1000) + KEPT_SECONDS;
  const { documents, name } = table();
  const item = {
    ...keys.registration(registration.id),
    ...registration,
    request,
    by,
    expiresAt,
    mlflow,
    reserved,
  };
  await documents.send(new PutCommand({ TableName: name, Item: item }));
  await lambda.send(
    new InvokeCommand({
      FunctionName: settings().REGISTER_VERSION_FUNCTION,
      InvocationType: 'Event',
      Payload: JSON.stringify({ registrationId: registration.id }),
    }),
  );
  return registration;
}

/** Does the work. Safe to repeat: a finished registration stays as it is. */
export async function runRegistration(id: string): Promise<void> {
  const item = await getItem(keys.registration(id));
  if (item?.status !== 'running') return;
  const request = NewVersion.parse(item.request);
  const by = item.by as By & { idempotency?: Idempotency };
  const idempotency = by.idempotency ?? ownKey(id, by.actor);
  const model = String(item.model);
  const { mlflow, reserved } = Kept.parse(item);
  try {
    const sources = await findSources(request);
    const wanted = { request, sources, mlflow, reserved };
    const { version } = await registerVersion(model, wanted, { ...by, idempotency });
    await finish(id, { status: 'succeeded', version });
  } catch (error) {
    // What the client did wrong ends it; anything else is worth the queue's other attempts.
    if (!(error instanceof AppError) || error.code === 'unavailable') throw error;
    if (reserved !== undefined) await failVersion(model, reserved, error.message, by);
    await finish(id, { status: 'failed', error: error.message });
  }
}

/** Of a registration whose version has its number already. */
const Kept = z.object({ mlflow: MlflowFacts.optional(), reserved: z.int().optional() });

/** A second attempt after a crash must not make a second version. */
const ownKey = (id: string, actor: string): Idempotency => ({
  actor,
  operation: 'registration',
  key: id,
  requestDigest: id,
});

async function finish(id: string, outcome: { status: string; version?: number; error?: string }) {
  const { documents, name } = table();
  const fields = Object.entries(outcome);
  await documents.send(
    new UpdateCommand({
      TableName: name,
      Key: keys.registration(id),
      UpdateExpression: `SET ${fields.map(([field]) => `#${field} = :${field}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(fields.map(([field]) => [`#${field}`, field])),
      ExpressionAttributeValues: Object.fromEntries(
        fields.map(([field, value]) => [`:${field}`, value]),
      ),
    }),
  );
}

/** Whether nobody works on it any more. */
export const isAbandoned = ({ createdAt }: { createdAt: string }, now = new Date()): boolean =>
  now.getTime() - Date.parse(createdAt) > GIVEN_UP_AFTER_MS;

/** @throws AppError `not-found`; a registration that nobody works on any more has failed */
export async function getRegistration(id: string, now = new Date()): Promise<Registration> {
  const item: Item | undefined = await getItem(keys.registration(id));
  if (!item) throw new AppError('not-found', `there is no registration "${id}"`);
  const found = Registration.parse(item);
  if (found.status !== 'running' || !isAbandoned(found, now)) return found;
  return {
    ...found,
    status: 'failed',
    error: 'it did not finish: start it again, or look in the dead-letter queue',
  };
}
