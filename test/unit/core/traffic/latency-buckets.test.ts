import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { QuantileSketch } from '#core/profile/quantile-sketch.ts';
import {
  bucketOf,
  bucketsOf,
  LATENCY_BOUNDS_MS,
  noLatencies,
} from '#core/traffic/latency-buckets.ts';

describe('buckets of latencies', () => {
  it('hold what is up to their bound; the last one the rest', () => {
    expect(bucketOf(0)).toBe(0);
    expect(bucketOf(0.25)).toBe(0);
    expect(bucketOf(0.26)).toBe(1);
    expect(bucketOf(10_000)).toBe(LATENCY_BOUNDS_MS.length - 1);
    expect(bucketOf(10_001)).toBe(LATENCY_BOUNDS_MS.length);
  });

  it('are the same from a sketch that has kept every value', () => {
    const latency = fc.integer({ min: 1, max: 2e7 }).map((n) => n / 1000);
    fc.assert(
      fc.property(fc.array(latency, { maxLength: 300 }), (latencies) => {
        const sketch = new QuantileSketch();
        const counts = noLatencies();
        for (const ms of latencies) {
          sketch.add(ms);
          counts[bucketOf(ms)] = (counts[bucketOf(ms)] ?? 0) + 1;
        }
        expect(bucketsOf(sketch.toJSON())).toEqual(counts);
      }),
    );
  });
});
