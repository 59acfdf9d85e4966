import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { ulid } from 'ulid';
import { getItem, table } from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import { type ObjectRef, presignPut } from '#shared/objects.ts';
import type { NewUpload, Upload } from './schema.ts';
import { settings } from './settings.ts';

const URL_SECONDS = 3600;
/** The bucket's lifecycle rule removes what was uploaded and never registered after the same day. */
const KEPT_SECONDS = 24 * 3600;

const uploadRef = (id: string): ObjectRef => ({
  bucket: settings().ARTIFACTS_BUCKET,
  key: `uploads/${id}`,
});

/** Announces an upload: the answer's URL takes exactly the announced bytes, for one hour. */
export async function createUpload(
  wanted: NewUpload,
  actor: string,
  now = new Date(),
): Promise<Upload> {
  const uploadId = ulid(now.getTime());
  const expiresAt = Math.floor(now.getTime() / 1000) + KEPT_SECONDS;
  const { documents, name } = table();
  await documents.send(
    new PutCommand({
      TableName: name,
      Item: { ...keys.upload(uploadId), ...wanted, createdBy: actor, expiresAt },
    }),
  );
  const { url, headers } = await presignPut(uploadRef(uploadId), wanted, URL_SECONDS);
  const urlExpiresAt = new Date(now.getTime() + URL_SECONDS * 1000).toISOString();
  return { uploadId, method: 'PUT', url, headers, expiresAt: urlExpiresAt };
}

export async function findUpload(
  id: string,
  now = new Date(),
): Promise<{ object: ObjectRef; sha256: string } | undefined> {
  const item = await getItem(keys.upload(id));
  // The table removes expired items within days, not at once.
  if (!item || Number(item.expiresAt) * 1000 < now.getTime()) return undefined;
  return { object: uploadRef(id), sha256: String(item.sha256) };
}
