import { hashText } from '#core/profile/hash.ts';

/** Of many texts: the same in whatever order they come (the sum of their hashes, and how many). */
export class Fingerprint {
  #texts = 0;
  #sum = 0;

  add(text: string): void {
    this.addHash(hashOf(text));
  }

  /** @param hash as `hashOf` gives it */
  addHash(hash: number): void {
    this.#texts++;
    this.#sum = (this.#sum + hash) % 2 ** 52;
  }

  toString(): string {
    return `${this.#texts}:${this.#sum}`;
  }
}

/** Of 52 bits: whole numbers of that size are exact, and so are sums of two. */
export function hashOf(name: string): number {
  const [high, low] = hashText(name) as unknown as [number, number];
  return high * 2 ** 20 + Math.floor(low / 2 ** 12);
}
