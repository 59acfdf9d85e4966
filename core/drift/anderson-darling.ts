export interface AndersonDarling {
  /** Standardised: mean 0 and standard deviation 1 where all samples have one distribution. */
  readonly statistic: number;
  /** Between 0.001 and 0.25, where the published table ends. */
  readonly pValue: number;
}

/**
 * Anderson–Darling test that k samples have one distribution, with midranks for ties: Scholz and
 * Stephens 1987, equation 7; as scipy.stats.anderson_ksamp(variant='midrank').
 *
 * @param samples sorted, none empty
 * @returns undefined where all values are the same
 */
export function andersonDarling(samples: readonly Float64Array[]): AndersonDarling | undefined {
  const sizes = samples.map((sample) => sample.length);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const a2 = midrankStatistic(samples, all);
  if (a2 === undefined || all < 4) return undefined;
  const m = samples.length - 1;
  const statistic = (a2 - m) / Math.sqrt(varianceOf(sizes, all));
  return { statistic, pValue: pValueOf(statistic, m) };
}

function midrankStatistic(samples: readonly Float64Array[], all: number): number | undefined {
  const at = samples.map(() => 0);
  const sums = samples.map(() => 0);
  let below = 0;
  let distinct = 0;
  for (; below < all; distinct++) {
    const value = smallest(samples, at);
    const seen = [...at];
    let tied = 0;
    for (const [i, sample] of samples.entries()) {
      let position = at[i] as number;
      while (position < sample.length && sample[position] === value) position++;
      tied += position - (at[i] as number);
      at[i] = position;
    }
    const b = below + tied / 2;
    const scale = tied / all / (b * (all - b) - (all * tied) / 4);
    for (const [i, sample] of samples.entries()) {
      const rank = ((seen[i] as number) + (at[i] as number)) / 2;
      sums[i] = (sums[i] as number) + scale * (all * rank - b * sample.length) ** 2;
    }
    below += tied;
  }
  if (distinct < 2) return undefined;
  const total = sums.reduce((sum, part, i) => sum + part / (samples[i] as Float64Array).length, 0);
  return (total * (all - 1)) / all;
}

function smallest(samples: readonly Float64Array[], at: readonly number[]): number {
  let value = Number.POSITIVE_INFINITY;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] as Float64Array;
    const position = at[i] as number;
    if (position < sample.length) value = Math.min(value, sample[position] as number);
  }
  return value;
}

/** Scholz and Stephens 1987, equation 4, with their names. */
function varianceOf(sizes: readonly number[], N: number): number {
  const k = sizes.length;
  const H = sizes.reduce((sum, size) => sum + 1 / size, 0);
  let h = 0;
  let g = 0;
  for (let i = N - 1; i >= 2; i--) {
    h += 1 / i;
    g += h / (N + 1 - i);
  }
  h += 1;
  const a = (4 * g - 6) * (k - 1) + (10 - 6 * g) * H;
  const b = (2 * g - 4) * k ** 2 + 8 * h * k + (2 * g - 14 * h - 4) * H - 8 * h + 4 * g - 6;
  const c = (6 * h + 2 * g - 2) * k ** 2 + (4 * h - 4 * g + 6) * k + (2 * h - 6) * H + 4 * h;
  const d = (2 * h + 6) * k ** 2 - 4 * h * k;
  return (a * N ** 3 + b * N ** 2 + c * N + d) / ((N - 1) * (N - 2) * (N - 3));
}

/** Significance levels of Scholz and Stephens' table 2 with its interpolation coefficients. */
const LEVELS = [
  [0.25, 0.675, -0.245, -0.105],
  [0.1, 1.281, 0.25, -0.305],
  [0.05, 1.645, 0.678, -0.362],
  [0.025, 1.96, 1.149, -0.391],
  [0.01, 2.326, 1.822, -0.396],
  [0.005, 2.573, 2.364, -0.345],
  [0.001, 3.085, 3.615, -0.154],
] as const;

/** By a parabola through the logarithms of the levels, fitted by least squares. */
function pValueOf(statistic: number, m: number): number {
  const critical = LEVELS.map(([, b0, b1, b2]) => b0 + b1 / Math.sqrt(m) + b2 / m);
  if (statistic < Math.min(...critical)) return 0.25;
  if (statistic > Math.max(...critical)) return 0.001;
  const [c, b, a] = fitParabola(
    critical,
    LEVELS.map(([level]) => Math.log(level)),
  );
  return Math.exp((a * statistic + b) * statistic + c);
}

/** Least squares, by the orthogonal polynomials of the points. */
function fitParabola(x: readonly number[], y: readonly number[]): [number, number, number] {
  const mean = (values: readonly number[]) => values.reduce((s, v) => s + v, 0) / values.length;
  const dot = (u: readonly number[], v: readonly number[]) =>
    u.reduce((sum, value, i) => sum + value * (v[i] as number), 0);
  const centre = mean(x);
  const p1 = x.map((value) => value - centre);
  const tilt =
    dot(
      p1,
      p1.map((v) => v * v),
    ) / dot(p1, p1);
  const level = dot(p1, p1) / x.length;
  const p2 = p1.map((v) => v * v - tilt * v - level);
  const [c0, c1, c2] = [mean(y), dot(p1, y) / dot(p1, p1), dot(p2, y) / dot(p2, p2)];
  // Back to powers of x: p1 = x − centre, p2 = (x − centre)² − tilt (x − centre) − level.
  const slope = c1 - c2 * tilt;
  return [c0 - c2 * level - slope * centre + c2 * centre ** 2, slope - 2 * c2 * centre, c2];
}
