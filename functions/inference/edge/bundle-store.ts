import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { sha256Of } from '#core/bundle/manifest.ts';

/** What the folder says of itself. */
const State = z.object({
  /** File that is served, and the one to return to. */
  current: z.string().nullable().default(null),
  previous: z.string().nullable().default(null),
  /** Bundles that failed, by the digest of their archive, and why: they are not tried again. */
  refused: z.record(z.string(), z.string()).default({}),
});
type State = z.infer<typeof State>;

const MAX_REFUSED = 20;

/** Bundles on the device's disk: the one that is served, and the one before it. */
export class BundleStore {
  readonly #folder: string;
  #state: State;

  constructor(folder: string) {
    this.#folder = join(folder, 'bundles');
    mkdirSync(this.#folder, { recursive: true });
    this.#state = this.#read();
  }

  /** The one that was served last, then the one before it. */
  get kept(): string[] {
    const { current, previous } = this.#state;
    return [current, previous].filter((name) => name !== null);
  }

  pathOf(name: string): string {
    return join(this.#folder, name);
  }

  /** Undefined where it is gone. */
  read(name: string): Buffer | undefined {
    const path = this.pathOf(name);
    return existsSync(path) ? readFileSync(path) : undefined;
  }

  /** @returns its name here */
  write(archive: Uint8Array, revision: number): string {
    const name = `${revision}-${sha256Of(archive).slice(0, 12)}.tar`;
    if (!existsSync(this.pathOf(name))) writeDurably(this.pathOf(name), archive);
    return name;
  }

  /** From now on it is the one that is served; the one before stays at hand. */
  keep(name: string): void {
    const { current, previous } = this.#state;
    this.#save({ ...this.#state, current: name, previous: current === name ? previous : current });
    this.sweep();
  }

  /** It cannot be served (any more). */
  forget(name: string): void {
    const { current, previous } = this.#state;
    const without = (other: string | null) => (other === name ? null : other);
    this.#save({ ...this.#state, current: without(current), previous: without(previous) });
  }

  refuse(digest: string, reason: string): void {
    const others = Object.entries(this.#state.refused).slice(-MAX_REFUSED);
    this.#save({ ...this.#state, refused: { ...Object.fromEntries(others), [digest]: reason } });
  }

  whyRefused(digest: string): string | undefined {
    return this.#state.refused[digest];
  }

  #read(): State {
    try {
      return State.parse(JSON.parse(readFileSync(this.#stateFile, 'utf8')));
    } catch {
      // Nothing was kept yet, or it is damaged: bundles say themselves what they are.
      return State.parse({});
    }
  }

  get #stateFile(): string {
    return join(this.#folder, 'state.json');
  }

  #save(state: State): void {
    writeDurably(this.#stateFile, Buffer.from(JSON.stringify(state)));
    this.#state = state;
  }

  /** Removes what is neither served nor the one before. */
  sweep(): void {
    const kept = new Set([...this.kept, 'state.json']);
    for (const name of readdirSync(this.#folder)) {
      if (!kept.has(name)) rmSync(join(this.#folder, name), { force: true });
    }
  }
}

/** Whole or not at all, whenever the power goes. */
export function writeDurably(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.part`;
  writeFileSync(temporary, bytes);
  sync(temporary);
  renameSync(temporary, path);
  sync(dirname(path));
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
