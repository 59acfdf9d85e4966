import type { TrafficItem } from './store.ts';

/** Each source numbers its requests: where an item does not go on from the last, some are lost. */
export class Gaps {
  missing = 0;
  readonly #next = new Map<string, number>();

  /** Answers how many are missing before this item. */
  add({ source, before, summary, shadow, missing }: TrafficItem): number {
    if (shadow) return 0;
    const expected = this.#next.get(source);
    const gap = missing + (expected === undefined ? 0 : Math.max(0, before - expected));
    // Requests that were recorded late are of an earlier item than those that they are numbered after.
    this.#next.set(source, Math.max(before, expected ?? 0) + summary.requests);
    this.missing += gap;
    return gap;
  }
}
