import { sumOfGaps } from './wasserstein.ts';

/**
 * Energy distance between two samples, √(2 ∫ (F − G)²) (Székely and Rizzo 2013); as
 * scipy.stats.energy_distance. Its unit is the root of the values' unit.
 *
 * @param reference,current sorted, neither empty
 */
export const energyDistance = (reference: Float64Array, current: Float64Array): number =>
  Math.sqrt(2 * sumOfGaps(reference, current, 2)) / (reference.length * current.length);
