import { generateKeyPairSync, sign } from 'node:crypto';
import { BUNDLE_FORMAT, keyIdOf, sha256Of } from '#core/bundle/manifest.ts';
import { tarEnd, tarHeader, tarPadding } from '#core/bundle/tar.ts';
import type { GoldenSample } from '#core/signature/golden.ts';
import type { ServingEndpoint } from '#slices/deployments';
import type { Deployed } from './inference.ts';
import { servingEndpoint } from './inference.ts';
import { artifactOf } from './tiny-model.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
export const TEST_KEY = publicKey.export({ type: 'spki', format: 'pem' }).toString();

export function tarOf(files: readonly (readonly [name: string, bytes: Uint8Array])[]): Buffer {
  const parts = files.flatMap(([name, bytes]) => [
    tarHeader(name, bytes.length),
    bytes,
    tarPadding(bytes.length),
  ]);
  return Buffer.concat([...parts, tarEnd()]);
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

export interface BundleParts {
  readonly revision?: number;
  readonly golden?: GoldenSample;
  readonly reference?: unknown;
  readonly endpoint?: Partial<ServingEndpoint>;
}

/** A bundle as the platform makes it, signed with a key of this process. */
export function makeBundle(name: string, deployed: Deployed, parts: BundleParts = {}): Buffer {
  const { revision = 3, golden, reference } = parts;
  const endpoint = { ...servingEndpoint(name, deployed), revision, ...parts.endpoint };
  const about = (kind: string, value: unknown) =>
    [`variants/default/${kind}.json`, json(value)] as const;
  return signedTar(endpoint, [
    ['endpoint.json', json(endpoint)],
    about('signature', deployed.signature),
    ...(reference ? [about('reference', reference)] : []),
    ...(golden ? [about('golden', golden)] : []),
    [`models/${artifactOf(deployed.model).sha256}.onnx`, deployed.model],
  ]);
}

export function signedTar(
  { name, revision, updatedAt }: Pick<ServingEndpoint, 'name' | 'revision' | 'updatedAt'>,
  files: readonly (readonly [string, Uint8Array])[],
): Buffer {
  const manifest = json({
    ...{ format: BUNDLE_FORMAT, endpoint: name, revision, at: updatedAt },
    files: files.map(([file, bytes]) => ({
      ...{ name: file, sha256: sha256Of(bytes), sizeBytes: bytes.length },
    })),
  });
  const proof = {
    ...{ algorithm: 'Ed25519', keyId: keyIdOf(TEST_KEY) },
    signature: sign(null, manifest, privateKey).toString('base64'),
  };
  return tarOf([['manifest.json', manifest], ['manifest.sig.json', json(proof)], ...files]);
}
