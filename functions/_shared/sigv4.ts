import { createHash, createHmac } from 'node:crypto';

/*
 * AWS Signature Version 4, as far as items and objects of the prediction path need it: the SDK would take
 * half of a cold start (docs/performance.md). Tested against the SDK's own signer.
 */

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface Signable {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly host: string;
  /** Encoded already, segment by segment: nothing is encoded here. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export interface Scope {
  readonly service: 'dynamodb' | 's3' | 'kinesis' | 'sqs' | 'firehose';
  readonly region: string;
  readonly credentials: Credentials;
  readonly at: Date;
}

/** All headers to send, the signature among them. */
export function sign(request: Signable, scope: Scope): Record<string, string> {
  const time = scope.at.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const bodyHash = sha256(request.body);
  const headers: Record<string, string> = {
    ...request.headers,
    host: request.host,
    'x-amz-date': time,
    'x-amz-content-sha256': bodyHash,
  };
  const { accessKeyId, sessionToken } = scope.credentials;
  if (sessionToken) headers['x-amz-security-token'] = sessionToken;
  const names = Object.keys(headers).sort();
  const canonical = [
    request.method,
    request.path,
    '',
    ...names.map((name) => `${name}:${headers[name]?.trim()}`),
    '',
    names.join(';'),
    bodyHash,
  ].join('\n');
  const area = `${time.slice(0, 8)}/${scope.region}/${scope.service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', time, area, sha256(canonical)].join('\n');
  const signature = hmac(signingKey(scope, time.slice(0, 8)), toSign).toString('hex');
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${area}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return headers;
}

const signingKey = (scope: Scope, day: string): Buffer =>
  [day, scope.region, scope.service, 'aws4_request'].reduce<Buffer>(
    (key, part) => hmac(key, part),
    Buffer.from(`AWS4${scope.credentials.secretAccessKey}`),
  );

const sha256 = (text: string | Uint8Array): string =>
  createHash('sha256').update(text).digest('hex');
const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
