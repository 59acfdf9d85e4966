/** ln(√2π) */
const HALF_LOG_TWO_PI = 0.9189385332046728;

/**
 * P(X = k), binomial, accurate to the last digits for any number of trials: Loader 2000, "Fast and
 * accurate computation of binomial probabilities".
 */
export function binomialMass(k: number, trials: number, probability: number): number {
  if (probability <= 0) return k === 0 ? 1 : 0;
  if (probability >= 1) return k === trials ? 1 : 0;
  if (k === 0) return Math.exp(trials * Math.log1p(-probability));
  if (k === trials) return Math.exp(trials * Math.log(probability));
  const rest = trials - k;
  const log =
    stirlingError(trials) -
    stirlingError(k) -
    stirlingError(rest) -
    deviance(k, trials * probability) -
    deviance(rest, trials * (1 - probability));
  return Math.exp(log) * Math.sqrt(trials / (2 * Math.PI * k * rest));
}

/** ln n! − ln(√2πn (n ÷ e)ⁿ). */
function stirlingError(n: number): number {
  if (n < SMALL.length) return SMALL[n] as number;
  const square = n * n;
  return (
    (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) /
    n
  );
}

/** Of 0 to 15, from the factorials themselves. */
const SMALL: readonly number[] = Array.from({ length: 16 }, (_, n) => {
  if (n === 0) return 0;
  let factorial = 1;
  for (let i = 2; i <= n; i++) factorial *= i;
  return Math.log(factorial) - (HALF_LOG_TWO_PI + (n + 0.5) * Math.log(n) - n);
});

/** x ln(x ÷ m) + m − x, by a series where both are close, so that nothing cancels. */
function deviance(x: number, m: number): number {
  const d = x - m;
  if (Math.abs(d) >= 0.1 * (x + m)) return x * Math.log(x / m) - d;
  const v = d / (x + m);
  let sum = d * v;
  let term = 2 * x * v;
  for (let j = 1; ; j++) {
    term *= v * v;
    const next = sum + term / (2 * j + 1);
    if (next === sum) return sum;
    sum = next;
  }
}
