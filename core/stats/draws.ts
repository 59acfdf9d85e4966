import type { Random } from '#core/random.ts';

/**
 * Gamma with scale 1: Marsaglia and Tsang (2000); below shape 1 by the power of a uniform number
 * that they give.
 */
export function drawGamma(random: Random, shape: number): number {
  if (shape < 1) return drawGamma(random, shape + 1) * (1 - random.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const u = 1 - random.uniform();
    if (Math.log(u) < (x * x) / 2 + d * (1 - v + Math.log(v))) return d * v;
  }
}

export function drawBeta(random: Random, a: number, b: number): number {
  const x = drawGamma(random, a);
  return x / (x + drawGamma(random, b));
}

export const drawStudent = (random: Random, degreesOfFreedom: number): number =>
  random.normal() / Math.sqrt((2 * drawGamma(random, degreesOfFreedom / 2)) / degreesOfFreedom);
