import { table, type Write } from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import { auditWrite } from '#slices/governance';
import type { By } from './models.ts';
import type { ModelVersion } from './schema.ts';

type Status = ModelVersion['status'];

/**
 * The writes that give a version a status because of a validation. They belong in the transaction
 * that changes the validation, and fail where the version has changed since it was read.
 * @param to equal to the present status: only the newest validation is noted
 */
export function statusWrites(
  seen: ModelVersion,
  to: Status,
  validation: string,
  by: By & { action: string; reason?: string },
  now: Date,
): Write[] {
  const { model, version } = seen;
  const update: Write = {
    Update: {
      TableName: table().name,
      Key: keys.version(model, version),
      UpdateExpression: 'SET #s = :to, validation = :v, revision = :next, updatedAt = :u',
      ConditionExpression: 'revision = :seen',
      ExpressionAttributeNames: { '#s': 'status' },
      ExpressionAttributeValues: {
        ':to': to,
        ':v': validation,
        ':seen': seen.revision,
        ':next': seen.revision + 1,
        ':u': now.toISOString(),
      },
    },
  };
  if (to === seen.status) return [update];
  const { action, reason, ...caller } = by;
  const audit = auditWrite({
    ...caller,
    action,
    resource: `model/${model}`,
    before: { version, status: seen.status },
    after: { version, status: to, validation, ...(reason && { reason }) },
    event: { name: 'ModelVersionUpdated', detail: { model, version, status: to } },
    at: now,
  });
  return [update, audit];
}
