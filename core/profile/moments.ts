/** Count, mean, and sums of powers of the deviations from it. */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly m2: number;
  readonly m3: number;
  readonly m4: number;
}

export const NO_MOMENTS: Moments = { count: 0, mean: 0, m2: 0, m3: 0, m4: 0 };

/** In two passes, the first for the mean; every value must be finite. */
export function momentsOf(values: ArrayLike<number>): Moments {
  const count = values.length;
  if (count === 0) return NO_MOMENTS;
  let mean = 0;
  for (let i = 0; i < count; i++) mean += ((values[i] as number) - mean) / (i + 1);
  let m2 = 0;
  let m3 = 0;
  let m4 = 0;
  for (let i = 0; i < count; i++) {
    const d = (values[i] as number) - mean;
    const square = d * d;
    m2 += square;
    m3 += square * d;
    m4 += square * square;
  }
  return { count, mean, m2, m3, m4 };
}

/** Of both samples together: Pébay 2008 (SAND2008-6212), formulas 3.1; Chan et al. 1979 for m2. */
export function mergeMoments(a: Moments, b: Moments): Moments {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const n = a.count + b.count;
  const d = b.mean - a.mean;
  const dn = d / n;
  const product = a.count * b.count;
  const m2 = a.m2 + b.m2 + d * dn * product;
  const m3 =
    a.m3 +
    b.m3 +
    d * dn * dn * product * (a.count - b.count) +
    3 * dn * (a.count * b.m2 - b.count * a.m2);
  const m4 =
    a.m4 +
    b.m4 +
    d * dn ** 3 * product * (a.count ** 2 - product + b.count ** 2) +
    6 * dn ** 2 * (a.count ** 2 * b.m2 + b.count ** 2 * a.m2) +
    4 * dn * (a.count * b.m3 - b.count * a.m3);
  return { count: n, mean: a.mean + dn * b.count, m2, m3, m4 };
}

/** With n − 1; undefined for fewer than two values. */
export const standardDeviation = ({ count, m2 }: Moments): number | undefined =>
  count < 2 ? undefined : Math.sqrt(m2 / (count - 1));

/** Of the sample, as scipy.stats.skew; undefined where nothing varies. */
export const skewness = ({ count, m2, m3 }: Moments): number | undefined =>
  m2 === 0 ? undefined : (Math.sqrt(count) * m3) / m2 ** 1.5;

/** Excess of the sample, as scipy.stats.kurtosis; undefined where nothing varies. */
export const kurtosis = ({ count, m2, m4 }: Moments): number | undefined =>
  m2 === 0 ? undefined : (count * m4) / m2 ** 2 - 3;
