import { expect, it } from '@jest/globals';
import { Gaps } from '../../../functions/traffic/gaps.ts';
import type { TrafficItem } from '../../../functions/traffic/store.ts';

/** Items of one source, as minutes that had so many requests when so many had been before. */
const missingIn = (...items: (readonly [before: number, requests: number])[]): number => {
  const gaps = new Gaps();
  for (const [before, requests] of items) {
    gaps.add({ source: 's', before, summary: { requests }, missing: 0 } as TrafficItem);
  }
  return gaps.missing;
};

it('a minute that is not there is missed, and no request that was only recorded late', () => {
  expect(missingIn([0, 2], [2, 1], [3, 4])).toBe(0);
  expect(missingIn([0, 2], [3, 4])).toBe(1);
  // The second request of the first minute was numbered after the first of the second.
  expect(missingIn([0, 2], [1, 1], [3, 4])).toBe(0);
});
