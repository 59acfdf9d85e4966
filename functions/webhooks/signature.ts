import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';

export const makeSecret = (): string => PREFIX + randomBytes(32).toString('base64');

/** What is signed and sent, whatever the names of the headers. */
export interface Message {
  /** The same in each attempt. */
  readonly id: string;
  /** Seconds since the epoch, of this attempt. */
  readonly timestamp: number;
  readonly body: string;
}

/**
 * `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64, as Standard Webhooks
 * (https://www.standardwebhooks.com) and MLflow's registry webhooks have it.
 */
function signatureOf(key: Buffer, { id, timestamp, body }: Message): string {
  const digest = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return `v1,${digest}`;
}

/** The headers of Standard Webhooks. */
export const signedHeaders = (secret: string, message: Message): Record<string, string> => ({
  'content-type': 'application/json',
  'user-agent': 'Skiff',
  'webhook-id': message.id,
  'webhook-timestamp': `${message.timestamp}`,
  'webhook-signature': signatureOf(Buffer.from(secret.slice(PREFIX.length), 'base64'), message),
});

/** The headers of MLflow, whose secrets are any text, or none. */
export const mlflowHeaders = (
  secret: string | undefined,
  message: Message,
): Record<string, string> => ({
  'content-type': 'application/json',
  'user-agent': 'Skiff',
  'x-mlflow-delivery-id': message.id,
  'x-mlflow-timestamp': `${message.timestamp}`,
  ...(secret && { 'x-mlflow-signature': signatureOf(Buffer.from(secret, 'utf8'), message) }),
});
