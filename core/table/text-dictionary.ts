import { AppError } from '../errors.ts';
import { isMissingText } from './missing.ts';

const MISSING_CODE = -1;

/**
 * Distinct texts of a column, found by their UTF-8 bytes, so that a text is decoded once and not in
 * every row: an open hash table over one pool of bytes.
 */
export class TextDictionary {
  readonly categories: string[] = [];
  #pool = new Uint8Array(4096);
  #used = 0;
  /** Entry by slot, or -1. */
  #slots = new Int32Array(256).fill(-1);
  #hashes: number[] = [];
  /** Where each entry's bytes begin; one more at the end. */
  #starts: number[] = [0];
  #codes: number[] = [];
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  get bytes(): number {
    return this.#used;
  }

  /**
   * Position of the text among the categories, -1 where it stands for a missing value.
   * @throws AppError where the bytes are not UTF-8
   */
  code(bytes: Uint8Array, from: number, to: number): number {
    let hash = 0x811c9dc5;
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
    const mask = this.#slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const entry = this.#slots[slot] as number;
      if (entry < 0) return this.#add(bytes.subarray(from, to), hash, slot);
      if (this.#hashes[entry] === hash && this.#equals(entry, bytes, from, to)) {
        return this.#codes[entry] as number;
      }
      slot = (slot + 1) & mask;
    }
  }

  #equals(entry: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.#starts[entry] as number;
    const length = (this.#starts[entry + 1] as number) - start;
    if (length !== to - from) return false;
    for (let i = 0; i < length; i++) if (this.#pool[start + i] !== bytes[from + i]) return false;
    return true;
  }

  #add(text: Uint8Array, hash: number, slot: number): number {
    const decoded = this.#decode(text);
    const entry = this.#codes.length;
    const code = isMissingText(decoded) ? MISSING_CODE : this.categories.push(decoded) - 1;
    this.#keep(text);
    this.#slots[slot] = entry;
    this.#hashes.push(hash);
    this.#starts.push(this.#used);
    this.#codes.push(code);
    if (this.#codes.length * 2 > this.#slots.length) this.#rehash();
    return code;
  }

  #decode(text: Uint8Array): string {
    try {
      return this.#decoder.decode(text);
    } catch {
      throw new AppError('unprocessable', 'has bytes that are not UTF-8: save the file as UTF-8');
    }
  }

  #keep(text: Uint8Array): void {
    if (this.#used + text.length > this.#pool.length) {
      const larger = new Uint8Array(Math.max(this.#pool.length * 2, this.#used + text.length));
      larger.set(this.#pool.subarray(0, this.#used));
      this.#pool = larger;
    }
    this.#pool.set(text, this.#used);
    this.#used += text.length;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    this.#hashes.forEach((hash, entry) => {
      let slot = (hash ^ (hash >>> 15)) & mask;
      while ((slots[slot] as number) >= 0) slot = (slot + 1) & mask;
      slots[slot] = entry;
    });
    this.#slots = slots;
  }
}
