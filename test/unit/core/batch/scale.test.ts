import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ASSUMED, scaleOf } from '#core/batch/scale.ts';
import { PriceTable } from '#core/performance/prices.ts';
import { IN_DOCS, scaleTable } from '../../../../bench/scale.ts';

const prices = PriceTable.parse({});

describe('what a large job takes', () => {
  it('is what a pencil says, for a billion rows', () => {
    const { shards, secondsPerShard, waves, cost } = scaleOf(1e9, 100, prices);
    expect(shards).toBe(Math.ceil(100e9 / (128 * 2 ** 20)));
    expect(secondsPerShard).toBeCloseTo((100e9 / 90e6 + 1e9 / ASSUMED.rowsPerSecond) / shards, 9);
    expect(waves).toBe(8);
    const seconds = 100e9 / 90e6 + 1e9 / ASSUMED.rowsPerSecond;
    expect(cost.lambda).toBeCloseTo(seconds * (1769 / 1024) * 0.0000133334 + shards * 2e-7, 6);
    expect(cost.storedAMonth).toBeCloseTo(150 * 0.023, 9);
  });

  it('stays within the limits of a map, of a function and of a prefix', () => {
    for (const [rows, workers] of IN_DOCS) {
      const { shards, secondsPerShard, seconds, putsPerSecond } = scaleOf(rows, workers, prices);
      expect(shards).toBeLessThan(10_000);
      expect(secondsPerShard).toBeLessThan(900);
      expect(seconds).toBeLessThan(48 * 3600);
      expect(putsPerSecond).toBeLessThan(3_500);
    }
  });

  it('stands in the documentation as it is reckoned', () => {
    const page = readFileSync(new URL('../../../../docs/batch.md', import.meta.url), 'utf8');
    expect(page).toContain(scaleTable(IN_DOCS));
  });
});
