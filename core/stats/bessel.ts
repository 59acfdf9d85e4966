/**
 * Modified Bessel function of the second kind K_v(x), times eˣ so that it does not vanish: the
 * trapezoidal rule on ∫₀^∞ e^(−x (cosh t − 1)) cosh(vt) dt, which converges faster than any power
 * of the step because the integrand and all its derivatives vanish at the ends.
 */
export function scaledBesselK(order: number, x: number): number {
  const end = Math.acosh(1 + 745 / x);
  const steps = 200;
  const step = end / steps;
  let sum = 0.5;
  for (let i = 1; i <= steps; i++) {
    const t = i * step;
    sum += Math.exp(-2 * x * Math.sinh(t / 2) ** 2) * Math.cosh(order * t);
  }
  return sum * step;
}
