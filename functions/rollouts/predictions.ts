import { compareCategories, compareDistributions } from '#core/experiments/distributions.ts';
import { compareProportions } from '#core/experiments/proportions.ts';
import { QuantileSketch } from '#core/profile/quantile-sketch.ts';
import type { OutputProfile } from '#core/traffic/output-tally.ts';
import type { Finding } from './schema.ts';

type Outputs = readonly OutputProfile[];

/**
 * Whether the two predict alike, by the output that certainly differs most.
 * @param tolerated distance, 0 to 1; undefined: not judged
 */
export function predictionShift(
  old: Outputs,
  fresh: Outputs,
  tolerated: number | undefined,
  alpha: number,
): Finding[] {
  if (tolerated === undefined) return [];
  const share = alpha / Math.max(1, fresh.length);
  const compared = fresh.flatMap((output) => {
    const same = old.find(({ name, kind }) => name === output.name && kind === output.kind);
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

export const unknown = (criterion: string, message: string): Finding => ({
  criterion,
  outcome: 'unknown',
  old: null,
  new: null,
  message,
});
