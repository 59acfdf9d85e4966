import { createHash, createPublicKey, verify } from 'node:crypto';
import * as z from 'zod';
import { AppError } from '../errors.ts';
import { readTar } from './tar.ts';

/** Another number: older programs must refuse it. */
export const BUNDLE_FORMAT = 'skiff.bundle/1';
export const MANIFEST = 'manifest.json';
export const SIGNATURE = 'manifest.sig.json';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** Everything that is in a bundle beside itself and its signature. */
export const Manifest = z.strictObject({
  format: z.literal(BUNDLE_FORMAT),
  endpoint: z.string(),
  revision: z.int().positive(),
  /** When the revision was made. */
  at: z.iso.datetime(),
  files: z.array(z.strictObject({ name: z.string(), sha256: Sha256, sizeBytes: z.int().min(0) })),
});
export type Manifest = z.infer<typeof Manifest>;

/** Of the bytes of the manifest. */
export const ManifestSignature = z.strictObject({
  algorithm: z.literal('Ed25519'),
  keyId: z.string(),
  signature: z.base64(),
});

/** What tells keys apart: the beginning of the digest of the public key. */
export const keyIdOf = (publicKeyPem: string): string =>
  sha256Of(createPublicKey(publicKeyPem).export({ type: 'spki', format: 'der' })).slice(0, 16);

export const sha256Of = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

export interface OpenBundle {
  readonly manifest: Manifest;
  /** By name; all that the manifest names, and nothing else. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/**
 * Opens a bundle whose manifest one of the keys has signed and whose files are those it names.
 *
 * @param publicKeys PEM
 * @throws AppError `unprocessable` where one bit of it is not as it was signed
 */
export function openBundle(archive: Uint8Array, publicKeys: readonly string[]): OpenBundle {
  const files = readTar(archive);
  const text = take(files, MANIFEST);
  checkSignature(text, take(files, SIGNATURE), publicKeys);
  const manifest = parse(Manifest, text, MANIFEST);
  for (const { name, sha256, sizeBytes } of manifest.files) {
    const bytes = files.get(name);
    if (!bytes) throw refused(`"${name}" is missing`);
    if (bytes.length !== sizeBytes || sha256Of(bytes) !== sha256) {
      throw refused(`"${name}" is not what was signed`);
    }
  }
  if (files.size !== new Set(manifest.files.map(({ name }) => name)).size) {
    throw refused('it holds files that were not signed');
  }
  return { manifest, files };
}

function take(files: Map<string, Uint8Array>, name: string): Uint8Array {
  const bytes = files.get(name);
  if (!bytes) throw refused(`"${name}" is missing`);
  files.delete(name);
  return bytes;
}

function checkSignature(text: Uint8Array, signature: Uint8Array, keys: readonly string[]): void {
  const { keyId, signature: base64 } = parse(ManifestSignature, signature, SIGNATURE);
  const key = keys.find((pem) => keyIdOf(pem) === keyId);
  if (!key) throw refused(`it was signed with the key ${keyId.slice(0, 32)}, which is not trusted`);
  if (!verify(null, text, key, Buffer.from(base64, 'base64'))) {
    throw refused('its signature does not hold');
  }
}

function parse<S extends z.ZodType>(schema: S, bytes: Uint8Array, name: string): z.output<S> {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (error) {
    throw refused(`"${name}" cannot be read: ${(error as Error).message.slice(0, 200)}`);
  }
}

const refused = (why: string): AppError =>
  new AppError('unprocessable', `the bundle was refused: ${why}`);
