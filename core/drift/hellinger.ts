import { type BinnedPair, sharesOf } from './bins.ts';

/** Hellinger distance, √(1 − Σ √(r c)): Hellinger 1909. Between 0 and 1. */
export function hellinger(counts: BinnedPair): number {
  const reference = sharesOf(counts.reference);
  const current = sharesOf(counts.current);
  let affinity = 0;
  for (let bin = 0; bin < reference.length; bin++) {
    affinity += Math.sqrt((reference[bin] as number) * (current[bin] as number));
  }
  return Math.sqrt(1 - Math.min(1, affinity));
}
