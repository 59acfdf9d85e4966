import type { Interval } from '#core/figure.ts';
import { normalQuantile } from './normal-quantile.ts';

/**
 * Wilson's score interval of a proportion (1927). Unlike a bootstrap it stays honest at 0 % and
 * 100 %: a model without an error on 30 rows may still be wrong on one row in nine.
 *
 * @returns undefined for no trials
 */
export function wilsonInterval(
  successes: number,
  trials: number,
  level = 0.95,
): Interval | undefined {
  if (trials === 0) return undefined;
  const z2 = normalQuantile((1 + level) / 2) ** 2;
  const centre = (successes + z2 / 2) / (trials + z2);
  const failures = trials - successes;
  const half = Math.sqrt(z2 * ((successes * failures) / trials + z2 / 4)) / (trials + z2);
  return {
    // Exact at the ends, where rounding would leave a speck above 0 or below 1.
    lower: successes === 0 ? 0 : centre - half,
    upper: failures === 0 ? 1 : centre + half,
    level,
  };
}
