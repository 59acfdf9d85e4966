import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createUpload, findUpload } from '../../../functions/registry/uploads.ts';

Object.assign(process.env, {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  TABLE_NAME: 'table',
  ARTIFACTS_BUCKET: 'artifacts',
  DATA_BUCKET: 'data',
});
const NOW = new Date('2026-11-25T12:00:00Z');
const HOUR = 3_600_000;
const later = (ms: number) => new Date(NOW.getTime() + ms);
const content = { sizeBytes: 1234, sha256: 'ab'.repeat(32) };
const dynamo = mockClient(DynamoDBDocumentClient);
beforeEach(() => void dynamo.reset());

/** Announces an upload, and lets it be found in the table. */
async function announce() {
  dynamo.on(PutCommand).resolves({});
  const upload = await createUpload(content, 'alice', NOW);
  const stored = dynamo.commandCalls(PutCommand)[0]?.args[0].input.Item;
  dynamo.on(GetCommand).resolves({ Item: stored });
  return { upload, stored };
}

describe('an upload that was announced', () => {
  it('gets a URL whose signature binds size and SHA-256, for an hour', async () => {
    const { upload } = await announce();
    const query = new URL(upload.url).searchParams;
    expect(query.get('X-Amz-SignedHeaders')).toBe('content-length;host;x-amz-checksum-sha256');
    expect(query.get('X-Amz-Expires')).toBe('3600');
    expect(upload.headers).toMatchObject({
      'content-length': '1234',
      'x-amz-checksum-sha256': Buffer.from(content.sha256, 'hex').toString('base64'),
    });
    expect(upload.expiresAt).toBe(later(HOUR).toISOString());
  });

  it('is found with the digest that was announced', async () => {
    const { upload } = await announce();
    expect(await findUpload(upload.uploadId, later(HOUR))).toEqual({
      object: { bucket: 'artifacts', key: `uploads/${upload.uploadId}` },
      sha256: content.sha256,
    });
  });

  it('is gone after a day where nobody registered it, even while the table still has it', async () => {
    const { upload, stored } = await announce();
    expect(stored?.expiresAt).toBe(later(24 * HOUR).getTime() / 1000);
    expect(await findUpload(upload.uploadId, later(24 * HOUR - 1))).toBeDefined();
    expect(await findUpload(upload.uploadId, later(24 * HOUR + 1))).toBeUndefined();
  });
});
