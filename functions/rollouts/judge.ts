import { compareMeans, type MeanSummary } from '#core/experiments/means.ts';
import { compareProportions } from '#core/experiments/proportions.ts';
import { compareQuantiles } from '#core/experiments/quantiles.ts';
import type { Interval } from '#core/figure.ts';
import type { QuantileSketch } from '#core/profile/quantile-sketch.ts';
import type { OutputProfile } from '#core/traffic/output-tally.ts';
import { predictionShift, unknown } from './predictions.ts';
import type { Criteria, Finding } from './schema.ts';

/** What is known of one side in a step. */
export interface Arm {
  readonly requests: number;
  /** Answered with a 5xx. */
  readonly failures: number;
  /** Milliseconds. */
  readonly latency: QuantileSketch;
  readonly outputs: readonly OutputProfile[];
  readonly feedback: MeanSummary | undefined;
}

export interface Evidence {
  readonly old: Arm;
  readonly fresh: Arm;
  /** Names of those that ring. */
  readonly ringing: readonly string[];
  /** All traffic is the new one's: the old side is what was before, or nothing. */
  readonly whole: boolean;
}

/** How far a step is. */
export interface Progress {
  readonly seconds: number;
  readonly bakeSeconds: number;
  readonly patienceSeconds: number;
  /** Steps of the rollout that are judged: the chance of error is shared out among them. */
  readonly judgedSteps: number;
  /** The step began anew, as the n-th of the rollout that did; 0: it did not. */
  readonly restart: number;
}

export interface Judgement {
  readonly decision: 'wait' | 'advance' | 'hold' | 'roll-back';
  readonly reason: string;
  readonly findings: readonly Finding[];
}

/**
 * Judges a step, as often as wanted: every test is valid whenever it is looked at, and a step, a
 * criterion has its share of the chance of error (Bonferroni). A version goes back as soon as it is
 * certain that it is worse than tolerated; it goes on when the step has lasted long enough, enough
 * requests were answered and what was measured is within what is tolerated.
 */
export function judge(evidence: Evidence, criteria: Criteria, progress: Progress): Judgement {
  const findings = examine(evidence, criteria, levelOf(criteria, progress));
  const harm = findings.filter(({ outcome }) => outcome === 'harm');
  if (harm.length > 0) return { decision: 'roll-back', reason: words(harm), findings };
  return { ...later(evidence, criteria, progress, findings), findings };
}

const words = (findings: readonly Finding[]) => findings.map(({ message }) => message).join('; ');

function later(
  { fresh }: Evidence,
  { minimumRequests }: Criteria,
  { seconds, bakeSeconds, patienceSeconds }: Progress,
  findings: readonly Finding[],
): Omit<Judgement, 'findings'> {
  if (seconds < bakeSeconds)
    return { decision: 'wait', reason: 'the step has not lasted its time' };
  const missing = minimumRequests - fresh.requests;
  const doubts = findings.filter(({ outcome }) => outcome === 'undecided');
  if (missing <= 0 && doubts.length === 0) {
    return {
      decision: 'advance',
      reason: `${fresh.requests} requests, nothing worse than tolerated`,
    };
  }
  const why =
    missing > 0
      ? `it answered ${fresh.requests} requests of the ${minimumRequests} that are wanted`
      : `it is not certain: ${words(doubts)}`;
  return { decision: seconds < patienceSeconds ? 'wait' : 'hold', reason: why };
}

/**
 * A step's share of the chance of error: all steps share nine tenths of it. One that begins anew is
 * judged anew, which takes from the last tenth: 1 in n(n + 1) of it for the n-th, which is all of it
 * for however many.
 */
export function levelOf(
  { alpha }: Pick<Criteria, 'alpha'>,
  { judgedSteps, restart }: Pick<Progress, 'judgedSteps' | 'restart'>,
): number {
  if (restart > 0) return (alpha * 0.1) / (restart * (restart + 1));
  return (alpha * 0.9) / Math.max(1, judgedSteps);
}

function examine(evidence: Evidence, criteria: Criteria, level: number): Finding[] {
  const { old, fresh, ringing, whole } = evidence;
  const tests = 2 + (criteria.predictionShift === undefined ? 0 : 1) + (criteria.feedback ? 1 : 0);
  const alpha = level / tests;
  const planned = Math.max(criteria.minimumRequests, 50);
  return [
    ...ringing.map(alarmFinding),
    errorRate(old, fresh, { criteria, alpha, whole }),
    latency(old, fresh, { criteria, alpha, planned }),
    ...predictionShift(old.outputs, fresh.outputs, criteria.predictionShift, alpha),
    ...feedback(old, fresh, { criteria, alpha, planned }),
  ];
}

const alarmFinding = (name: string): Finding => ({
  criterion: `alarm ${name}`,
  outcome: 'harm',
  old: null,
  new: null,
  message: `the alarm "${name}" rings`,
});

interface Test {
  readonly criteria: Criteria;
  readonly alpha: number;
  readonly planned: number;
}

/** Whether what is worse by more than tolerated is certain, possible, or excluded by the estimate. */
function outcomeOf(difference: number, { lower }: Interval, tolerated: number): Finding['outcome'] {
  if (lower > tolerated) return 'harm';
  return difference > tolerated ? 'undecided' : 'fine';
}

interface RateTest extends Pick<Test, 'criteria' | 'alpha'> {
  readonly whole: boolean;
}

function errorRate(old: Arm, fresh: Arm, { criteria, alpha, whole }: RateTest): Finding {
  const counts = (arm: Arm) => ({ successes: arm.failures, trials: arm.requests });
  if (fresh.requests === 0) return unknown('error rate', 'it has answered no request yet');
  if (old.requests === 0 && !whole) {
    return unknown('error rate', 'the old one has answered no request yet');
  }
  // Where nothing was there before to compare with, one without errors is assumed.
  const against = old.requests === 0 ? { successes: 0, trials: fresh.requests } : counts(old);
  const { difference, interval } = compareProportions(against, counts(fresh), alpha);
  const tolerated = criteria.errorRateIncrease;
  const rates = [against.successes / against.trials, fresh.failures / fresh.requests] as const;
  return {
    criterion: 'error rate',
    outcome: outcomeOf(difference, interval, tolerated),
    old: rates[0],
    new: rates[1],
    message: `${percent(rates[1])} of its requests fail, ${percent(rates[0])} of the old ones (at most ${percent(tolerated)} more are tolerated)`,
  };
}

function latency(old: Arm, fresh: Arm, { criteria, alpha, planned }: Test): Finding {
  const { quantile: share, increase } = criteria.latency;
  const name = `latency p${Math.round(share * 100)}`;
  const compared = compareQuantiles(old.latency, fresh.latency, {
    share,
    alpha,
    plannedPerArm: planned,
    scale: 'ratio',
  });
  const { control, treatment, interval } = compared;
  if (control === undefined || treatment === undefined) {
    return unknown(name, 'one of the two has answered no request yet');
  }
  return {
    criterion: name,
    outcome: outcomeOf(treatment / control, interval, 1 + increase),
    old: control,
    new: treatment,
    message: `its ${name} is ${milliseconds(treatment)}, that of the old one ${milliseconds(control)} (at most ${percent(increase)} more are tolerated)`,
  };
}

function feedback(old: Arm, fresh: Arm, { criteria, alpha, planned }: Test): Finding[] {
  const wanted = criteria.feedback;
  if (!wanted) return [];
  const name = wanted.metric === 'label-match' ? 'accuracy' : 'mean value';
  if (!old.feedback?.count || !fresh.feedback?.count) {
    return [unknown(name, 'no feedback has come in yet')];
  }
  const sign = wanted.higherIsBetter ? -1 : 1;
  const { difference, interval } =
    wanted.metric === 'label-match'
      ? compareProportions(rightOf(old.feedback), rightOf(fresh.feedback), alpha)
      : compareMeans(old.feedback, fresh.feedback, { alpha, plannedPerArm: planned });
  const worse =
    sign < 0 ? { ...interval, lower: -interval.upper, upper: -interval.lower } : interval;
  return [
    {
      criterion: name,
      outcome: outcomeOf(sign * difference, worse, wanted.decrease),
      old: old.feedback.mean,
      new: fresh.feedback.mean,
      message: `its ${name} by feedback is ${fresh.feedback.mean.toFixed(3)}, that of the old one ${old.feedback.mean.toFixed(3)} (${wanted.decrease} worse is tolerated)`,
    },
  ];
}

const rightOf = ({ count, mean }: MeanSummary) => ({
  successes: Math.round(count * mean),
  trials: count,
});

const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;
const milliseconds = (value: number): string => `${Number(value.toPrecision(3))} ms`;
