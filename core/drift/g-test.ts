import type { BinnedPair } from './bins.ts';
import { type ContingencyTest, contingencyTest } from './contingency.ts';

/**
 * G-test of homogeneity, twice the log-likelihood ratio (Wilks 1938), as
 * scipy.stats.chi2_contingency(lambda_='log-likelihood', correction=False).
 */
export const gTest = (counts: BinnedPair): ContingencyTest =>
  contingencyTest(counts, (observed, expected) =>
    observed === 0 ? 0 : 2 * observed * Math.log(observed / expected),
  );
