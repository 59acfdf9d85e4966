import { gunzipSync, gzipSync } from 'node:zlib';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { AppError } from '#core/errors.ts';
import {
  type ScoredRows,
  ScoredRowsJson,
  scoredRowsFromJson,
  scoredRowsToJson,
} from '#core/estimation/scored-rows.ts';
import {
  getItem,
  type Item,
  newestPage,
  type Page,
  type PageRequest,
  table,
  type Write,
} from '#shared/dynamo.ts';
import { keys, ordinal } from '#shared/keys.ts';
import { type ObjectRef, readObject, statusOfS3, writeObject } from '#shared/objects.ts';
import type { CheckName } from './evidence.ts';
import { CHECKS, CheckSummary, Validation, type ValidationWithChecks } from './schema.ts';
import { settings } from './settings.ts';

/**
 * Three times what the workflow may take: whoever still finds it unfinished then can be sure that
 * nobody works on it.
 */
const GIVEN_UP_AFTER_MS = 3 * 3600 * 1000;

export const isFinished = ({ status }: Pick<Validation, 'status'>): boolean =>
  status !== 'queued' && status !== 'running';

/** @throws AppError `not-found` */
export async function getValidation(
  model: string,
  version: number,
  id: string,
): Promise<Validation> {
  return readValidation(await validationItem(model, version, id));
}

export async function validationItem(model: string, version: number, id: string): Promise<Item> {
  const item = await getItem(keys.validation(model, version, id));
  if (item) return item;
  throw new AppError('not-found', `version ${version} of "${model}" has no validation "${id}"`);
}

function readValidation(item: Item, now = Date.now()): Validation {
  const found = Validation.parse(item);
  if (isFinished(found) || now - Date.parse(found.createdAt) < GIVEN_UP_AFTER_MS) return found;
  const reason = 'it did not finish: start another one, or look in the dead-letter queues';
  return { ...found, status: 'failed', reason };
}

/** Newest first. */
export async function listValidations(
  model: string,
  version: number,
  page: PageRequest,
): Promise<Page<Validation>> {
  const { pk } = keys.model(model);
  const found = await newestPage(pk, `VALIDATION#${ordinal(version)}#`, page);
  return { ...found, items: found.items.map((item) => readValidation(item)) };
}

export async function latestValidation(
  model: string,
  version: number,
): Promise<Validation | undefined> {
  return (await listValidations(model, version, { limit: 1 })).items[0];
}

/** With what each check has come to so far. */
export async function withChecks(validation: Validation): Promise<ValidationWithChecks> {
  const checks = await readChecks(validation.id);
  const ended = isFinished(validation);
  return { ...validation, checks: ended ? checks.map(endedToo(validation)) : checks };
}

const endedToo =
  ({ status, reason }: Validation) =>
  (check: CheckSummary): CheckSummary => {
    if (check.status !== 'pending' && check.status !== 'running') return check;
    if (status === 'cancelled') return { ...check, status: 'cancelled' };
    return { ...check, status: 'failed', reason: reason ?? 'it did not finish' };
  };

export async function readChecks(validation: string): Promise<CheckSummary[]> {
  const items = await Promise.all(CHECKS.map((check) => getItem(keys.check(validation, check))));
  return items.map((item, i) =>
    item ? CheckSummary.parse(item) : { check: CHECKS[i] as CheckName, status: 'pending' },
  );
}

export const pendingCheck = (validation: string, check: CheckName): Write => ({
  Put: {
    TableName: table().name,
    Item: { ...keys.check(validation, check), check, status: 'pending' },
  },
});

/** Writes what is known of a check, unless it has ended already; answers what is on record then. */
export async function saveCheck(validation: string, summary: CheckSummary): Promise<CheckSummary> {
  try {
    await updateCheck(validation, CheckSummary.parse(summary));
    return summary;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return CheckSummary.parse(await getItem(keys.check(validation, summary.check)));
  }
}

async function updateCheck(validation: string, { check, ...fields }: CheckSummary): Promise<void> {
  const { documents, name } = table();
  const set = Object.entries(fields).filter(([, value]) => value !== undefined);
  await documents.send(
    new UpdateCommand({
      TableName: name,
      Key: keys.check(validation, check),
      UpdateExpression: `SET ${set.map(([field]) => `#${field} = :${field}`).join(', ')}, #check = :check`,
      ConditionExpression: 'attribute_not_exists(#status) OR #status IN (:pending, :running)',
      ExpressionAttributeNames: {
        '#check': 'check',
        '#status': 'status',
        ...Object.fromEntries(set.map(([field]) => [`#${field}`, field])),
      },
      ExpressionAttributeValues: {
        ':check': check,
        ...{ ':pending': 'pending', ':running': 'running' },
        ...Object.fromEntries(set.map(([field, value]) => [`:${field}`, value])),
      },
    }),
  );
}

const evidenceRef = (validation: string, check: string): ObjectRef => ({
  bucket: settings().DATA_BUCKET,
  key: `reports/validations/${validation}/${check}.json`,
});

export const writeEvidence = (validation: string, check: CheckName, evidence: unknown) =>
  writeObject(evidenceRef(validation, check), Buffer.from(evidenceText(evidence)));

/** As JSON, which has finite numbers only: others are null, and an interval without an end is none. */
export const evidenceText = (evidence: unknown): string =>
  JSON.stringify(evidence, (key, value) =>
    key === 'interval' && !(Number.isFinite(value?.lower) && Number.isFinite(value?.upper))
      ? undefined
      : value,
  );

/** @throws AppError `not-found` where the check left none */
export async function readEvidence(validation: string, check: CheckName): Promise<unknown> {
  const summary = await getItem(keys.check(validation, check));
  if (summary?.status !== 'completed') {
    throw new AppError(
      'not-found',
      `the check "${check}" of validation "${validation}" has left no evidence: it is ${summary?.status ?? 'unknown'}`,
    );
  }
  const { bytes } = await readObject(evidenceRef(validation, check));
  return JSON.parse(Buffer.from(bytes).toString('utf8'));
}

const scoredRowsRef = (validation: string): ObjectRef => ({
  bucket: settings().DATA_BUCKET,
  key: `reports/validations/${validation}/scored-rows.json.gz`,
});

export const writeScoredRows = (validation: string, scored: ScoredRows) =>
  writeObject(scoredRowsRef(validation), gzipSync(JSON.stringify(scoredRowsToJson(scored))));

/** Rows that the quality check answered, with their truth; undefined where it kept none. */
export async function readScoredRows(validation: string): Promise<ScoredRows | undefined> {
  try {
    const { bytes } = await readObject(scoredRowsRef(validation));
    return scoredRowsFromJson(ScoredRowsJson.parse(JSON.parse(gunzipSync(bytes).toString())));
  } catch (error) {
    if (statusOfS3(error) === 404) return undefined;
    throw error;
  }
}
