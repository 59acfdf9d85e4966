import { describe, expect, it } from '@jest/globals';
import type { Figures } from '#core/figure.ts';
import { confusionMatrix, countDecisions } from '#core/metrics/class-totals.ts';
import { decisionFigures, perClassFigures, proportionFigure } from '#core/metrics/decisions.ts';
import { confidence, logLosses, oneVersusRest, topHits } from '#core/metrics/multiclass.ts';
import { calibrationStatistic, combine, meanStatistic } from '#core/metrics/probabilities.ts';
import { Random } from '#core/random.ts';
import { bootstrapFigures, rowResampling } from '#core/stats/bootstrap.ts';
import reference from '../../../references/quality/metrics.json' with { type: 'json' };

interface Case {
  truth: number[];
  probabilities: number[][];
  figures: Record<string, number | null>;
  perClass: Record<string, number | null>[];
  confusion: number[][];
}

function measured({ truth, probabilities }: Case) {
  const classes = probabilities[0]!.length;
  const data = {
    classes,
    truth: Int32Array.from(truth),
    probabilities: Float64Array.from(probabilities.flat()),
  };
  const predicted = Int32Array.from(probabilities, (row) => row.indexOf(Math.max(...row)));
  const cells = countDecisions(data.truth, [predicted], classes);
  const random = new Random(1);
  const areas = oneVersusRest(data);
  const statistic = combine(
    meanStatistic('log-loss', logLosses(data)),
    calibrationStatistic(confidence(data)),
  );
  return {
    figures: {
      ...decisionFigures(random, cells, 'multiclass').figures,
      ...bootstrapFigures(random, rowResampling(truth.length), statistic),
      'macro-roc-auc': areas.macro,
      'top-5-accuracy': proportionFigure(topHits(data, 5), truth.length),
    },
    perClass: perClassFigures(random, cells).map((metrics, i) => ({
      ...metrics,
      'roc-auc': areas.byClass[i]!,
    })) as Figures[],
    confusion: confusionMatrix(cells, 0),
  };
}

describe('multiclass metrics', () => {
  it.each(Object.entries(reference.multiclass as Record<string, Case>))(
    'agree with scikit-learn: %s',
    (_, data) => {
      const { figures, perClass, confusion } = measured(data);
      for (const [name, expected] of Object.entries(data.figures)) {
        const { value, interval } = figures[name as keyof typeof figures]!;
        expect([name, value]).toEqual([
          name,
          expected === null ? null : expect.closeTo(expected, 10),
        ]);
        if (value === null) continue;
        expect(interval!.lower).toBeLessThanOrEqual(value);
        expect(interval!.upper).toBeGreaterThanOrEqual(value);
      }
      for (const [i, expected] of data.perClass.entries()) {
        for (const [name, value] of Object.entries(expected)) {
          const got = perClass[i]![name]!.value;
          expect([i, name, got]).toEqual([
            i,
            name,
            value === null ? null : expect.closeTo(value, 10),
          ]);
        }
      }
      expect(confusion).toEqual(data.confusion);
    },
  );

  it("has scipy's bootstrap interval of the macro ROC AUC, roughly", () => {
    const { interval, value } = measured(reference.multiclass.penguins).figures['macro-roc-auc'];
    const [lower, upper] = reference.intervals['macro-roc-auc'] as [number, number];
    expect(interval!.upper).toBeCloseTo(Math.min(1, upper), 2);
    expect((value! - interval!.lower) / (value! - lower)).toBeCloseTo(1, 0);
  });

  it('break ties as scikit-learn does', () => {
    for (const [label, k, expected] of reference.topTies) {
      const probabilities = Float64Array.of(0.2, 0.4, 0.2, 0.2);
      const data = { classes: 4, probabilities, truth: Int32Array.of(label!) };
      expect([label, k, topHits(data, k!)]).toEqual([label, k, expected]);
    }
  });

  it('are undefined without rows', () => {
    const cells = countDecisions(new Int32Array(0), [new Int32Array(0)], 3);
    const { figures } = decisionFigures(new Random(1), cells, 'multiclass');
    expect(Object.values(figures).map(({ value }) => value)).toEqual(
      Object.values(figures).map(() => null),
    );
  });
});
