import { type BinnedPair, sharesOf } from './bins.ts';

/**
 * Jensen–Shannon distance, the root of the divergence in nats: Endres and Schindelin 2003; as
 * scipy.spatial.distance.jensenshannon. Between 0 and √ln 2 = 0.833.
 */
export function jensenShannon(counts: BinnedPair): number {
  const reference = sharesOf(counts.reference);
  const current = sharesOf(counts.current);
  let sum = 0;
  for (let bin = 0; bin < reference.length; bin++) {
    const r = reference[bin] as number;
    const c = current[bin] as number;
    const middle = (r + c) / 2;
    if (r > 0) sum += r * Math.log(r / middle);
    if (c > 0) sum += c * Math.log(c / middle);
  }
  return Math.sqrt(Math.max(0, sum) / 2);
}
