import type { Figure } from '#core/figure.ts';
import { proportionFigure } from '#core/metrics/decisions.ts';
import { hypergeometricTail, studentSurvival } from '#core/stats/distributions.ts';
import { normalQuantile } from '#core/stats/normal-quantile.ts';

/** Rows, the sum of their losses and of the squares of these. */
export interface LossSums {
  rows: number;
  loss: number;
  squares: number;
}

export const noLosses = (): LossSums => ({ rows: 0, loss: 0, squares: 0 });

export const addSums = (into: LossSums, other: LossSums): void => {
  into.rows += other.rows;
  into.loss += other.loss;
  into.squares += other.squares;
};

export const withoutSums = (all: LossSums, part: LossSums): LossSums => ({
  rows: all.rows - part.rows,
  loss: all.loss - part.loss,
  squares: all.squares - part.squares,
});

/** How a slice is judged from its losses. */
export interface LossKind {
  readonly metric: string;
  /** The metric of some rows. */
  value(sums: LossSums): number;
  figure(sums: LossSums): Figure;
  /** By how much the slice is worse than the rest, as a share of the rest's metric. */
  gap(slice: LossSums, rest: LossSums): number;
  /** One-sided: how likely so much worse would be were the slice like the rest. */
  pValue(slice: LossSums, rest: LossSums): number;
}

/** Losses of 1 for a wrong class and 0 for the right one; judged by Fisher's exact test. */
export const ERRORS: LossKind = {
  metric: 'accuracy',
  value: ({ rows, loss }) => 1 - loss / rows,
  figure: ({ rows, loss }) => proportionFigure(rows - loss, rows),
  gap: (slice, rest) => 1 - ERRORS.value(slice) / ERRORS.value(rest),
  pValue: (slice, rest) =>
    hypergeometricTail(slice.loss, {
      total: slice.rows + rest.rows,
      marked: slice.loss + rest.loss,
      drawn: slice.rows,
    }),
};

/** Squared errors; judged by Welch's t-test. */
export const SQUARED_ERRORS: LossKind = {
  metric: 'rmse',
  value: ({ rows, loss }) => Math.sqrt(loss / rows),
  figure: (sums) => {
    const half = normalQuantile(0.975) * Math.sqrt(variance(sums) / sums.rows);
    const mean = sums.loss / sums.rows;
    const [lower, upper] = [Math.sqrt(Math.max(0, mean - half)), Math.sqrt(mean + half)];
    return { value: Math.sqrt(mean), interval: { lower, upper, level: 0.95 }, n: sums.rows };
  },
  gap: (slice, rest) => SQUARED_ERRORS.value(slice) / SQUARED_ERRORS.value(rest) - 1,
  pValue: (slice, rest) => {
    const [own, others] = [variance(slice) / slice.rows, variance(rest) / rest.rows];
    const t = strength(slice, rest);
    const freedom =
      (own + others) ** 2 / (own ** 2 / (slice.rows - 1) + others ** 2 / (rest.rows - 1));
    return Number.isNaN(freedom) ? (t > 0 ? 0 : 1) : studentSurvival(t, freedom);
  },
};

/** Rounding may leave a speck below zero. */
const variance = ({ rows, loss, squares }: LossSums) =>
  Math.max(0, squares - loss ** 2 / rows) / (rows - 1);

/** Welch's t of the mean losses: how clearly, size and gap together, the slice is worse. */
export function strength(slice: LossSums, rest: LossSums): number {
  const gap = slice.loss / slice.rows - rest.loss / rest.rows;
  if (gap === 0) return 0;
  return gap / Math.sqrt(variance(slice) / slice.rows + variance(rest) / rest.rows);
}
