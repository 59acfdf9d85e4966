import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  kendallsW,
  permutationImportance,
} from '../../../../core/explain/permutation-importance.ts';
import { Random } from '../../../../core/random.ts';
import { studentQuantile } from '../../../../core/stats/student-quantile.ts';
import type { NumericColumn, Table } from '../../../../core/table/table.ts';

interface Linear {
  readonly names: string[];
  readonly rows: number[][];
  readonly labels: number[];
  readonly weights: number[];
  readonly offset: number;
}
interface Importance {
  readonly baseline: number;
  readonly means: number[];
  readonly deviations: number[];
}
const reference = JSON.parse(
  readFileSync(new URL('../../../references/fairness/importance.json', import.meta.url), 'utf8'),
) as {
  repeats: number;
  classifier: Linear & { accuracy: Importance };
  regression: Linear & { r2: Importance };
};

const tableOf = ({ names, rows }: Linear): Table => ({
  rows: rows.length,
  columns: names.map((name, c) => ({
    name,
    kind: 'numeric',
    values: Float64Array.from(rows, (row) => row[c] as number),
  })),
});

/** Weighted sums of the columns, by row. */
function answers({ names, weights, offset }: Linear, table: Table): number[] {
  const columns = names.map((name) => table.columns.find((c) => c.name === name) as NumericColumn);
  return Array.from({ length: table.rows }, (_, row) =>
    columns.reduce((sum, c, i) => sum + (c.values[row] as number) * (weights[i] as number), offset),
  );
}

const accuracy = (model: Linear) => async (table: Table) =>
  answers(model, table).filter((v, row) => Number(v > 0) === model.labels[row]).length / table.rows;

const r2 = (model: Linear) => async (table: Table) => {
  const mean = model.labels.reduce((a, b) => a + b, 0) / model.labels.length;
  const left = answers(model, table).reduce(
    (s, v, i) => s + (v - (model.labels[i] as number)) ** 2,
    0,
  );
  return 1 - left / model.labels.reduce((s, v) => s + (v - mean) ** 2, 0);
};

const REPEATS = 100;

describe.each([
  ['accuracy', reference.classifier, accuracy(reference.classifier), reference.classifier.accuracy],
  ['R²', reference.regression, r2(reference.regression), reference.regression.r2],
] as const)('permutation importance of %s', (_, model, measure, expected) => {
  it('is what scikit-learn finds, within the error of so many repeats', async () => {
    const found = await permutationImportance(tableOf(model), model.names, {
      measure,
      repeats: REPEATS,
      random: new Random(7),
    });
    expect(found.baseline).toBeCloseTo(expected.baseline, 10);
    for (const { feature, importance } of found.importances) {
      const i = model.names.indexOf(feature);
      const error =
        (expected.deviations[i] as number) * Math.sqrt(1 / REPEATS + 1 / reference.repeats);
      const apart = Math.abs((importance.value as number) - (expected.means[i] as number));
      // Five standard errors: once in two million.
      expect(apart).toBeLessThanOrEqual(5 * error);
      const { lower, upper } = importance.interval as { lower: number; upper: number };
      expect(upper - lower).toBeLessThan(6 * (expected.deviations[i] as number));
      expect([lower, upper]).toEqual([lower, upper].sort((a, b) => a - b));
    }
    const values = found.importances.map(({ importance }) => importance.value as number);
    expect(values).toEqual([...values].sort((a, b) => b - a));
    expect(found.stability.value).toBeGreaterThan(0.8);
  });
});

describe('a feature that the model does not use', () => {
  it('has no importance at all, and the same seed finds the same', async () => {
    const model = { ...reference.regression, weights: [...reference.regression.weights] };
    model.weights[1] = 0;
    const run = () =>
      permutationImportance(tableOf(model), model.names, {
        measure: r2(model),
        repeats: 3,
        random: new Random(1),
      });
    const found = await run();
    const unused = found.importances.find(({ feature }) => feature === model.names[1]);
    expect(unused?.importance).toEqual({
      value: 0,
      n: 3,
      interval: { lower: 0, upper: 0, level: 0.95 },
    });
    expect(await run()).toEqual(found);
  });
});

describe("Kendall's W", () => {
  it.each([
    [
      'full agreement',
      [
        [1, 1, 1],
        [2, 2, 2],
        [3, 3, 3],
      ],
      1,
    ],
    [
      'two judges that contradict each other',
      [
        [1, 3],
        [2, 2],
        [3, 1],
      ],
      0,
    ],
    // Siegel and Castellan (1988), three judges of six: W = 0.16.
    [
      'a textbook case',
      [
        [1, 1, 6],
        [6, 5, 3],
        [3, 6, 2],
        [2, 4, 5],
        [5, 2, 4],
        [4, 3, 1],
      ],
      0.162,
    ],
    // With ties: scipy.stats.friedmanchisquare ÷ (m (n − 1)).
    [
      'ties',
      [
        [1, 1],
        [1, 2],
        [3, 3],
      ],
      0.92857,
    ],
  ])('%s', (_, values, w) => {
    expect(kendallsW(values)).toBeCloseTo(w, 3);
  });

  it('is undefined where there is nothing to agree on', () => {
    expect(kendallsW([[1, 2]])).toBeNull();
    expect(kendallsW([[1], [2]])).toBeNull();
    expect(
      kendallsW([
        [1, 1],
        [1, 1],
      ]),
    ).toBeNull();
  });
});

describe("quantiles of Student's t", () => {
  // scipy.stats.t.ppf
  it.each([
    [0.975, 9, 2.2621571627409915],
    [0.975, 1, 12.706204736432095],
    [0.025, 4, -2.7764451051977987],
    [0.995, 30, 2.7499956535670305],
    [0.5, 3, 0],
  ])('%f with %i degrees of freedom: %f', (probability, degrees, t) => {
    expect(studentQuantile(probability, degrees)).toBeCloseTo(t, 8);
  });
});
