import { closeSync, openSync, readSync } from 'node:fs';
import type { OpenBundle } from '#core/bundle/manifest.ts';
import { AppError } from '#core/errors.ts';
import type { ColumnProfile } from '#core/profile/schema.ts';
import type { GoldenSample } from '#core/signature/golden.ts';
import type { ServingEndpoint } from '#slices/deployments';
import { routerOf } from '../route.ts';
import { createService, type InferenceService, type Limits } from '../service.ts';
import type { Artifact } from '../sessions.ts';
import { selfTest } from './self-test.ts';

export interface ActiveOptions {
  readonly memoryMb: number;
  readonly limits: Limits;
  /** Of the requests; what the endpoint says where it is left out. */
  readonly captureShare?: number | undefined;
  readonly warn: (message: string, cause: unknown) => void;
}

/** Where a bundle lies: models are read from the file again where memory was short. */
export interface Archive {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** A bundle whose models are loaded and have passed their self-test. */
export interface Active {
  readonly endpoint: ServingEndpoint;
  readonly service: InferenceService;
  /** What the training data looked like, by variant. */
  readonly references: ReadonlyMap<string, readonly ColumnProfile[]>;
  /** Lets go of its models, once nothing runs on them any more. */
  close(): void;
}

/**
 * Loads the models of a bundle that was verified, and tests them.
 *
 * @throws AppError why it cannot be served
 */
export async function activate(
  { files }: OpenBundle,
  archive: Archive,
  options: ActiveOptions,
): Promise<Active> {
  const endpoint = endpointOf(files, options.captureShare);
  const service = createService({
    fetchEndpoint: async (name) => (name === endpoint.name ? endpoint : undefined),
    fetchArtifact: modelsIn(files, archive),
    functionMegabytes: options.memoryMb,
    limits: options.limits,
    // The record never changes: another bundle has a service of its own.
    times: { soft: Infinity, hard: Infinity, unknown: 1_000, replace: 0 },
    warn: options.warn,
  });
  const references = new Map<string, readonly ColumnProfile[]>();
  try {
    for (const target of routerOf(await service.endpoints.wait(endpoint.name)).targets) {
      const folder = `variants/${target.variant.name}`;
      await selfTest(service, target, jsonIn<GoldenSample>(files, `${folder}/golden.json`));
      const reference = jsonIn<Reference>(files, `${folder}/reference.json`);
      if (reference) references.set(target.variant.name, reference.columns);
    }
  } catch (error) {
    service.sessions.clear();
    throw error;
  }
  return { endpoint, service, references, close: () => service.sessions.clear() };
}

interface Reference {
  readonly columns: readonly ColumnProfile[];
}

/** On its own, for no closure of what is served must hold the files: they are the whole archive. */
function jsonIn<T>(files: OpenBundle['files'], name: string): T | undefined {
  const bytes = files.get(name);
  return bytes && (JSON.parse(Buffer.from(bytes).toString('utf8')) as T);
}

/** As the platform has signed it: of the shape that the prediction path reads from the table. */
function endpointOf(files: OpenBundle['files'], share: number | undefined): ServingEndpoint {
  const endpoint = jsonIn<ServingEndpoint>(files, 'endpoint.json');
  if (!endpoint) throw new AppError('unprocessable', 'it has no endpoint.json');
  if (share === undefined) return endpoint;
  return { ...endpoint, capture: { ...endpoint.capture, share } };
}

/** From the file and not from memory, where they would stay beside what was made of them. */
function modelsIn(files: OpenBundle['files'], { path, bytes: whole }: Archive) {
  const places = new Map<string, number>();
  for (const [name, bytes] of files) {
    const sha256 = /^models\/([0-9a-f]{64})\.onnx$/.exec(name)?.[1];
    if (sha256) places.set(sha256, bytes.byteOffset - whole.byteOffset);
  }
  return async ({ sha256, sizeBytes }: Artifact): Promise<Uint8Array> => {
    const at = places.get(sha256);
    if (at === undefined) throw new Error(`the bundle has no model ${sha256}`);
    const bytes = Buffer.alloc(sizeBytes);
    const file = openSync(path, 'r');
    try {
      readSync(file, bytes, 0, sizeBytes, at);
    } finally {
      closeSync(file);
    }
    return bytes;
  };
}
