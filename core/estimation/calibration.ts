import type { Random } from '#core/random.ts';
import { argsort } from '#core/stats/argsort.ts';
import { applyIsotonic, fitIsotonic, type Isotonic } from './isotonic.ts';

const BINS = 10;
const SPLITS = 10;
/** Of the rows, held out in each split. */
const HELD_OUT = 0.1;

/**
 * A map from scores to probabilities, where scores need one: fitted on random nine tenths ten times,
 * isotonic regression must lower the expected calibration error of what was held out (as NannyML).
 *
 * @param isClass 1 for rows of the class, 0 for the others
 * @returns null where the scores are as good as they are
 */
export function fitCalibration(
  scores: Float64Array,
  isClass: Float64Array,
  random: Random,
): Isotonic | null {
  const size = Math.floor(scores.length * HELD_OUT);
  const total = isClass.reduce((sum, value) => sum + value, 0);
  if (size < 2 * BINS || total === 0 || total === isClass.length) return null;
  const held = { before: [] as number[], after: [] as number[], truth: [] as number[] };
  const order = Int32Array.from(scores, (_, row) => row);
  for (let split = 0; split < SPLITS; split++) {
    random.shuffle(order);
    const [test, train] = [order.subarray(0, size), order.subarray(size)];
    const map = fitIsotonic(at(scores, train), at(isClass, train));
    held.before.push(...at(scores, test));
    held.after.push(...applyIsotonic(map, at(scores, test)));
    held.truth.push(...at(isClass, test));
  }
  const truth = Float64Array.from(held.truth);
  const before = expectedCalibrationError(Float64Array.from(held.before), truth);
  const after = expectedCalibrationError(Float64Array.from(held.after), truth);
  return before > after ? fitIsotonic(scores, isClass) : null;
}

const at = (values: Float64Array, rows: Int32Array): Float64Array =>
  Float64Array.from(rows, (row) => values[row] as number);

/** Over bins of equal counts: Naeini et al. 2015. */
export function expectedCalibrationError(scores: Float64Array, isClass: Float64Array): number {
  const order = argsort(scores);
  let error = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const [from, to] = [bin, bin + 1].map((i) => Math.floor((i * order.length) / BINS));
    let difference = 0;
    for (let i = from as number; i < (to as number); i++) {
      const row = order[i] as number;
      difference += (scores[row] as number) - (isClass[row] as number);
    }
    error += Math.abs(difference) / order.length;
  }
  return error;
}
