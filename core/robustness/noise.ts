import type { Random } from '#core/random.ts';
import { isGap, nearestAllowed, type Space } from './space.ts';

/**
 * Every point with normal noise on every number, as many standard deviations wide as the budget
 * says. A category is switched where its noise exceeds one, the price of a switch.
 */
export function withNoise(
  space: Space,
  points: Float64Array,
  { budget, random }: { budget: number; random: Random },
): Float64Array {
  const width = space.columns.length;
  const noisy = points.slice();
  for (let base = 0; base < points.length; base += width) {
    for (const i of space.movable) {
      const noise = budget * random.normal();
      const value = points[base + i]!;
      if (isGap(space, i, value)) continue;
      noisy[base + i] = moved(space, i, { value, noise, random });
    }
  }
  return noisy;
}

function moved(
  space: Space,
  i: number,
  { value, noise, random }: { value: number; noise: number; random: Random },
): number {
  const { dimension } = space.columns[i]!;
  if (dimension.kind === 'number') {
    return nearestAllowed(dimension, value + noise * dimension.deviation);
  }
  return dimension.kind === 'choice' && Math.abs(noise) > 1
    ? anotherChoice(dimension.choices, value, random)
    : value;
}

export function anotherChoice(choices: readonly number[], value: number, random: Random): number {
  const others = choices.filter((choice) => choice !== value);
  return others.length === 0 ? value : others[random.integer(others.length)]!;
}
