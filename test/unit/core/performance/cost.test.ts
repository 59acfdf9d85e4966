import { describe, expect, it } from '@jest/globals';
import { addCosts, costOf, NO_COST, totalOf } from '#core/performance/cost.ts';
import { costPerMillion, PriceTable } from '#core/performance/prices.ts';

const prices = PriceTable.parse({});

describe('the cost of calls', () => {
  /**
   * By hand: a million calls of 5 ms in 1,769 MB, billed 8 ms each with the 3 ms of an idle handler:
   * 8e6 s/1000 × 1769/1024 GB = 13,820.3125 GB·s at $0.0000133334 = $0.18427155...; $1 for the API,
   * $0.20 for calls, 700 bytes × 1e6 = 0.7 GB of logs at $0.50 = $0.35; 1,000 files at $5 a million
   * = $0.005; 4,000 kilobytes of items at $0.625 a million = $0.0025.
   */
  it('is that of a calculation by hand', () => {
    const counted = {
      ...{ calls: 1e6, handlerMs: 5e6, besideMs: 0, megabyteMs: 5e6 * 1769 },
      ...{ files: 1_000, tableWrites: 4_000 },
    };
    const parts = costOf(counted, prices, true);
    expect(parts.api).toBeCloseTo(1, 12);
    expect(parts.calls).toBeCloseTo(0.2, 12);
    expect(parts.compute).toBeCloseTo(13_820.3125 * 0.0000133334, 10);
    expect(parts.logs).toBeCloseTo(0.35, 12);
    expect(parts.objects).toBeCloseTo(0.005, 12);
    expect(parts.table).toBeCloseTo(0.0025, 12);
    expect(totalOf(parts)).toBeCloseTo(1.5575 + 13_820.3125 * 0.0000133334, 10);
  });

  it('agrees with what the performance check foretells of the same calls', () => {
    const counted = {
      ...{ calls: 1e6, handlerMs: 12e6, besideMs: 0, megabyteMs: 12e6 * 1024 },
      ...{ files: 0, tableWrites: 0 },
    };
    expect(totalOf(costOf(counted, prices, true))).toBeCloseTo(costPerMillion(12, 1024, prices), 9);
  });

  /** By hand: 100 s of 2,048 MB are 200 GB·s; two calls with 3 ms each add 0.012 GB·s. */
  it('counts starts and flushes, and no API for calls that did not come through it', () => {
    const counted = {
      ...{ calls: 2, handlerMs: 40_000, besideMs: 60_000, megabyteMs: 100_000 * 2048 },
      ...{ files: 2, tableWrites: 0 },
    };
    const parts = costOf(counted, prices, false);
    expect(parts.api).toBe(0);
    expect(parts.compute).toBeCloseTo(200.012 * 0.0000133334, 12);
  });

  it('is nothing for nothing, and adds up part by part', () => {
    const none = { calls: 0, handlerMs: 0, besideMs: 0, megabyteMs: 0, files: 0, tableWrites: 0 };
    expect(costOf(none, prices, true)).toEqual(NO_COST);
    const one = costOf({ ...none, calls: 10, files: 3 }, prices, true);
    expect(addCosts(one, one)).toEqual({
      ...one,
      api: 2e-5,
      calls: 4e-6,
      logs: 7e-6,
      objects: 3e-5,
    });
  });
});
