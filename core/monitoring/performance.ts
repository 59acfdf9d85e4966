import type { Interval } from '#core/figure.ts';
import { normalQuantile } from '#core/stats/normal-quantile.ts';
import { wilsonInterval } from '#core/stats/wilson.ts';

/** What was predicted, and what turned out to be true. */
export interface Outcome<T> {
  readonly predicted: T;
  readonly truth: T;
}

export interface Performance {
  readonly metric: 'accuracy' | 'mae';
  readonly value: number;
  readonly interval: Interval;
  /** Predictions whose truth is known. */
  readonly labelled: number;
}

/** Undefined where nothing is known. */
export function accuracyOf(outcomes: readonly Outcome<string>[]): Performance | undefined {
  const labelled = outcomes.length;
  const right = outcomes.filter(({ predicted, truth }) => predicted === truth).length;
  const interval = wilsonInterval(right, labelled);
  return interval && { metric: 'accuracy', value: right / labelled, interval, labelled };
}

const LEVEL = 0.95;

/** Mean absolute error, with the normal interval of a mean; undefined for fewer than two. */
export function absoluteErrorOf(outcomes: readonly Outcome<number>[]): Performance | undefined {
  const labelled = outcomes.length;
  if (labelled < 2) return undefined;
  const errors = outcomes.map(({ predicted, truth }) => Math.abs(predicted - truth));
  const value = errors.reduce((sum, error) => sum + error, 0) / labelled;
  const squares = errors.reduce((sum, error) => sum + (error - value) ** 2, 0);
  const half = normalQuantile((1 + LEVEL) / 2) * Math.sqrt(squares / (labelled - 1) / labelled);
  const interval = { lower: Math.max(0, value - half), upper: value + half, level: LEVEL };
  return { metric: 'mae', value, interval, labelled };
}

/**
 * How much is lost against what was measured before: points of accuracy, or the growth of the error
 * as a share. The smallest loss that the interval allows, so that chance alone is no loss.
 */
export function certainLoss({ metric, interval }: Performance, baseline: number): number {
  if (metric === 'accuracy') return Math.max(0, baseline - interval.upper);
  return baseline <= 0 ? 0 : Math.max(0, interval.lower / baseline - 1);
}
