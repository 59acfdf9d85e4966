import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cheapestSize, estimateSize } from '#core/performance/estimate.ts';
import { processorShare, scaleLatency } from '#core/performance/lambda-memory.ts';
import { rowsPerSecond, summariseTimes } from '#core/performance/latency.ts';
import { costPerMillion, PriceTable } from '#core/performance/prices.ts';
import reference from '../../../references/performance/latency.json' with { type: 'json' };

const prices = PriceTable.parse({});
const times = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), {
  minLength: 1,
  maxLength: 60,
});

describe('times', () => {
  it.each(reference.summaries)(
    'have the mean and percentiles that numpy gives them',
    (expected) => {
      const { mean, p50, p95, p99, samples } = summariseTimes(1, expected.times);
      expect(samples).toBe(expected.times.length);
      expect(mean).toBeCloseTo(expected.mean, 9);
      for (const [i, value] of [p50, p95, p99].entries()) {
        expect(value).toBeCloseTo(expected.percentiles[i] as number, 9);
      }
    },
  );

  it('have percentiles in order, between the least and the largest, whatever their order', () => {
    fc.assert(
      fc.property(times, (list) => {
        const { p50, p95, p99, ...rest } = summariseTimes(1, list);
        const ordered = [Math.min(...list), p50, p95, p99, Math.max(...list)];
        for (const [i, value] of ordered.entries()) {
          expect(value).toBeGreaterThanOrEqual((ordered[i - 1] ?? 0) - 1e-6);
        }
        expect(summariseTimes(1, list.toReversed())).toMatchObject({ p50, p95, p99 });
        expect(rest.samples).toBe(list.length);
      }),
    );
  });

  it('are needed', () => {
    expect(() => summariseTimes(1, [])).toThrow(RangeError);
  });

  it('tell how many rows go through in a second', () => {
    expect(rowsPerSecond(summariseTimes(100, [20, 30]))).toBe(4_000);
    expect(rowsPerSecond(summariseTimes(1, [0]))).toBe(0);
  });
});

describe('memory sizes', () => {
  it('have one processor at 1,769 MB, less below, no more for one thread above', () => {
    expect([512, 1769, 3008, 10_240].map(processorShare)).toEqual([512 / 1769, 1, 1, 1]);
  });

  it('scale every time by the share of the processor', () => {
    const measured = summariseTimes(1, [10, 20, 30]);
    expect(scaleLatency(measured, 1769, 1769)).toEqual(measured);
    expect(scaleLatency(measured, 1769, 10_240)).toEqual(measured);
    const small = scaleLatency(measured, 1769, 512);
    expect(small.p50).toBeCloseTo(20 * (1769 / 512), 9);
    const back = scaleLatency(small, 512, 1769);
    expect(back.p99).toBeCloseTo(measured.p99, 9);
    expect(back.mean).toBeCloseTo(measured.mean, 9);
  });
});

describe('costs', () => {
  it.each(reference.costs)('of $milliseconds ms with $megabytes MB are as by hand', (expected) => {
    const { milliseconds, megabytes, dollars } = expected;
    expect(costPerMillion(milliseconds, megabytes, prices)).toBeCloseTo(dollars, 9);
  });

  it('follow the price table', () => {
    const free = { requests: 0, gigabyteSecond: 0, apiRequests: 0, logGigabyte: 0 };
    expect(costPerMillion(10, 1024, PriceTable.parse(free))).toBe(0);
    const onlyTime = PriceTable.parse({ ...free, gigabyteSecond: 1, idleMilliseconds: 0 });
    expect(costPerMillion(1_000, 1024, onlyTime)).toBeCloseTo(1e6, 6);
    expect(PriceTable.safeParse({ gigabyteSeconds: 1 }).success).toBe(false);
  });
});

describe('the cheapest size', () => {
  const estimates = [512, 1769, 3008].map((memoryMb) =>
    estimateSize([summariseTimes(1, [30, 40])], { measuredMb: 1769, memoryMb, prices }),
  );
  const p95s = estimates.map(({ p95 }) => p95);

  it('is the one of least cost within the limit', () => {
    expect(p95s[0]).toBeGreaterThan(p95s[1] as number);
    expect(cheapestSize(estimates, 1_000)).toBe(512);
    expect(cheapestSize(estimates, 50)).toBe(1769);
    expect(cheapestSize(estimates, p95s[1] as number)).toBe(1769);
    expect(cheapestSize(estimates, 10)).toBeNull();
    expect(cheapestSize([], 10)).toBeNull();
  });

  it('is the smaller of equals', () => {
    const equal = [3008, 1769].map((memoryMb) => ({ ...estimates[0]!, memoryMb }));
    expect(cheapestSize(equal, 1_000)).toBe(1769);
  });
});
