import type { Figures } from '#core/figure.ts';
import type { LossKind } from '#core/slices/losses.ts';
import type { Evidence } from '../../evidence.ts';
import type { Finding } from '../../schema.ts';

type Quality = Evidence<'quality'>;

/** What measuring a model, and its champion, on the labelled rows gives. */
export interface Measured {
  readonly evidence: Omit<Quality, 'weakSlices' | 'champion'>;
  readonly comparison: Omit<NonNullable<Quality['champion']>, 'version'> | undefined;
  readonly findings: readonly Finding[];
  /** By row, what weak slices are searched with; undefined where answers are no numbers. */
  readonly loss: Float64Array | undefined;
  readonly lossKind: LossKind;
}

/** Two-sided chance below which a difference from the champion counts. */
const SIGNIFICANCE = 0.05;

/** @param gain above 0 where the subject is better */
export function verdictOf(
  pValue: number,
  gain: number,
): 'better' | 'worse' | 'no significant difference' {
  if (pValue >= SIGNIFICANCE || gain === 0) return 'no significant difference';
  return gain > 0 ? 'better' : 'worse';
}

/** Metrics that the answers do not allow, said as null. */
export const undefinedFigures = (names: readonly string[], n: number): Figures =>
  Object.fromEntries(names.map((name) => [name, { value: null, n }]));

export const withRows = (figures: Figures, n: number): Figures =>
  Object.fromEntries(Object.entries(figures).map(([name, figure]) => [name, { ...figure, n }]));
