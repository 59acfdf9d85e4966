import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject, sign } from 'node:crypto';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { keyIdOf } from '#core/bundle/manifest.ts';
import { readEnv } from '#shared/env.ts';

/** What an Ed25519 key in PKCS 8 begins with; its 32 bytes follow (RFC 8410). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const SEED_BYTES = 32;

export interface SigningKey {
  readonly keyId: string;
  readonly publicKey: string;
  readonly sign: (bytes: Uint8Array) => Buffer;
}

/** The key that follows from a secret: the same each time. */
export function keyFromSecret(secret: string): SigningKey {
  const seed = hkdfSync('sha256', secret, '', 'skiff.bundle Ed25519', SEED_BYTES);
  const der = Buffer.concat([PKCS8_HEAD, Buffer.from(seed)]);
  const key: KeyObject = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
  return { keyId: keyIdOf(publicKey), publicKey, sign: (bytes) => sign(null, bytes, key) };
}

/** Of Secrets Manager; what devices talk to has none. */
const Settings = z.object({ SIGNING_SECRET: z.string().min(1) });
const secrets = new SecretsManagerClient({});
let known: Promise<SigningKey> | undefined;

/** The platform's own: its secret is made once, by the stack, and read by nobody else. */
export function signingKey(): Promise<SigningKey> {
  known ??= secrets
    .send(new GetSecretValueCommand({ SecretId: readEnv(Settings).SIGNING_SECRET }))
    .then(({ SecretString = '' }) => keyFromSecret(SecretString))
    .catch((error: unknown) => {
      known = undefined;
      throw error;
    });
  return known;
}
