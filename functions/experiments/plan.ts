import { invalidField } from '#core/errors.ts';
import {
  meansSampleSize,
  proportionsSampleSize,
  sequentialFactor,
} from '#core/experiments/sample-size.ts';
import type { Experiment, NewExperiment } from './schema.ts';

/** One of several treatments that seems better by chance must be as rare as with one (Bonferroni). */
export const alphaOf = ({ alpha, treatments }: Pick<NewExperiment, 'alpha' | 'treatments'>) =>
  alpha / treatments.length;

/** Outcomes per arm that the wanted effect needs. @throws AppError where no share can be so large */
export function planOf(spec: NewExperiment): Experiment['plan'] {
  const errors = { alpha: alphaOf(spec), power: spec.power };
  const single = singleLook(spec, errors);
  const perArm = single * sequentialFactor(errors);
  return { perArm: Math.max(100, Math.ceil(perArm)), singleLook: Math.ceil(single) };
}

function singleLook(spec: NewExperiment, errors: { alpha: number; power: number }): number {
  const { minimumDetectableEffect: effect, direction, standardDeviation, baseline = 0.5 } = spec;
  if (standardDeviation !== undefined) return meansSampleSize(standardDeviation, effect, errors);
  const signed = direction === 'increase' ? effect : -effect;
  const other = baseline + signed;
  if (other < 0 || other > 1) {
    throw invalidField('minimumDetectableEffect', `leads from ${baseline} to ${other}: no share`);
  }
  return proportionsSampleSize(baseline, signed, errors);
}
