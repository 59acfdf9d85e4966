import { describe, expect, it } from '@jest/globals';
import { meanSummary } from '#core/experiments/means.ts';
import { NO_MOMENTS } from '#core/profile/moments.ts';
import { QuantileSketch } from '#core/profile/quantile-sketch.ts';
import { Random } from '#core/random.ts';
import { type Arm, judge, levelOf } from '../../../functions/rollouts/judge.ts';
import { Criteria } from '../../../functions/rollouts/schema.ts';

const generator = new Random(7);
const random = () => generator.uniform();
function sketch(n: number, draw: () => number): QuantileSketch {
  const made = new QuantileSketch();
  for (let i = 0; i < n; i++) made.add(draw());
  return made;
}
const value = (n: number, draw: () => number): Arm['outputs'][number] => ({
  name: 'price',
  kind: 'value',
  moments: NO_MOMENTS,
  min: 0,
  max: 1,
  quantiles: sketch(n, draw).toJSON(),
});
const arm = (requests: number, more: { failures?: number; slow?: number } = {}): Arm => ({
  requests,
  failures: more.failures ?? 0,
  latency: sketch(requests, () => (more.slow ?? 1) * (10 + 5 * random())),
  outputs: [],
  feedback: undefined,
});
const criteria = (more: object = {}) => Criteria.parse({ minimumRequests: 100, ...more });
const at = (seconds: number) => ({
  seconds,
  bakeSeconds: 60,
  patienceSeconds: 240,
  judgedSteps: 3,
  restart: 0,
});
const evidence = (old: Arm, fresh: Arm, ringing: string[] = [], whole = false) => ({
  ...{ old, fresh, ringing, whole },
});

describe('a step of a rollout', () => {
  it('goes on when it has lasted its time with nothing worse than tolerated', () => {
    const judged = judge(evidence(arm(900), arm(300)), criteria(), at(61));
    expect(judged).toMatchObject({ decision: 'advance' });
  });

  it('is not cut short, however good it looks', () => {
    expect(judge(evidence(arm(900), arm(300)), criteria(), at(59)).decision).toBe('wait');
  });

  it('goes back at once when failures are certain, in words with both rates', () => {
    const judged = judge(evidence(arm(900), arm(60, { failures: 15 })), criteria(), at(5));
    expect(judged.decision).toBe('roll-back');
    expect(judged.reason).toContain('25 % of its requests fail, 0 % of the old ones');
  });

  it('goes back when it is certainly slower than tolerated', () => {
    const judged = judge(evidence(arm(900), arm(300, { slow: 4 })), criteria(), at(5));
    expect(judged.decision).toBe('roll-back');
    expect(judged.reason).toMatch(/its latency p95 is .* ms, that of the old one .* ms/);
  });

  it('goes back when an alarm rings', () => {
    const judged = judge(evidence(arm(900), arm(300), ['too-hot']), criteria(), at(5));
    expect(judged).toMatchObject({ decision: 'roll-back', reason: 'the alarm "too-hot" rings' });
  });

  it('waits for enough requests, and is held where they do not come', () => {
    const few = evidence(arm(900), arm(99));
    expect(judge(few, criteria(), at(100)).decision).toBe('wait');
    const judged = judge(few, criteria(), at(240));
    expect(judged).toMatchObject({ decision: 'hold' });
    expect(judged.reason).toContain('99 requests of the 100');
  });

  it('is held where what looks worse cannot be told from chance', () => {
    const doubtful = evidence(arm(900), arm(150, { failures: 3 }));
    expect(judge(doubtful, criteria(), at(100)).decision).toBe('wait');
    const judged = judge(doubtful, criteria(), at(300));
    expect(judged.decision).toBe('hold');
    expect(judged.reason).toContain('it is not certain: 2 % of its requests fail');
  });

  it('does not blame a new version for what the old one does as well', () => {
    const both = evidence(arm(900, { failures: 180 }), arm(300, { failures: 60 }));
    expect(judge(both, criteria(), at(61)).decision).toBe('advance');
  });

  it('counts failures against perfection where there is nothing to compare with', () => {
    const nothing = (whole: boolean) =>
      judge(evidence(arm(0), arm(100, { failures: 40 }), [], whole), criteria(), at(5)).decision;
    expect(nothing(true)).toBe('roll-back');
    // The old one's figures are still to come.
    expect(nothing(false)).toBe('wait');
  });

  it('goes back when predictions are certainly further away than tolerated', () => {
    const scores = (n: number, shift: number): Arm => ({
      ...arm(n),
      outputs: [value(n, () => random() ** 2 + shift)],
    });
    const shifted = evidence(scores(3000, 0), scores(2000, 0.8));
    expect(judge(shifted, criteria(), at(5)).decision).toBe('wait');
    const wanted = criteria({ predictionShift: 0.2 });
    expect(judge(shifted, wanted, at(5)).decision).toBe('roll-back');
    expect(judge(evidence(scores(3000, 0), scores(2000, 0)), wanted, at(61)).decision).toBe(
      'advance',
    );
  });

  it('compares labels and scores, too', () => {
    const wanted = criteria({ predictionShift: 0.2 });
    const labels = (yes: number, no: number): Arm => ({
      ...arm(yes + no),
      outputs: [
        {
          name: 'label',
          kind: 'label',
          counts: [
            ['yes', yes],
            ['no', no],
          ],
          other: 0,
        },
      ],
    });
    const scores = (...bins: number[]): Arm => ({
      ...arm(bins.reduce((a, b) => a + b)),
      outputs: [{ name: 'p', kind: 'score', moments: NO_MOMENTS, bins }],
    });
    const decide = (old: Arm, fresh: Arm) => judge(evidence(old, fresh), wanted, at(61)).decision;
    expect(decide(labels(500, 500), labels(480, 520))).toBe('advance');
    expect(decide(labels(500, 500), labels(900, 100))).toBe('roll-back');
    expect(decide(labels(5, 5), labels(9, 1))).toBe('wait');
    expect(decide(scores(500, 300, 200), scores(490, 310, 200))).toBe('advance');
    expect(decide(scores(500, 300, 200), scores(100, 300, 600))).toBe('roll-back');
  });

  it.each([
    ['value-mean', true, 0.5, 'roll-back'],
    ['value-mean', true, 0.9, 'advance'],
    ['value-mean', false, 0.5, 'advance'],
    ['label-match', true, 0.5, 'roll-back'],
  ] as const)(
    'judges feedback: %s, higher is better: %s, mean %d: %s',
    (metric, higherIsBetter, mean, decision) => {
      const rated = (n: number, value: number): Arm => ({
        ...arm(n),
        feedback: meanSummary(n, n * value, n * value),
      });
      const wanted = criteria({ feedback: { metric, decrease: 0.02, higherIsBetter } });
      expect(judge(evidence(rated(3000, 0.9), rated(2000, mean)), wanted, at(61)).decision).toBe(
        decision,
      );
    },
  );

  it('says what it does not know', () => {
    const wanted = criteria({
      predictionShift: 0.2,
      feedback: { metric: 'label-match', decrease: 0 },
    });
    const { findings } = judge(evidence(arm(0), arm(0)), wanted, at(5));
    expect(findings.map(({ outcome }) => outcome)).toEqual([
      'unknown',
      'unknown',
      'unknown',
      'unknown',
    ]);
  });
});

describe('a thousand looks at a version that is no worse', () => {
  it('roll it back no more often than alpha allows', () => {
    const wanted = criteria({ errorRateIncrease: 0, latency: { increase: 0 }, alpha: 0.1 });
    let back = 0;
    for (let run = 0; run < 60; run++) {
      const [old, fresh] = [new QuantileSketch(), new QuantileSketch()];
      const failures = [0, 0];
      for (let n = 50; n <= 1000; n += 50) {
        for (let i = 0; i < 50; i++) {
          old.add(10 + random());
          fresh.add(10 + random());
          if (random() < 0.05) failures[0] = (failures[0] as number) + 1;
          if (random() < 0.05) failures[1] = (failures[1] as number) + 1;
        }
        const side = (latency: QuantileSketch, failed = 0): Arm => ({
          requests: n,
          failures: failed,
          latency,
          outputs: [],
          feedback: undefined,
        });
        const seen = evidence(side(old, failures[0]), side(fresh, failures[1]));
        if (judge(seen, wanted, at(n)).decision === 'roll-back') {
          back++;
          break;
        }
      }
    }
    // Binomial(60, 0.1): more than 12 would be seen once in a hundred times.
    expect(back).toBeLessThanOrEqual(12);
  });
});

describe('the chance of error', () => {
  it('is shared out among all steps, and all that begin anew, however many', () => {
    const alpha = 0.05;
    const steps = [0, 1, 2].map(() => levelOf({ alpha }, { judgedSteps: 3, restart: 0 }));
    const again = Array.from({ length: 10_000 }, (_, n) =>
      levelOf({ alpha }, { judgedSteps: 3, restart: n + 1 }),
    );
    const sum = [...steps, ...again].reduce((a, b) => a + b, 0);
    expect(sum).toBeLessThanOrEqual(alpha);
    expect(sum).toBeGreaterThan(0.999 * alpha);
  });

  it('leaves less to a step that begins anew', () => {
    const some = evidence(arm(900), arm(60, { failures: 7 }));
    expect(judge(some, criteria(), at(5)).decision).toBe('roll-back');
    expect(judge(some, criteria(), { ...at(5), restart: 3 }).decision).toBe('wait');
  });
});
