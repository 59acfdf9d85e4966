import { describe, expect, it } from '@jest/globals';
import { QuantileSketch } from '#core/profile/quantile-sketch.ts';
import { type Evidence, measure } from '../../../functions/experiments/judge.ts';
import type { Outcomes } from '../../../functions/experiments/outcomes.ts';
import { planOf } from '../../../functions/experiments/plan.ts';
import { type Experiment, NewExperiment } from '../../../functions/experiments/schema.ts';
import { judge, standing } from '../../../functions/experiments/verdict.ts';

const START = '2026-11-01T00:00:00.000Z';
const END = '2026-11-15T00:00:00.000Z';
const base = {
  ...{ name: 'x', control: 'a', treatments: ['b'], metric: { kind: 'conversion' } },
  ...{ minimumDetectableEffect: 0.1, baseline: 0.2 },
};

function experimentOf(more: object = {}): Experiment {
  const spec = NewExperiment.parse({ ...base, ...more });
  const arms = [spec.control, ...spec.treatments].map((variant, i) => ({
    ...{ variant, model: 'm', version: i + 1 },
  }));
  return {
    ...{ id: 'id', endpoint: 'e', revision: 1, status: 'running', spec, arms, plan: planOf(spec) },
    ...{ startedAt: START, startedBy: 'x', startRevision: 1, endsBy: END },
  };
}

const share = (rate: number, count: number) => ({
  ...{ count, mean: rate, m2: count * rate * (1 - rate) },
});
const latency = (scale: number) => {
  const sketch = new QuantileSketch();
  for (let i = 0; i < 300; i++) sketch.add(scale * (10 + (i % 30)));
  return sketch.toJSON();
};
const traffic = (requests: number, serverErrors = 0, scale = 1) => ({
  ...{ requests, serverErrors, latency: latency(scale) },
});

interface Case {
  readonly outcomes?: Record<number, Record<string, ReturnType<typeof share>>>;
  readonly arms?: ReturnType<typeof traffic>[];
  readonly weights?: number[];
  /** Units that come back; undefined: they were not captured. */
  readonly units?: readonly [number[] | undefined];
}
function evidenceOf({ outcomes = {}, arms, weights = [50, 50], units }: Case): Evidence {
  const found: Outcomes = new Map(
    Object.entries(outcomes).map(([r, of]) => [Number(r), new Map(Object.entries(of))]),
  );
  const both = arms ?? [traffic(1000), traffic(1000)];
  const assigned = units ? units[0] : both.map(({ requests }) => requests);
  const stretches = [{ revision: 1, weights, traffic: both, assigned }];
  return { outcomes: found, stretches, unit: units ? 'units' : 'requests' };
}

function verdictOf(experiment: Experiment, given: Case, now = START, changed?: string) {
  const measured = measure(experiment, evidenceOf(given));
  return { measured, verdict: judge(experiment, measured, { now: new Date(now), changed }) };
}

describe('the verdict of an experiment', () => {
  const better = { outcomes: { 1: { a: share(0.2, 500), b: share(0.4, 500) } } };

  it('names the better variant, with figures', () => {
    const { verdict } = verdictOf(experimentOf(), better);
    expect(verdict).toMatchObject({ code: 'treatment-better', variant: 'b' });
    expect(verdict?.words).toMatch(
      /^b is better than a in conversion: 0\.4 against 0\.2, difference \+0\.2 \(95 % interval 0\.\d+ to 0\.\d+\), after 500 and 500 outcomes$/,
    );
  });

  it('knows what better means', () => {
    const { verdict } = verdictOf(experimentOf({ direction: 'decrease' }), better);
    expect(verdict).toMatchObject({ code: 'control-better', variant: 'a' });
  });

  it('is not given early: few outcomes say nothing', () => {
    const few = { outcomes: { 1: { a: share(0, 40), b: share(1, 40) } } };
    const { verdict, measured } = verdictOf(experimentOf(), few);
    expect(verdict).toBeUndefined();
    expect(measured.differences[0]?.interval).toEqual({ lower: null, upper: null, level: 0.95 });
    expect(standing(experimentOf(), measured)).toMatch(
      /^no verdict yet: outcomes a 40, b 40 of \d+ planned; b: \+1, too few to say more$/,
    );
  });

  it('is that there is none, once as many outcomes came as were planned', () => {
    const experiment = experimentOf();
    const n = experiment.plan.perArm;
    const { verdict } = verdictOf(experiment, {
      outcomes: { 1: { a: share(0.2, n), b: share(0.2, n) } },
    });
    expect(verdict?.code).toBe('no-difference');
    expect(verdict?.words).toMatch(/enough to find 0\.1 in 80 of 100 cases/);
  });

  it('comes with the last day at the latest', () => {
    const some = { outcomes: { 1: { a: share(0.2, 100), b: share(0.2, 100) } } };
    expect(verdictOf(experimentOf(), some, START).verdict).toBeUndefined();
    expect(verdictOf(experimentOf(), some, END).verdict?.code).toBe('out-of-time');
    expect(verdictOf(experimentOf(), {}, END).verdict?.words).toMatch(/no outcomes/);
  });

  it('is that the split is broken, before anything that was found', () => {
    const arms = [traffic(1300), traffic(700)];
    const { verdict, measured } = verdictOf(experimentOf(), { ...better, arms });
    expect(verdict?.code).toBe('sample-ratio-mismatch');
    expect(measured.sampleRatio).toMatchObject({ judged: true });
    expect(measured.sampleRatio.chiSquare).toBeLessThan(1e-9);
    const fair = verdictOf(experimentOf(), { ...better, arms, weights: [65, 35] });
    expect(fair.verdict?.code).toBe('treatment-better');
  });

  it('does not take the requests of units that come back for a broken split', () => {
    const arms = [traffic(1300), traffic(700)];
    const fair = verdictOf(experimentOf(), { arms, units: [[103, 97]] });
    expect(fair.verdict).toBeUndefined();
    expect(fair.measured.sampleRatio).toMatchObject({
      judged: true,
      words: 'units 103 : 97 for weights 50 : 50',
    });
    const broken = verdictOf(experimentOf(), { units: [[160, 40]] });
    expect(broken.verdict?.code).toBe('sample-ratio-mismatch');
  });

  it('says in words that units were not counted', () => {
    const arms = [traffic(1300), traffic(700)];
    const { measured, verdict } = verdictOf(experimentOf(), { arms, units: [undefined] });
    expect([verdict, measured.sampleRatio.judged]).toEqual([undefined, false]);
    expect(measured.sampleRatio.words).toMatch(/not judged: .* set capture.share above 0/);
  });

  it('is a broken guardrail: too many errors, or too slow', () => {
    const guardrails = [
      { metric: 'error-rate', limit: 0.02 },
      { metric: 'latency-p50', limit: 1.5 },
    ];
    const experiment = experimentOf({ guardrails });
    const errors = verdictOf(experiment, { arms: [traffic(1000, 5), traffic(1000, 200)] });
    expect(errors.verdict).toMatchObject({ code: 'guardrail-broken', variant: 'b' });
    expect(errors.verdict?.words).toMatch(
      /b broke the guardrail on error-rate: it is at least 0\.1\d+ more than that of the control, where 0\.02 is the limit/,
    );
    const slow = verdictOf(experiment, { arms: [traffic(1000), traffic(1000, 0, 3)] });
    expect(slow.verdict?.words).toMatch(
      /latency-p50: it is at least .* times that of the control, where 1\.5 times is the limit/,
    );
    const fine = verdictOf(experiment, { arms: [traffic(1000, 5), traffic(1000, 9, 1.1)] });
    expect(fine.verdict).toBeUndefined();
  });

  it('is that the arms changed, whatever else was found', () => {
    const { verdict } = verdictOf(experimentOf(), better, START, 'b is another version');
    expect(verdict).toEqual({ code: 'changed', words: 'b is another version' });
  });

  it('compares within each revision: a paradox of moved weights is not taken for an effect', () => {
    // Both arms are equal in each revision; the pooled shares are far apart.
    const outcomes = {
      1: { a: share(0.1, 900), b: share(0.1, 100) },
      2: { a: share(0.5, 100), b: share(0.5, 900) },
    };
    const { measured, verdict } = verdictOf(experimentOf({ minimumDetectableEffect: 0.05 }), {
      outcomes,
    });
    expect(measured.arms.map(({ estimate }) => estimate)).toEqual([
      expect.closeTo(0.14, 10),
      expect.closeTo(0.46, 10),
    ]);
    expect(measured.differences[0]?.difference).toBeCloseTo(0, 2);
    expect(verdict).toBeUndefined();
  });

  it('of several treatments needs more evidence of each, and names the best', () => {
    const three = experimentOf({ treatments: ['b', 'c'] });
    expect(three.plan.perArm).toBeGreaterThan(experimentOf().plan.perArm);
    const outcomes = { 1: { a: share(0.2, 600), b: share(0.4, 600), c: share(0.5, 600) } };
    const arms = [traffic(500), traffic(500), traffic(500)];
    const { verdict } = verdictOf(three, { outcomes, arms, weights: [40, 30, 30] });
    expect(verdict).toMatchObject({ code: 'sample-ratio-mismatch' });
    const fair = verdictOf(three, { outcomes, arms, weights: [1, 1, 1] });
    expect(fair.verdict).toMatchObject({ code: 'treatment-better', variant: 'c' });
  });
});

describe('the plan of an experiment', () => {
  it('needs a spread for means, and a share that can be', () => {
    expect(NewExperiment.safeParse({ ...base, metric: { kind: 'value-mean' } }).success).toBe(
      false,
    );
    expect(NewExperiment.safeParse({ ...base, treatments: ['a'] }).success).toBe(false);
    expect(() => planOf(NewExperiment.parse({ ...base, baseline: 0.95 }))).toThrow(/no share/);
    const mean = NewExperiment.parse({
      ...{ ...base, metric: { kind: 'value-mean' }, baseline: undefined },
      ...{ standardDeviation: 10, minimumDetectableEffect: 2 },
    });
    expect(planOf(mean)).toEqual({ perArm: 752, singleLook: 393 });
  });
});
