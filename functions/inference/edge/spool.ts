import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from './bundle-store.ts';

/** What goes first where there is no room: rows are many, and counts few. */
const KINDS = ['capture', 'profile', 'summary'] as const;
export type SpoolKind = (typeof KINDS)[number];

export interface SpoolItem {
  readonly name: string;
  readonly text: string;
}

export interface Batch {
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly except: ReadonlySet<string>;
}

interface Entry {
  readonly kind: SpoolKind;
  readonly bytes: number;
}

/** API Gateway and Lambda carry 6 MB: what is larger could never be sent. */
const MAX_ITEM_BYTES = 4_500_000;

const NAME = /^(capture|profile|summary)-[\w.-]+\.json$/;

/** What waits on disk for the network, within a bound. */
export class Spool {
  readonly #folder: string;
  readonly #maxBytes: number;
  /** By name, the oldest first. */
  readonly #entries = new Map<string, Entry>();
  /** Being written on: not to be sent yet. */
  readonly #held = new Set<string>();
  #bytes = 0;
  /** Entries that were given up for want of room. */
  dropped = 0;

  constructor(folder: string, maxBytes: number) {
    this.#folder = join(folder, 'spool');
    this.#maxBytes = maxBytes;
    mkdirSync(this.#folder, { recursive: true });
    this.#recover();
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * Puts an item on disk, in the place of what was there under its name.
   * @returns false where it is larger than can be sent or kept, and was given up
   */
  put(kind: SpoolKind, id: string, item: object, held = false): boolean {
    const name = `${kind}-${id.replaceAll(/[^\w.-]/g, '_')}.json`;
    const text = JSON.stringify(item);
    const bytes = Buffer.from(text);
    if (bytes.length > Math.min(MAX_ITEM_BYTES, this.#maxBytes)) {
      this.#remove(name);
      this.dropped++;
      return false;
    }
    writeDurably(join(this.#folder, name), bytes);
    this.#bytes += bytes.length - (this.#entries.get(name)?.bytes ?? 0);
    this.#entries.set(name, { kind, bytes: bytes.length });
    if (held) this.#held.add(name);
    else this.#held.delete(name);
    this.#makeRoom();
    return true;
  }

  /**
   * Those that may be sent, the oldest first; at least one, and not more bytes than so many.
   * @param except names of what was tried already
   */
  next({ maxItems, maxBytes, except }: Batch): SpoolItem[] {
    const found: SpoolItem[] = [];
    let bytes = 0;
    for (const [name, entry] of this.#entries) {
      if (this.#held.has(name) || except.has(name)) continue;
      if (found.length > 0 && bytes + entry.bytes > maxBytes) break;
      found.push({ name, text: readFileSync(join(this.#folder, name), 'utf8') });
      bytes += entry.bytes;
      if (found.length === maxItems) break;
    }
    return found;
  }

  /** Forgets what was sent, unless it has become another since. */
  done({ name, text }: SpoolItem): void {
    if (!this.#entries.has(name)) return;
    if (readFileSync(join(this.#folder, name), 'utf8') === text) this.#remove(name);
  }

  #remove(name: string): void {
    rmSync(join(this.#folder, name), { force: true });
    this.#bytes -= this.#entries.get(name)?.bytes ?? 0;
    this.#entries.delete(name);
    this.#held.delete(name);
  }

  #makeRoom(): void {
    for (const kind of KINDS) {
      for (const [name, entry] of this.#entries) {
        if (this.#bytes <= this.#maxBytes) return;
        if (entry.kind !== kind) continue;
        this.#remove(name);
        this.dropped++;
      }
    }
  }

  /** What an earlier process left, be it that it was killed. */
  #recover(): void {
    const names = readdirSync(this.#folder);
    for (const name of names) {
      if (name.endsWith('.part')) rmSync(join(this.#folder, name), { force: true });
    }
    const files = names
      .filter((name) => NAME.test(name))
      .map((name) => ({ name, stat: statSync(join(this.#folder, name)) }))
      .sort((a, b) => a.stat.mtimeMs - b.stat.mtimeMs);
    for (const { name, stat } of files) {
      this.#entries.set(name, { kind: name.split('-')[0] as SpoolKind, bytes: stat.size });
      this.#bytes += stat.size;
    }
  }
}
