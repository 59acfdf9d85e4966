import { describe, expect, it } from '@jest/globals';
import { decodeTime, isValid } from 'ulid';
import { predictionId } from '../../../functions/inference/prediction-id.ts';

describe('prediction ids', () => {
  it('are ULIDs of their time', () => {
    const now = Date.now() + 10_000;
    const id = predictionId(now);
    expect(isValid(id)).toBe(true);
    expect(decodeTime(id)).toBe(now);
  });

  it('are unique and rise, within a millisecond, across them, and when the clock steps back', () => {
    const start = Date.now() + 100_000;
    const ids = Array.from({ length: 50_000 }, (_, i) => predictionId(start + ((i * 7919) % 300)));
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
  });
});
