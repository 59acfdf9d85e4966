import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** What goes first where there is no room: rows are many, and counts few. */
const KINDS = ['capture', 'profile', 'summary'] as const;
export type SpoolKind = (typeof KINDS)[number];

interface Entry {
  readonly kind: SpoolKind;
  readonly bytes: number;
}

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

  /** Puts an item on disk, in the place of what was there under its name. */
  put(kind: SpoolKind, id: string, item: object, held = false): void {
    const name = `${kind}-${id.replaceAll(/[^\w.-]/g, '_')}.json`;
    const text = JSON.stringify(item);
    const path = join(this.#folder, name);
    writeFileSync(`${path}.part`, text);
    renameSync(`${path}.part`, path);
    this.#bytes += Buffer.byteLength(text) - (this.#entries.get(name)?.bytes ?? 0);
    this.#entries.set(name, { kind, bytes: Buffer.byteLength(text) });
    if (held) this.#held.add(name);
    else this.#held.delete(name);
    this.#makeRoom(name);
  }

  /** Those that may be sent, the oldest first; at least one, and not more bytes than so many. */
  next(maxItems: number, maxBytes: number): { name: string; text: string }[] {
    const found: { name: string; text: string }[] = [];
    let bytes = 0;
    for (const [name, entry] of this.#entries) {
      if (this.#held.has(name)) continue;
      if (found.length > 0 && bytes + entry.bytes > maxBytes) break;
      found.push({ name, text: readFileSync(join(this.#folder, name), 'utf8') });
      bytes += entry.bytes;
      if (found.length === maxItems) break;
    }
    return found;
  }

  /** Forgets what was sent, unless it has become another since. */
  done({ name, text }: { name: string; text: string }): void {
    if (!this.#entries.has(name)) return;
    if (readFileSync(join(this.#folder, name), 'utf8') === text) this.#remove(name);
  }

  #remove(name: string): void {
    rmSync(join(this.#folder, name), { force: true });
    this.#bytes -= this.#entries.get(name)?.bytes ?? 0;
    this.#entries.delete(name);
    this.#held.delete(name);
  }

  #makeRoom(newest: string): void {
    for (const kind of KINDS) {
      for (const [name, entry] of this.#entries) {
        if (this.#bytes <= this.#maxBytes) return;
        if (entry.kind !== kind || name === newest) continue;
        this.#remove(name);
        this.dropped++;
      }
    }
    if (this.#bytes <= this.#maxBytes) return;
    this.#remove(newest);
    this.dropped++;
  }

  /** What an earlier process left, be it that it was killed. */
  #recover(): void {
    const files = readdirSync(this.#folder)
      .filter((name) => NAME.test(name))
      .map((name) => ({ name, stat: statSync(join(this.#folder, name)) }))
      .sort((a, b) => a.stat.mtimeMs - b.stat.mtimeMs);
    for (const { name, stat } of files) {
      this.#entries.set(name, { kind: name.split('-')[0] as SpoolKind, bytes: stat.size });
      this.#bytes += stat.size;
    }
  }
}
