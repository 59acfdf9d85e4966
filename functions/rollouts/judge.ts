import { compareCategories, compareDistributions } from '#core/experiments/distributions.ts';
import { compareMeans, type MeanSummary } from '#core/experiments/means.ts';
import { compareProportions } from '#core/experiments/proportions.ts';
import { compareQuantiles } from '#core/experiments/quantiles.ts';
import type { Interval } from '#core/figure.ts';
import { QuantileSketch } from '#core/profile/quantile-sketch.ts';
import type { OutputProfile } from '#core/traffic/output-tally.ts';
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
  const findings = examine(evidence, criteria, progress.judgedSteps);
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

function examine(evidence: Evidence, criteria: Criteria, steps: number): Finding[] {
  const { old, fresh, ringing, whole } = evidence;
  const tests = 2 + (criteria.predictionShift === undefined ? 0 : 1) + (criteria.feedback ? 1 : 0);
  const alpha = criteria.alpha / tests / Math.max(1, steps);
  const planned = Math.max(criteria.minimumRequests, 50);
  return [
    ...ringing.map(alarmFinding),
    errorRate(old, fresh, { criteria, alpha, whole }),
    latency(old, fresh, { criteria, alpha, planned }),
    ...predictionShift(old, fresh, criteria, alpha),
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

function predictionShift(old: Arm, fresh: Arm, criteria: Criteria, alpha: number): Finding[] {
  const { predictionShift: tolerated } = criteria;
  if (tolerated === undefined) return [];
  const share = alpha / Math.max(1, fresh.outputs.length);
  const compared = fresh.outputs.flatMap((output) => {
    const same = old.outputs.find(({ name, kind }) => name === output.name && kind === output.kind);
    return same ? [{ name: output.name, ...shift(same, output, share) }] : [];
  });
  if (compared.length === 0) return [unknown('predictions', 'there is no output to compare yet')];
  const worst = compared.reduce((a, b) => (b.atLeast > a.atLeast ? b : a));
  // Distances of small samples are large by chance: only what is certain counts.
  const outcome = worst.atLeast > tolerated ? 'harm' : 'fine';
  return [
    {
      criterion: 'predictions',
      outcome,
      old: 0,
      new: worst.distance,
      message: `what it predicts as "${worst.name}" is ${worst.distance.toFixed(2)} away from what the old one does (at most ${tolerated} is tolerated)`,
    },
  ];
}

/** How far apart two profiles of one output are, and how far certainly: 0 where chance explains it. */
function shift(old: OutputProfile, fresh: OutputProfile, alpha: number) {
  if (old.kind === 'value' && fresh.kind === 'value') {
    const [a, b] = [QuantileSketch.from(old.quantiles), QuantileSketch.from(fresh.quantiles)];
    return compareDistributions(a, b, alpha);
  }
  const [before, now] = countsOf(old, fresh);
  return { distance: compareCategories(before, now).distance, atLeast: apart(before, now, alpha) };
}

/** A bound of the total variation distance from below: each category's share has its own interval. */
function apart(before: readonly number[], now: readonly number[], alpha: number): number {
  const [n, m] = [sum(before), sum(now)];
  if (n === 0 || m === 0) return 0;
  const bounds = before.map((count, k) => {
    const [a, b] = [
      { successes: count, trials: n },
      { successes: now[k] as number, trials: m },
    ];
    const { lower, upper } = compareProportions(a, b, alpha / before.length).interval;
    return Math.max(0, lower, -upper);
  });
  return sum(bounds) / 2;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function countsOf(a: OutputProfile, b: OutputProfile): [number[], number[]] {
  if (a.kind === 'score' && b.kind === 'score') return [[...a.bins], [...b.bins]];
  if (a.kind !== 'label' || b.kind !== 'label') return [[], []];
  const [of, ofToo] = [new Map(a.counts), new Map(b.counts)];
  const all = [...new Set([...of.keys(), ...ofToo.keys()])];
  // Only the most frequent labels are listed: one that one side lists may be among the other's rest.
  const whole = a.other === 0 && b.other === 0;
  const labels = whole ? all : all.filter((label) => of.has(label) && ofToo.has(label));
  const counts = (map: Map<string, number>, other: number) => {
    const listed = labels.map((label) => map.get(label) ?? 0);
    return [...listed, other + sum([...map.values()]) - sum(listed)];
  };
  return [counts(of, a.other), counts(ofToo, b.other)];
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

const unknown = (criterion: string, message: string): Finding => ({
  criterion,
  outcome: 'unknown',
  old: null,
  new: null,
  message,
});

const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;
const milliseconds = (value: number): string => `${Number(value.toPrecision(3))} ms`;
