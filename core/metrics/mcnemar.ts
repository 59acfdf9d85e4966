import { binomialCdf, chiSquareSurvival } from '#core/stats/distributions.ts';

export interface McNemar {
  readonly name: 'McNemar, exact' | 'McNemar, chi-square';
  readonly statistic: number;
  readonly pValue: number;
}

/**
 * Whether two models are right equally often, from the rows that only one of them has right
 * (McNemar 1947). Exact below 25 such rows; else chi-square with continuity correction.
 */
export function mcnemar(onlyFirst: number, onlySecond: number): McNemar {
  const discordant = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  if (discordant < 25) {
    const pValue = Math.min(1, 2 * binomialCdf(fewer, discordant, 0.5));
    return { name: 'McNemar, exact', statistic: fewer, pValue };
  }
  const statistic = (Math.abs(onlyFirst - onlySecond) - 1) ** 2 / discordant;
  return { name: 'McNemar, chi-square', statistic, pValue: chiSquareSurvival(statistic, 1) };
}
