import type { Interval } from '#core/figure.ts';

/**
 * What two arms differ by, treatment minus control. The interval is always valid: it may be looked
 * at after every observation and acted on at once, and still covers the truth at *all* looks
 * together with probability `interval.level`. Its ends are infinite where nothing can be said yet.
 */
export interface Comparison {
  readonly difference: number;
  readonly interval: Interval;
  /** Natural logarithm of the evidence (e-value) against "no difference"; 0 is none. */
  readonly logEvidence: number;
}

/** Always-valid p-value: Ville's inequality bounds the chance of evidence 1/p at any time by p. */
export const alwaysValidP = (logEvidence: number): number => Math.min(1, Math.exp(-logEvidence));

/** For too few observations. */
export const nothingKnown = (difference: number, alpha: number): Comparison => ({
  difference,
  interval: {
    lower: Number.NEGATIVE_INFINITY,
    upper: Number.POSITIVE_INFINITY,
    level: 1 - alpha,
  },
  logEvidence: 0,
});

/** Where an increasing or decreasing condition turns: `holds(inside)`, not `holds(outside)`. */
export function edge(
  inside: number,
  outside: number,
  holds: (value: number) => boolean,
  steps = 45,
): number {
  let [good, bad] = [inside, outside];
  for (let i = 0; i < steps; i++) {
    const middle = (good + bad) / 2;
    if (middle === good || middle === bad) break;
    if (holds(middle)) good = middle;
    else bad = middle;
  }
  // The bad end, so that rounding widens and never narrows.
  return bad;
}
