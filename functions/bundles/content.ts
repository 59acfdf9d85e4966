import {
  BUNDLE_FORMAT,
  MANIFEST,
  type Manifest,
  SIGNATURE,
  sha256Of,
} from '#core/bundle/manifest.ts';
import { AppError } from '#core/errors.ts';
import type { ServingEndpoint, ServingVariant } from '#slices/deployments';
import { trainingProfile } from '#slices/monitoring';
import { getGoldenSample, getVersion } from '#slices/registry';
import type { SigningKey } from './signing-key.ts';

/** A file of a bundle: its bytes, or where among the artifacts they are. */
export interface BundleFile {
  readonly name: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly bytes?: Uint8Array;
}

/** What there is of each variant beside its model. */
interface About {
  readonly goldenSample: boolean;
  readonly reference: boolean;
}

export interface BundleContent {
  readonly files: readonly BundleFile[];
  readonly about: ReadonlyMap<string, About>;
  readonly manifestSha256: string;
}

/**
 * All files of the bundle of a revision, the signed manifest first. They follow from the revision
 * alone, and so does the signature (Ed25519 draws nothing at random).
 *
 * @throws AppError `unprocessable` where a variant runs elsewhere
 */
export async function bundleContent(
  serving: ServingEndpoint,
  key: SigningKey,
): Promise<BundleContent> {
  const files = new Map<string, BundleFile>();
  files.set('endpoint.json', jsonFile('endpoint.json', serving));
  const about = new Map<string, About>();
  for (const variant of serving.variants) {
    const own = await variantFiles(serving.name, variant);
    about.set(variant.name, own.about);
    for (const file of own.files) files.set(file.name, file);
  }
  const named = [...files.values()];
  const manifest: Manifest = {
    format: BUNDLE_FORMAT,
    endpoint: serving.name,
    revision: serving.revision,
    at: serving.updatedAt,
    files: named.map(({ name, sha256, sizeBytes }) => ({ name, sha256, sizeBytes })),
  };
  const file = jsonFile(MANIFEST, manifest);
  const signature = key.sign(file.bytes).toString('base64');
  const proof = jsonFile(SIGNATURE, { algorithm: 'Ed25519', keyId: key.keyId, signature });
  return { files: [file, proof, ...named], about, manifestSha256: file.sha256 };
}

async function variantFiles(endpoint: string, { name, artifact, ...variant }: ServingVariant) {
  if (!artifact) {
    throw new AppError(
      'unprocessable',
      `the variant "${name}" of "${endpoint}" runs on SageMaker: a bundle holds models that run anywhere`,
    );
  }
  const version = await getVersion(variant.model, variant.version);
  const golden = await getGoldenSample(variant.model, variant.version);
  const reference = await trainingProfile(version);
  const { signature, lineage } = version;
  const contract = { features: signature.features ?? [], preprocessing: lineage.preprocessing };
  const file = (kind: string, value: unknown) => jsonFile(`variants/${name}/${kind}.json`, value);
  const files: readonly BundleFile[] = [
    file('signature', variant.signature),
    file('contract', contract),
    ...(reference ? [file('reference', reference)] : []),
    ...(golden ? [file('golden', golden)] : []),
    { name: `models/${artifact.sha256}.onnx`, ...artifact },
  ];
  return { files, about: { goldenSample: Boolean(golden), reference: Boolean(reference) } };
}

function jsonFile(name: string, value: unknown): BundleFile & { readonly bytes: Uint8Array } {
  const bytes = Buffer.from(JSON.stringify(sorted(value)));
  return { name, sha256: sha256Of(bytes), sizeBytes: bytes.length, bytes };
}

/** With the names of fields in one order: those of the table come in any. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([name, inner]) => [name, sorted(inner)]));
}
