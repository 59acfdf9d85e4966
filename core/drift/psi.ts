import { type BinnedPair, filledShares } from './bins.ts';

/**
 * Population stability index, Σ (c − r) ln(c ÷ r) over bins: Siddiqi, Credit Risk Scorecards, 2006.
 * Zero for equal shares, the same in both directions.
 */
export function psi(counts: BinnedPair): number {
  const reference = filledShares(counts.reference);
  const current = filledShares(counts.current);
  let sum = 0;
  for (let bin = 0; bin < reference.length; bin++) {
    // Empty on both sides: the same, whatever it is filled with.
    if ((counts.reference[bin] as number) + (counts.current[bin] as number) === 0) continue;
    const r = reference[bin] as number;
    const c = current[bin] as number;
    sum += (r - c) * Math.log(r / c);
  }
  return sum;
}
