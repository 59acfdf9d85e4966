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
  /** The bundle that is being loaded, and how often in a row the process ended over it. */
  trying: z.object({ digest: z.string(), times: z.int() }).nullable().default(null),
});
type State = z.infer<typeof State>;

const MAX_REFUSED = 20;
/** Once may be the power, or whoever stopped the process; as often as this it is the bundle. */
const MAX_TRIES = 3;

/** Bundles on the device's disk: the one that is served, and the one before it. */
export class BundleStore {
  readonly #folder: string;
  #state: State;

  constructor(folder: string) {
    this.#folder = join(folder, 'bundles');
    mkdirSync(this.#folder, { recursive: true });
    this.#state = withoutFatal(this.#read());
  }

  /** The one that was served last, then the one before it. */
  get kept(): string[] {
    const { current, previous } = this.#state;
    return [current, previous].filter((name) => name !== null);
  }

  pathOf(name: string): string {
    return join(this.#folder, name);
  }

  /** Undefined where it is gone, or no longer what was written. */
  read(name: string): Buffer | undefined {
    const path = this.pathOf(name);
    const archive = existsSync(path) ? readFileSync(path) : undefined;
    return archive && name.endsWith(endOf(sha256Of(archive))) ? archive : undefined;
  }

  /** @returns its name here */
  write(archive: Uint8Array, revision: number): string {
    const name = `${revision}${endOf(sha256Of(archive))}`;
    if (!existsSync(this.pathOf(name))) writeDurably(this.pathOf(name), archive);
    return name;
  }

  /** Before a bundle is loaded: it may end the process. */
  begin(digest: string): void {
    const { trying } = this.#state;
    const times = trying?.digest === digest ? trying.times + 1 : 1;
    this.#save({ ...this.#state, trying: { digest, times } });
  }

  /** The process outlived it. */
  end(): void {
    if (this.#state.trying) this.#save({ ...this.#state, trying: null });
  }

  /**
   * From now on it is the one that is served.
   * @param before what was served until now: it stays at hand
   */
  keep(name: string, before: string | undefined): void {
    const [previous = null] = [before, ...this.kept].filter((other) => other && other !== name);
    this.#save({ ...this.#state, current: name, previous });
    this.sweep();
  }

  /** It cannot be served any more. */
  forget(name: string): void {
    const { current, previous } = this.#state;
    const without = (other: string | null) => (other === name ? null : other);
    this.#save({ ...this.#state, current: without(current), previous: without(previous) });
    rmSync(this.pathOf(name), { force: true });
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

/** A bundle that ended the process as often as that is refused like one that failed its test. */
function withoutFatal(state: State): State {
  const { trying, refused } = state;
  if (!trying || trying.times < MAX_TRIES) return state;
  const reason = `the process ended ${trying.times} times while it was loaded`;
  return { ...state, trying: null, refused: { ...refused, [trying.digest]: reason } };
}

/** Of a bundle's file name: it tells whether the file is what was written. */
const endOf = (digest: string): string => `-${digest.slice(0, 12)}.tar`;

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
