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

  it('names the critical findings that a gate counts', () => {
    const artifact: CheckSummary = {
      check: 'artifact',
      status: 'completed',
      figures: { 'critical-findings': { value: 1 } },
      findings: [{ severity: 'critical', code: 'x', message: 'Loading it takes too much memory.' }],
    };
    const gates = [{ metric: 'artifact.critical-findings', comparison: '<=', threshold: 0 }];
    expect(verdict([artifact], policy({ gates }), context).reason).toBe(
      'artifact.critical-findings is 1; required is at most 0: Loading it takes too much memory',
    );
  });

  it('tells what a figure of fairness means', () => {
    const fairness: CheckSummary = {
      check: 'fairness',
      status: 'completed',
      figures: { 'equalized-odds-difference': { value: 0.4 } },
      findings: [
        { severity: 'info', code: 'group-too-small', message: 'Too small.' },
        {
          severity: 'warning',
          code: 'equal-opportunity-difference',
          message:
            'By sex, groups differ by 40 percentage points in how many of the true positives it finds.',
        },
      ],
    };
    const gates = [
      { metric: 'fairness.equalized-odds-difference', comparison: '<=', threshold: 0.2 },
    ];
    expect(verdict([fairness], policy({ gates }), context).reason).toBe(
      'fairness.equalized-odds-difference is 0.4; required is at most 0.2: By sex, groups differ by 40 percentage points in how many of the true positives it finds',
    );
  });

  it('says what could not be measured only where nothing else is wrong', () => {
    const gates = [
      { metric: 'quality.accuracy', comparison: '>=', threshold: 0.9 },
      { metric: 'fairness.equalized-odds-difference', comparison: '<=', threshold: 0.1 },
    ];
    const both = verdict([quality(0.5)], policy({ gates }), context);
    expect(both.reason).toBe('quality.accuracy is 0.5; required is at least 0.9');
    expect(verdict([quality(0.95)], policy({ gates }), context).reason).toContain('not measured');
  });

  it('goes on where a check was skipped', () => {
    const skipped: CheckSummary = { check: 'fairness', status: 'skipped', reason: 'no dataset' };
    expect(verdict([quality(0.95), skipped], policy(), context).status).toBe('approved');
  });
});
