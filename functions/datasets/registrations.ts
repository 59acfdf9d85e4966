import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { ulid } from 'ulid';
import { AppError } from '#core/errors.ts';
import { getItem, table } from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import { type Caller, findFile, registerDataset } from './registration.ts';
import { DatasetRegistration, NewDataset } from './schema.ts';
import { settings } from './settings.ts';

const lambda = new LambdaClient({});

const KEPT_SECONDS = 7 * 24 * 3600;
/** Three attempts of fifteen minutes and the pauses between them: nobody works on it after that. */
const GIVEN_UP_AFTER_MS = 60 * 60 * 1000;

/** Hands a large file to a function with the time and memory for it. */
export async function startRegistration(
  request: NewDataset,
  by: Caller,
  now = new Date(),
): Promise<DatasetRegistration> {
  const id = ulid(now.getTime());
  const { name: dataset } = request;
  const createdAt = now.toISOString();
  const registration: DatasetRegistration = { id, dataset, status: 'profiling', createdAt };
  const expiresAt = Math.floor(now.getTime() / 1000) + KEPT_SECONDS;
  const { documents, name } = table();
  const item = {
    ...keys.datasetRegistration(dataset, id),
    ...registration,
    request,
    by,
    expiresAt,
  };
  await documents.send(new PutCommand({ TableName: name, Item: item }));
  await lambda.send(
    new InvokeCommand({
      FunctionName: settings().PROFILE_DATASET_FUNCTION,
      InvocationType: 'Event',
      Payload: JSON.stringify({ dataset, registrationId: id }),
    }),
  );
  return registration;
}

/** Does the work. Safe to repeat: a finished registration stays as it is. */
export async function runRegistration(dataset: string, id: string): Promise<void> {
  const item = await getItem(keys.datasetRegistration(dataset, id));
  if (item?.status !== 'profiling') return;
  const request = NewDataset.parse(item.request);
  try {
    const found = await findFile(request);
    const { digest } = await registerDataset(request, found, item.by as Caller);
    await finish(dataset, id, { status: 'ready', digest });
  } catch (error) {
    // What the client did wrong ends it; anything else is worth the queue's other attempts.
    if (!(error instanceof AppError) || error.code === 'unavailable') throw error;
    await finish(dataset, id, { status: 'failed', error: error.message });
  }
}

type Outcome = { status: 'ready'; digest: string } | { status: 'failed'; error: string };

async function finish(dataset: string, id: string, outcome: Outcome): Promise<void> {
  const { documents, name } = table();
  const [field, value] =
    outcome.status === 'ready' ? ['digest', outcome.digest] : ['error', outcome.error];
  await documents.send(
    new UpdateCommand({
      TableName: name,
      Key: keys.datasetRegistration(dataset, id),
      UpdateExpression: 'SET #status = :status, #field = :value',
      ExpressionAttributeNames: { '#status': 'status', '#field': field },
      ExpressionAttributeValues: { ':status': outcome.status, ':value': value },
    }),
  );
}

/** @throws AppError `not-found`; a registration that nobody works on any more has failed */
export async function getRegistration(
  dataset: string,
  id: string,
  now = new Date(),
): Promise<DatasetRegistration> {
  const item = await getItem(keys.datasetRegistration(dataset, id));
  if (!item) throw new AppError('not-found', `dataset "${dataset}" has no registration "${id}"`);
  const found = DatasetRegistration.parse(item);
  const isAbandoned = now.getTime() - Date.parse(found.createdAt) > GIVEN_UP_AFTER_MS;
  if (found.status !== 'profiling' || !isAbandoned) return found;
  const error = 'it did not finish: start it again, or look in the dead-letter queue';
  return { ...found, status: 'failed', error };
}
