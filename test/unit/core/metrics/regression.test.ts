import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { regressionStatistic, residualQuantiles } from '#core/metrics/regression.ts';
import { Random } from '#core/random.ts';
import { bootstrapCompared, bootstrapFigures, rowResampling } from '#core/stats/bootstrap.ts';
import reference from '../../../references/quality/metrics.json' with { type: 'json' };

interface Case {
  truth: number[];
  predicted: number[];
  figures: Record<string, number | null>;
  residualQuantiles: { quantile: number; residual: number }[];
}

const statisticOf = ({ truth, predicted }: Pick<Case, 'truth' | 'predicted'>) =>
  regressionStatistic(Float64Array.from(truth), Float64Array.from(predicted));
const { linear, trees } = reference.regression;

describe('regression metrics', () => {
  it.each(Object.entries(reference.regression as Record<string, Case>))(
    'agree with scikit-learn: %s',
    (_, data) => {
      const resampling = rowResampling(data.truth.length);
      const figures = bootstrapFigures(new Random(1), resampling, statisticOf(data));
      for (const [name, expected] of Object.entries(data.figures)) {
        const { value } = figures[name]!;
        if (expected === null) expect([name, value]).toEqual([name, null]);
        else
          expect(Math.abs(value! - expected)).toBeLessThan(1e-8 * Math.max(1, Math.abs(expected)));
      }
      const quantiles = residualQuantiles(
        Float64Array.from(data.truth),
        Float64Array.from(data.predicted),
      );
      expect(quantiles).toEqual(
        data.residualQuantiles.map(({ quantile, residual }) => ({
          quantile,
          residual: expect.closeTo(residual, 8),
        })),
      );
    },
  );

  it("have scipy's bootstrap intervals, but for chance", () => {
    const resampling = rowResampling(linear.truth.length);
    const figures = bootstrapFigures(new Random(1), resampling, statisticOf(linear));
    for (const name of ['rmse', 'r2'] as const) {
      const [lower, upper] = reference.intervals[name] as [number, number];
      const tolerance = 0.12 * (upper - lower);
      expect(Math.abs(figures[name]!.interval!.lower - lower)).toBeLessThan(tolerance);
      expect(Math.abs(figures[name]!.interval!.upper - upper)).toBeLessThan(tolerance);
    }
  });

  it('take a weight for as many rows', () => {
    const row = fc.record({
      truth: fc.integer({ min: 1, max: 50 }),
      predicted: fc.integer({ min: -50, max: 50 }),
      count: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1 }), (rows) => {
        const repeated = rows.flatMap((one) => Array.from({ length: one.count }, () => one));
        if (repeated.length === 0) return;
        const columns = (list: typeof rows) => ({
          truth: list.map(({ truth }) => truth),
          predicted: list.map(({ predicted }) => predicted),
        });
        const weighted = statisticOf(columns(rows)).measure(Uint8Array.from(rows, (r) => r.count));
        const plain = statisticOf(columns(repeated)).measure(
          new Uint8Array(repeated.length).fill(1),
        );
        for (const [i, value] of plain.entries()) {
          if (Number.isNaN(value)) expect(weighted[i]).toBeNaN();
          else expect(weighted[i]).toBeCloseTo(value, 6);
        }
      }),
    );
  });

  it('compare two models on the same resamples', () => {
    const compare = (subject: typeof linear, other: typeof linear) =>
      bootstrapCompared(new Random(1), rowResampling(linear.truth.length), {
        subject: statisticOf(subject),
        other: statisticOf(other),
      });
    const { differences, pValues } = compare(linear, trees);
    const expected = linear.figures.rmse! - trees.figures.rmse!;
    expect(differences.rmse!.value).toBeCloseTo(expected, 9);
    expect(compare(trees, linear).differences.rmse!.value).toBeCloseTo(-expected, 9);
    expect(compare(trees, linear).pValues.rmse).toBeCloseTo(pValues.rmse!, 9);
    expect(compare(linear, linear).pValues.rmse).toBe(1);
    const worse = { ...linear, predicted: linear.predicted.map((value) => value + 100) };
    expect(compare(linear, worse).pValues.rmse).toBeLessThan(0.002);
  });
});
