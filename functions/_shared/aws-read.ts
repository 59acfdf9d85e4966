import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#core/errors.ts';
import { type Credentials, type Scope, sign } from './sigv4.ts';

/*
 * GetItem and GetObject over node:https, for what predicts as requests or records come (aws-write.ts
 * and aws-json.ts work in the same way): everything else uses the SDK. Connections are kept alive; what fails for load, outage
 * or a connection that went stale while the function was frozen is tried again.
 */

const ATTEMPTS = 3;
/** An item comes at once or not at all; the first byte of a large object may take longer. */
const SILENCE_MS = {
  dynamodb: 1_000,
  s3: 5_000,
  kinesis: 5_000,
  sqs: 5_000,
  firehose: 5_000,
} as const;
const BACKOFF_MS = 25;

export interface Target {
  readonly url: URL;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array;
  readonly service: Scope['service'];
  /** Bytes that the answer may have. */
  readonly maxBytes: number;
}

/** Attribute values by name, in DynamoDB's JSON. */
export type Item = Record<string, AttributeValue>;

export type AttributeValue =
  | { S: string }
  | { N: string }
  | { BOOL: boolean }
  | { NULL: true }
  | { L: AttributeValue[] }
  | { M: Record<string, AttributeValue> };

/** The item in DynamoDB's JSON; undefined where there is none. */
export async function getItem(table: string, key: Item): Promise<Item | undefined> {
  const answer = await call(dynamoTarget('GetItem', { TableName: table, Key: key }));
  return JSON.parse(answer.toString('utf8')).Item;
}

export const dynamoTarget = (operation: 'GetItem' | 'PutItem', input: unknown): Target => ({
  url: serviceUrl('dynamodb'),
  method: 'POST',
  headers: {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `DynamoDB_20120810.${operation}`,
  },
  body: JSON.stringify(input),
  service: 'dynamodb',
  maxBytes: 2 ** 20,
});

/** An object whose size is known; any other size is an error. */
export async function getObject(bucket: string, key: string, sizeBytes: number): Promise<Buffer> {
  const url = objectUrl(bucket, key);
  const bytes = await call({
    url,
    method: 'GET',
    headers: {},
    body: '',
    service: 's3',
    maxBytes: sizeBytes,
  });
  if (bytes.length === sizeBytes) return bytes;
  throw new Error(`s3: ${key} has ${bytes.length} bytes, not ${sizeBytes}`);
}

/** @throws AppError `unavailable` after the last attempt */
export async function call(target: Target): Promise<Buffer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readOnce(target);
    } catch (error) {
      if (attempt === ATTEMPTS || (error as ReadError).final) throw asAppError(error, target);
      await delay(BACKOFF_MS * 2 ** attempt * Math.random());
    }
  }
}

interface ReadError extends Error {
  readonly final?: boolean;
}

const asAppError = (cause: unknown, target: Target) =>
  (cause as ReadError).final
    ? cause
    : new AppError('unavailable', `${target.service} is not answering: try again`, { cause });

async function readOnce(target: Target): Promise<Buffer> {
  const response = await send(target);
  const status = response.statusCode ?? 0;
  const limit = status === 200 ? target.maxBytes : 2 ** 16;
  const body = await collect(response, limit);
  if (status === 200) return body;
  const text = body.toString('utf8').slice(0, 500);
  const final = status < 500 && status !== 429 && !/Throttl|Throughput|RequestLimit/.test(text);
  throw Object.assign(new Error(`${target.service} answered ${status}: ${text}`), { final });
}

function send(target: Target): Promise<IncomingMessage> {
  const { url, method, body } = target;
  const { request, agent } = clientOf(url.protocol);
  const headers = sign(
    { method, host: url.host, path: url.pathname, headers: target.headers, body },
    { service: target.service, region: region(), credentials: credentials(), at: new Date() },
  );
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent, headers }, resolve);
    sent.setTimeout(SILENCE_MS[target.service], () => sent.destroy(new Error('no answer in time')));
    sent.on('error', reject);
    sent.end(body);
  });
}

async function collect(response: IncomingMessage, limit: number): Promise<Buffer> {
  const announced = Number(response.headers['content-length'] ?? Number.NaN);
  if (announced > limit) {
    response.destroy();
    throw Object.assign(new Error(`the answer has ${announced} bytes`), { final: true });
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) throw Object.assign(new Error('the answer is too long'), { final: true });
    chunks.push(chunk);
  }
  if (announced >= 0 && length !== announced) throw new Error('the answer was cut short');
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length);
}

interface Client {
  readonly request: (
    url: URL,
    options: RequestOptions,
    onAnswer: (response: IncomingMessage) => void,
  ) => ClientRequest;
  readonly agent: NonNullable<RequestOptions['agent']>;
}

const clients = new Map<string, Client>();

/** Only the module that is needed is loaded: TLS takes its time. */
function clientOf(protocol: string): Client {
  const known = clients.get(protocol);
  if (known) return known;
  const { request, Agent } =
    protocol === 'http:'
      ? process.getBuiltinModule('node:http')
      : process.getBuiltinModule('node:https');
  const client = { request, agent: new Agent({ keepAlive: true }) };
  clients.set(protocol, client);
  return client;
}

const region = (): string => process.env.AWS_REGION ?? 'us-east-1';

/** Lambda hands them to the process for its whole life. */
function credentials(): Credentials {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    throw Object.assign(new Error('no AWS credentials in the environment'), { final: true });
  }
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN,
  };
}

const override = (service: string): string | undefined =>
  process.env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ?? process.env.AWS_ENDPOINT_URL;

const domain = (): string => `amazonaws.com${region().startsWith('cn-') ? '.cn' : ''}`;

export const serviceUrl = (service: string): URL =>
  new URL(override(service) ?? `https://${service}.${region()}.${domain()}/`);

export function objectUrl(bucket: string, key: string): URL {
  const own = override('s3');
  const path = key.split('/').map(encodeURIComponent).join('/');
  if (own) return new URL(`/${bucket}/${path}`, own);
  return new URL(`/${path}`, `https://${bucket}.s3.${region()}.${domain()}`);
}

/** Opens a connection while something else is being done; TLS only, others cost nothing. */
export function connectEarly(bucket: string): void {
  for (const url of [serviceUrl('dynamodb'), objectUrl(bucket, '')]) {
    if (url.protocol !== 'https:') continue;
    const { request, agent } = clientOf(url.protocol);
    // Whatever comes back, a refusal included, leaves a connection that the next call can use.
    const opening = request(url, { method: 'GET', agent }, (response) => response.resume());
    opening.setTimeout(SILENCE_MS.s3, () => opening.destroy());
    opening.on('error', () => {});
    opening.end();
  }
}
