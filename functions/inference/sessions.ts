import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { AppError } from '#core/errors.ts';
import type { OnnxSession } from '#shared/onnx.ts';

export interface Artifact {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** A loaded model while it is lent out: give it back with `done`. */
export interface Loaded {
  readonly session: OnnxSession;
  uses: number;
  evicted: boolean;
}

export interface SessionSource {
  readonly fetchArtifact: (artifact: Artifact) => Promise<Uint8Array>;
  readonly createSession: (model: Uint8Array) => Promise<OnnxSession>;
  /** Memory that all loaded models may take together. */
  readonly maxBytes: number;
}

/**
 * What a model takes once loaded: the runtime keeps its tensors and packs the weights a second
 * time (measured: twice the file), plus its own structures.
 */
export const memoryOf = (artifact: Artifact): number => 2 * artifact.sizeBytes + 4 * 2 ** 20;

/** What Node, the runtime and the largest request need beside the models. */
const RESERVED_BYTES = 256 * 2 ** 20;

/** Of a function with this much memory, what its models may take. */
export const modelMemory = (functionMegabytes: number): number =>
  Math.max(functionMegabytes * 2 ** 20 - RESERVED_BYTES, 32 * 2 ** 20);

/**
 * Loaded models by digest, the least recently used given up when memory runs out. A model that is
 * asked for by several requests is loaded once; one given up while it runs is released afterwards.
 */
export class Sessions {
  readonly #source: SessionSource;
  readonly #loaded: LRUCache<string, Loaded>;
  readonly #loading = new Map<string, Promise<Loaded>>();

  constructor(source: SessionSource) {
    this.#source = source;
    this.#loaded = new LRUCache({
      maxSize: source.maxBytes,
      dispose: (loaded) => {
        loaded.evicted = true;
        releaseIfIdle(loaded);
      },
    });
  }

  /** Without waiting, where the model is loaded; counts as a use until `done`. */
  take(artifact: Artifact): Loaded | undefined {
    const loaded = this.#loaded.get(artifact.sha256);
    if (loaded) loaded.uses++;
    return loaded;
  }

  has(artifact: Artifact): boolean {
    return this.#loaded.has(artifact.sha256);
  }

  /** Loads the model if need be; throws what makes that impossible, and can be tried again. */
  async load(artifact: Artifact): Promise<void> {
    if (this.has(artifact)) return;
    await (this.#loading.get(artifact.sha256) ?? this.#start(artifact));
  }

  /** Loads and takes; models that push each other out meanwhile are loaded again. */
  async borrow(artifact: Artifact): Promise<Loaded> {
    for (;;) {
      await this.load(artifact);
      const loaded = this.take(artifact);
      if (loaded) return loaded;
    }
  }

  done(loaded: Loaded): void {
    loaded.uses--;
    releaseIfIdle(loaded);
  }

  clear(): void {
    this.#loaded.clear();
  }

  #start(artifact: Artifact): Promise<Loaded> {
    const loading = this.#create(artifact).finally(() => this.#loading.delete(artifact.sha256));
    this.#loading.set(artifact.sha256, loading);
    return loading;
  }

  async #create(artifact: Artifact): Promise<Loaded> {
    const size = memoryOf(artifact);
    if (size > this.#source.maxBytes) throw tooLarge(artifact, this.#source.maxBytes);
    const bytes = await this.#source.fetchArtifact(artifact);
    verify(bytes, artifact);
    this.#makeRoom(size);
    const session = await this.#source.createSession(bytes).catch((error: unknown) => {
      throw notLoadable(error);
    });
    const loaded = { session, uses: 0, evicted: false };
    this.#loaded.set(artifact.sha256, loaded, { size });
    return loaded;
  }

  /** Before the runtime allocates, not after. */
  #makeRoom(size: number): void {
    while (this.#loaded.size > 0 && this.#loaded.calculatedSize + size > this.#source.maxBytes) {
      this.#loaded.pop();
    }
  }
}

function releaseIfIdle(loaded: Loaded): void {
  if (loaded.evicted && loaded.uses === 0) void loaded.session.release();
}

function verify(bytes: Uint8Array, artifact: Artifact): void {
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (digest === artifact.sha256) return;
  throw new Error(
    `artifact ${artifact.sha256} has the digest ${digest}: it was altered in storage`,
  );
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);

const tooLarge = (artifact: Artifact, maxBytes: number) =>
  new AppError(
    'unprocessable',
    `the model takes about ${megabytes(memoryOf(artifact))} MB of memory, this function has ${megabytes(maxBytes)} MB for models: raise the memory of the inference function in infra/config.ts`,
  );

/** The runtime's reasons name no secrets: the model's own nodes and types. */
const notLoadable = (error: unknown) =>
  new AppError(
    'unprocessable',
    `the runtime cannot load the model: ${(error as Error).message.slice(0, 300)}`,
    { cause: error },
  );
