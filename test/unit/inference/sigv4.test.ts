import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { sign } from '#shared/sigv4.ts';

/** The SDK's signer wants its hashes in this form. */
class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBufferView) {
    this.#hash = secret ? createHmac('sha256', secret as Buffer) : createHash('sha256');
  }

  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

const text = fc.string({ unit: 'grapheme-ascii', minLength: 1 });
const name = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,20}[a-z0-9]$/);

const requests = fc.record({
  service: fc.constantFrom('dynamodb' as const, 's3' as const),
  region: fc.constantFrom('us-east-1', 'eu-central-1', 'cn-north-1'),
  accessKeyId: fc.stringMatching(/^[A-Z0-9]{16,20}$/),
  secretAccessKey: text,
  sessionToken: fc.option(fc.base64String({ minLength: 4 }), { nil: undefined }),
  at: fc.date({ min: new Date('2020-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
  host: name,
  path: fc.array(name, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`),
  put: fc.boolean(),
  body: fc.oneof(fc.string(), fc.uint8Array()),
});

describe('our signature', () => {
  it('is the SDK’s own, for any request that we make', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const { service, region, host, path, body, at } = request;
        const { accessKeyId, secretAccessKey, sessionToken } = request;
        const credentials = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
        const method = service === 's3' ? (request.put ? 'PUT' : 'GET') : 'POST';
        const headers = { 'x-amz-target': 'DynamoDB_20120810.GetItem' };
        const ours = sign(
          { method, host, path, headers, body },
          { service, region, credentials, at },
        );
        const signer = new SignatureV4({
          service,
          region,
          credentials,
          sha256: Sha256 as never,
          applyChecksum: true,
          uriEscapePath: service !== 's3',
        });
        const theirs = await signer.sign(
          {
            method,
            protocol: 'https:',
            hostname: host,
            path,
            headers: { ...headers, host },
            body,
          } as never,
          { signingDate: at },
        );
        expect(ours).toEqual((theirs as unknown as { headers: unknown }).headers);
      }),
      { numRuns: 300 },
    );
  });
});
