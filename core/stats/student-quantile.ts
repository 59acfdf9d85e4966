import { studentSurvival } from './distributions.ts';

/** The value below which Student's t with these degrees of freedom lies with the probability. */
export function studentQuantile(probability: number, degreesOfFreedom: number): number {
  if (probability < 0.5) return -studentQuantile(1 - probability, degreesOfFreedom);
  let [low, high] = [0, 1];
  while (studentSurvival(high, degreesOfFreedom) > 1 - probability) high *= 2;
  // Halving reaches neighbouring numbers long before this ends.
  for (let i = 0; i < 200 && low < high; i++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (studentSurvival(middle, degreesOfFreedom) > 1 - probability) low = middle;
    else high = middle;
  }
  return high;
}
