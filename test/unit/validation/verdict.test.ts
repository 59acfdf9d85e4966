import { describe, expect, it } from '@jest/globals';
import type { CheckSummary, Policy } from '../../../functions/validation/schema.ts';
import { Policy as PolicySchema } from '../../../functions/validation/schema.ts';
import { verdict } from '../../../functions/validation/verdict.ts';

const policy = (more: object = {}): Policy =>
  PolicySchema.parse({
    name: 'p',
    revision: 1,
    gates: [{ metric: 'quality.accuracy', comparison: '>=', threshold: 0.9 }],
    ...more,
  });
const quality = (value: number): CheckSummary => ({
  check: 'quality',
  status: 'completed',
  figures: { accuracy: { value } },
});
const context = { task: 'binary', champion: undefined };

describe('verdict', () => {
  it('approves what passes every gate', () => {
    expect(verdict([quality(0.95)], policy(), context)).toMatchObject({ status: 'approved' });
  });

  it('asks a person where the policy wants one', () => {
    const ending = verdict([quality(0.95)], policy({ requireApproval: true }), context);
    expect(ending.status).toBe('awaiting-approval');
  });

  it('rejects with each gate that failed, in words', () => {
    const ending = verdict([quality(0.5)], policy({ requireApproval: true }), context);
    expect(ending.status).toBe('rejected');
    expect(ending.reason).toBe('quality.accuracy is 0.5; required is at least 0.9');
  });

  it.each(['pending', 'running', 'failed', 'cancelled'] as const)(
    'is none where a check is still %s',
    (status) => {
      const broken: CheckSummary = { check: 'fairness', status, reason: 'it ran out of time' };
      const ending = verdict([quality(0.95), broken], policy(), context);
      expect(ending).toEqual({ status: 'failed', reason: 'fairness: it ran out of time' });
    },
  );

  it('goes on where a check was skipped', () => {
    const skipped: CheckSummary = { check: 'fairness', status: 'skipped', reason: 'no dataset' };
    expect(verdict([quality(0.95), skipped], policy(), context).status).toBe('approved');
  });
});
