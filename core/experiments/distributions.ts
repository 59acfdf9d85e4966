import type { QuantileSketch } from '#core/profile/quantile-sketch.ts';
import { logGamma } from '#core/stats/gamma.ts';
import { times } from './mixtures.ts';

export interface DistributionComparison {
  /** Kolmogorov–Smirnov distance, or total variation of categories: 0 to 1. */
  readonly distance: number;
  /** What the true distance is at least, valid at every look; 0 where they may be equal. */
  readonly atLeast: number;
}

/**
 * How far an empirical distribution function ever strays from the true one after `first` values,
 * with probability 1 − α: the time-uniform Dvoretzky–Kiefer–Wolfowitz bound of Howard and Ramdas
 * (2022, corollary 2), 0.85 √((ln ln(e·n/first) + 0.8 ln(1612/α))/n).
 */
export function distributionBound(n: number, alpha: number, first = 32): number {
  if (n < first) return 1;
  const growth = Math.log1p(Math.log(n / first));
  return Math.min(1, 0.85 * Math.sqrt((growth + 0.8 * Math.log(1612 / alpha)) / n));
}

/**
 * Whether two samples come from one distribution, looked at at any time: the Kolmogorov–Smirnov
 * distance less what each empirical distribution may be off (section 7.2 of the same paper). For
 * numbers such as scores; sketches' rank errors are taken off too.
 */
export function compareDistributions(
  control: QuantileSketch,
  treatment: QuantileSketch,
  alpha: number,
): DistributionComparison {
  const distance = kolmogorovSmirnov(control, treatment);
  const off = [control, treatment].reduce(
    (sum, sketch) => sum + distributionBound(sketch.count, alpha / 2) + sketch.rankError,
    0,
  );
  return { distance, atLeast: Math.max(0, distance - off) };
}

function kolmogorovSmirnov(a: QuantileSketch, b: QuantileSketch): number {
  if (a.count === 0 || b.count === 0) return 0;
  const [x, y] = [a.cumulative(), b.cumulative()];
  let [i, j, distance] = [0, 0, 0];
  while (i < x.values.length && j < y.values.length) {
    const at = Math.min(x.values[i] as number, y.values[j] as number);
    while (i < x.values.length && (x.values[i] as number) <= at) i++;
    while (j < y.values.length && (y.values[j] as number) <= at) j++;
    const [below, belowToo] = [i === 0 ? 0 : x.ranks[i - 1]!, j === 0 ? 0 : y.ranks[j - 1]!];
    distance = Math.max(distance, Math.abs(below / a.count - belowToo / b.count));
  }
  return distance;
}

/** How often each category was seen, in one order for both arms. */
export type CategoryCounts = readonly number[];

export interface CategoryComparison {
  /** Total variation distance of the observed shares: 0 to 1. */
  readonly distance: number;
  /** Against "one distribution"; see Comparison. */
  readonly logEvidence: number;
}

/**
 * Whether two arms answer categories, such as classes, in the same shares: as compareProportions,
 * with Dirichlet(½) mixtures of both arms against the pooled shares (universal inference). Exact.
 */
export function compareCategories(
  control: CategoryCounts,
  treatment: CategoryCounts,
): CategoryComparison {
  const [n0, n1] = [total(control), total(treatment)];
  const pooled = control.reduce((sum, count, k) => {
    const both = count + (treatment[k] as number);
    return sum + times(both, Math.log(both / (n0 + n1)));
  }, 0);
  const apart = control.map((count, k) => Math.abs(count / n0 - (treatment[k] as number) / n1));
  return {
    distance: n0 === 0 || n1 === 0 ? 0 : total(apart) / 2,
    logEvidence: dirichletMixture(control) + dirichletMixture(treatment) - pooled,
  };
}

/** Log likelihood of the counts, in their order, under shares drawn from Dirichlet(weights). */
export function dirichletMixture(
  counts: CategoryCounts,
  weights: readonly number[] = counts.map(() => 0.5),
): number {
  const mass = total(weights);
  return counts.reduce(
    (sum, count, k) =>
      sum + logGamma(count + (weights[k] as number)) - logGamma(weights[k] as number),
    logGamma(mass) - logGamma(mass + total(counts)),
  );
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
