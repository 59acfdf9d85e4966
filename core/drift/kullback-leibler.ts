import { type BinnedPair, filledShares, totalOf } from './bins.ts';

/**
 * Kullback–Leibler divergence of the reference from the current sample, Σ r ln(r ÷ c), in nats:
 * Kullback and Leibler 1951; as Evidently, with empty bins filled and shares brought back to 1.
 */
export function kullbackLeibler(counts: BinnedPair): number {
  const reference = filledShares(counts.reference);
  const current = filledShares(counts.current);
  const [all, seen] = [totalOf(reference), totalOf(current)];
  let sum = 0;
  for (let bin = 0; bin < reference.length; bin++) {
    const r = (reference[bin] as number) / all;
    sum += r * Math.log(r / ((current[bin] as number) / seen));
  }
  return sum;
}
