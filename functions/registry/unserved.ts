import { AppError } from '#core/errors.ts';
import { table, transact, type Write } from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import { auditWrite } from '#slices/governance';
import { type By, changedMeanwhile, getModel } from './models.ts';
import { MAX_RACES, takeNumber } from './register.ts';
import type { VersionHead } from './schema.ts';
import { about, getVersionHead } from './versions.ts';

export type Unserved = Pick<
  VersionHead,
  'mlflow' | 'lineage' | 'metrics' | 'description' | 'tags'
> & {
  readonly status: 'kept' | 'pending';
  /** In words: why it cannot be served. */
  readonly why: string;
};

/** An item ends at 400 KB. */
const MAX_BYTES = 350_000;

/**
 * Gives the next number to a version that cannot be served, or not yet.
 * @throws AppError `not-found`; `too-large`
 */
export async function keepVersion(
  model: string,
  facts: Unserved,
  by: By,
  now = new Date(),
): Promise<VersionHead> {
  const size = Buffer.byteLength(JSON.stringify(facts));
  if (size > MAX_BYTES) {
    throw new AppError('too-large', `the version's facts have ${size} bytes, at most ${MAX_BYTES}`);
  }
  for (let race = 0; race < MAX_RACES; race++) {
    const kept = await append(model, facts, by, now);
    if (kept) return kept;
  }
  throw changedMeanwhile(`model "${model}"`);
}

async function append(model: string, facts: Unserved, by: By, now: Date) {
  const { latestVersion } = await getModel(model);
  const at = now.toISOString();
  const version: VersionHead = {
    ...facts,
    ...{ model, version: latestVersion + 1, revision: 1 },
    ...{ createdAt: at, createdBy: by.actor, updatedAt: at },
  };
  const { status, why } = facts;
  const detail = { model, version: version.version, status, why };
  const audit = auditWrite({
    ...{ ...by, ...about(model, 'keep'), after: detail, at: now },
    event: { name: 'ModelVersionKept', detail },
  });
  const put: Write = {
    Put: {
      TableName: table().name,
      Item: { ...keys.version(model, version.version), ...version },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  };
  const failed = await transact([takeNumber(model, latestVersion), put, audit]);
  return failed === undefined ? version : undefined;
}

/** Says of a pending version why nothing comes of it. One that is no longer pending stays as it is. */
export async function failVersion(
  model: string,
  number: number,
  why: string,
  by: By,
  now = new Date(),
): Promise<void> {
  const seen = await getVersionHead(model, number);
  if (seen.status !== 'pending') return;
  const detail = { model, version: number, status: 'failed' };
  const audit = auditWrite({
    ...{ ...by, ...about(model, 'fail'), after: { ...detail, why }, at: now },
    event: { name: 'ModelVersionUpdated', detail },
  });
  const update: Write = {
    Update: {
      TableName: table().name,
      Key: keys.version(model, number),
      UpdateExpression: 'SET #s = :failed, why = :w, revision = :r, updatedAt = :u',
      ConditionExpression: 'revision = :seen',
      ExpressionAttributeNames: { '#s': 'status' },
      ExpressionAttributeValues: {
        ...{ ':failed': 'failed', ':w': why, ':u': now.toISOString() },
        ...{ ':r': seen.revision + 1, ':seen': seen.revision },
      },
    },
  };
  if ((await transact([update, audit])) !== undefined) {
    throw changedMeanwhile(`version ${number} of "${model}"`);
  }
}
