import { describe, expect, it } from '@jest/globals';
import { whyNot } from '../../../functions/rollouts/guard.ts';
import type { Guard } from '../../../functions/rollouts/schema.ts';

const now = new Date('2026-11-24T12:00:00.000Z');
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000).toISOString();
const guard = (rollbacks: string[] = [], more: Partial<Guard> = {}): Guard => ({
  endpoint: 'fraud',
  events: ['DriftDetected'],
  withinSeconds: 86_400,
  coolDownSeconds: 7_200,
  maximum: 3,
  rollbacks: rollbacks.map((at) => ({ at, event: 'DriftDetected', reason: 'r', revision: 1 })),
  revision: 1,
  updatedAt: hoursAgo(100),
  updatedBy: 'alice',
  ...more,
});
const drift = { name: 'DriftDetected' } as const;
const young = { updatedAt: hoursAgo(1) };

describe('an endpoint with a guard', () => {
  it('is rolled back for what the guard listens to', () => {
    expect(whyNot(guard(), drift, young, now)).toBeUndefined();
    expect(whyNot(guard(), { name: 'BudgetExceeded' }, young, now)).toContain('not listen');
  });

  it('is left alone where its revision is too old to be to blame', () => {
    expect(whyNot(guard(), drift, { updatedAt: hoursAgo(25) }, now)).toContain('older');
  });

  it('does not flap: not while cooling down, and not more often than allowed', () => {
    expect(whyNot(guard([hoursAgo(1)]), drift, young, now)).toContain('too recent');
    expect(whyNot(guard([hoursAgo(3)]), drift, young, now)).toBeUndefined();
    const often = guard([hoursAgo(60), hoursAgo(30), hoursAgo(10)]);
    expect(whyNot(often, drift, young, now)).toContain('as often as allowed');
  });
});
