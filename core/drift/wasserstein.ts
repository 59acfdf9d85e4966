/** Below this a deviation counts as this, so that constant columns are comparable (Evidently). */
const LEAST_DEVIATION = 0.001;

/**
 * Wasserstein distance W₁ between two samples, ∫ |F − G| (Vallender 1974), in the values' unit; as
 * scipy.stats.wasserstein_distance.
 *
 * @param reference,current sorted, neither empty
 */
export const wassersteinDistance = (reference: Float64Array, current: Float64Array): number =>
  sumOfGaps(reference, current, 1) / (reference.length * current.length);

/** What a distance in the values' unit is divided by to have none. */
export const unitOf = (deviation: number): number => Math.max(deviation, LEAST_DEVIATION);

/** Σ |nm (F − G)|^power × width over the gaps between neighbouring values of n and m. */
export function sumOfGaps(a: Float64Array, b: Float64Array, power: 1 | 2): number {
  const [n, m] = [a.length, b.length];
  let [i, j, sum] = [0, 0, 0];
  let before = Math.min(a[0] as number, b[0] as number);
  while (i < n || j < m) {
    const takesFirst = j === m || (i < n && (a[i] as number) <= (b[j] as number));
    const value = takesFirst ? (a[i] as number) : (b[j] as number);
    if (value > before) {
      const difference = Math.abs(i * m - j * n);
      sum += (power === 1 ? difference : difference * difference) * (value - before);
      before = value;
    }
    if (takesFirst) i++;
    else j++;
  }
  return sum;
}
