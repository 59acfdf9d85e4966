import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { estimateClassification, fitCalibrations } from '#core/estimation/classification.ts';
import { applyIsotonic, fitIsotonic } from '#core/estimation/isotonic.ts';
import { ErrorEstimator } from '#core/estimation/regression.ts';
import type { Figures } from '#core/figure.ts';
import { Random } from '#core/random.ts';
import type { ClassScores } from '#core/table/scores.ts';
import { columnOf } from '#core/table/table.ts';
import { readData } from '../../../helpers/example-files.ts';
import reference from '../../../references/estimation/estimation.json' with { type: 'json' };

const f64 = (values: readonly number[]) => Float64Array.from(values);

const binaryScores = (scores: readonly number[]): ClassScores => ({
  kind: 'classes',
  classes: ['no', 'yes'],
  predicted: Int32Array.from(scores, (p) => (p >= 0.5 ? 1 : 0)),
  probabilities: f64(scores.flatMap((p) => [1 - p, p])),
});

const argmax = (row: readonly number[]) => row.indexOf(Math.max(...row));
const manyScores = (rows: readonly (readonly number[])[]): ClassScores => ({
  kind: 'classes',
  classes: rows[0]!.map((_, i) => String(i)),
  predicted: Int32Array.from(rows, argmax),
  probabilities: f64(rows.flat()),
});

function within(figures: Figures, expected: Record<string, number>, tolerated: number) {
  for (const [name, value] of Object.entries(expected)) {
    expect(Math.abs((figures[name]?.value as number) - value)).toBeLessThan(tolerated);
  }
}

const holds = ({ interval }: Figures[string], value: number) =>
  interval !== undefined && interval.lower <= value && value <= interval.upper;

describe('isotonic regression', () => {
  it('agrees with scikit-learn', () => {
    const { x, y, at, fitted } = reference.isotonic;
    const got = applyIsotonic(fitIsotonic(f64(x), f64(y)), f64(at));
    for (const [i, expected] of fitted.entries()) expect(got[i]).toBeCloseTo(expected, 12);
  });

  it('never falls, and keeps the mean', () => {
    const pair = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 1 }));
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 60 }), (pairs) => {
        const [x, y] = [0, 1].map((i) => f64(pairs.map((one) => one[i]!))) as [any, any];
        const fitted = applyIsotonic(fitIsotonic(x, y), x) as Float64Array;
        const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
        expect(sum(fitted)).toBeCloseTo(sum(y), 8);
        const order = [...x.keys()].sort((i, j) => x[i] - x[j]);
        for (const [k, row] of order.entries()) {
          if (k > 0) expect(fitted[row]!).toBeGreaterThanOrEqual(fitted[order[k - 1]!]! - 1e-12);
        }
      }),
    );
  });
});

describe('classification without labels', () => {
  // NannyML rounds the counts of its ROC curve to five digits.
  const TOLERATED = 2e-5;

  it.each(['probabilities', 'distorted'] as const)('two classes, %s: as NannyML', (name) => {
    const { reference: known, analysis, estimates, realised } = reference.binary[name];
    const calibrations = fitCalibrations(binaryScores(known.score), Int32Array.from(known.truth), {
      random: new Random(1),
    });
    // NannyML maps both, the first by a hair: its splits decide.
    expect(calibrations.maps[1]).not.toBeNull();
    const kept = JSON.parse(JSON.stringify(calibrations));
    const figures = estimateClassification(kept, binaryScores(analysis.score), {
      random: new Random(2),
    });
    within(figures, estimates, TOLERATED);
    for (const [metric, value] of Object.entries(realised)) {
      expect(holds(figures[metric]!, value)).toBe(true);
    }
  });

  it('changes little where scores are probabilities already', () => {
    const random = new Random(4);
    const p = Array.from({ length: 4000 }, () => Math.round(random.uniform() * 10) / 10);
    const truth = Int32Array.from(p, (value, row) => ((row * 7) % 10 < value * 10 ? 1 : 0));
    const scores = binaryScores(p);
    const { maps } = fitCalibrations(scores, truth, { random });
    const figures = estimateClassification({ ...scores, positive: 1, maps }, scores, { random });
    const plain = estimateClassification({ ...scores, positive: 1, maps: [null, null] }, scores, {
      random,
    });
    expect(Math.abs(figures.f1!.value! - plain.f1!.value!)).toBeLessThan(0.01);
  });

  it('three classes: as NannyML', () => {
    const { reference: known, analysis, estimates } = reference.multiclass;
    const calibrations = fitCalibrations(manyScores(known.scores), Int32Array.from(known.truth), {
      random: new Random(1),
    });
    const scores = manyScores(analysis.scores);
    const figures = estimateClassification(calibrations, scores, { random: new Random(2) });
    within(figures, estimates, TOLERATED);
    const right = analysis.truth.filter((label, row) => label === scores.predicted[row]).length;
    // Maps of single classes do not make up for all of the distortion: an error no interval has.
    expect(Math.abs(figures.accuracy!.value! - right / analysis.truth.length)).toBeLessThan(0.06);
  });

  it('covers the realised accuracy, F1 and ROC AUC as often as stated, under covariate shift', () => {
    const random = new Random(21);
    const draw = (rows: number, centre: number) => {
      const p = Array.from(
        { length: rows },
        () => 1 / (1 + Math.exp(-centre - 1.5 * random.normal())),
      );
      return { p, truth: p.map((value) => (random.uniform() < value ? 1 : 0)) };
    };
    const identity = { classes: ['no', 'yes'], positive: 1, maps: [null, null] };
    const runs = 200;
    const covered = { accuracy: 0, f1: 0, rocAuc: 0 };
    for (let run = 0; run < runs; run++) {
      const { p, truth } = draw(200, (run % 5) / 2 - 1);
      const scores = binaryScores(p);
      const figures = estimateClassification(identity, scores, { random, draws: 100 });
      const known = estimateClassification(identity, scores, { random, draws: 0 });
      expect(known.accuracy?.value).toBe(figures.accuracy?.value);
      const real = realisedOf(scores, truth);
      for (const name of ['accuracy', 'f1', 'rocAuc'] as const) {
        if (holds(figures[name]!, real[name])) covered[name]++;
      }
    }
    // 95 % stated; of 200, fewer than 180 come in less than 1 of 500.
    for (const count of Object.values(covered)) expect(count).toBeGreaterThanOrEqual(180);
  });

  function realisedOf(scores: ClassScores, truth: number[]) {
    const exact = {
      classes: scores.classes,
      positive: 1,
      maps: [null, null],
    };
    const rows = truth.length;
    let [hits, called, positives, right] = [0, 0, 0, 0];
    for (let row = 0; row < rows; row++) {
      const [p, t] = [scores.predicted[row]!, truth[row]!];
      right += p === t ? 1 : 0;
      called += p;
      positives += t;
      hits += p * t;
    }
    let wins = 0;
    const score = (row: number) => scores.probabilities![row * exact.classes.length + 1]!;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; truth[i] === 1 && j < rows; j++) {
        if (truth[j] === 0) wins += score(i) > score(j) ? 1 : score(i) === score(j) ? 0.5 : 0;
      }
    }
    return {
      accuracy: right / rows,
      f1: (2 * hits) / (called + positives),
      rocAuc: wins / (positives * (rows - positives)),
    };
  }

  it('leaves undefined what is, and refuses labels alone', () => {
    const identity = { classes: ['no', 'yes'], positive: 1, maps: [null, null] };
    const figures = estimateClassification(identity, binaryScores([0.1, 0.2, 0]), {
      random: new Random(1),
    });
    expect(figures.precision).toEqual({ value: null, n: 3 });
    const labels = { ...binaryScores([0.1]), probabilities: undefined };
    expect(() => estimateClassification(identity, labels, { random: new Random(1) })).toThrow(
      'models that give probabilities',
    );
  });
});

describe('regression without labels', () => {
  const numeric = (role: 'training' | 'validation', from: number) =>
    readData('diabetes', role)!.table.columns.flatMap((column) =>
      column.kind === 'numeric' && column.name !== 'progression' ? [column.values.slice(from)] : [],
    );

  it('estimates on the diabetes data what NannyML does, and the truth lies in the interval', () => {
    const { skipped, reference: predicted, analysis, estimates, realised } = reference.regression;
    const truth = (columnOf(readData('diabetes', 'training')!.table, 'progression') as any).values;
    const estimator = new ErrorEstimator(
      {
        features: numeric('training', skipped),
        predicted: f64(predicted),
        truth: truth.slice(skipped),
      },
      new Random(1),
    );
    const figures = estimator.estimate(numeric('validation', 0), f64(analysis));
    expect(Math.abs(figures.mae!.value! / estimates.mae - 1)).toBeLessThan(0.1);
    expect(Math.abs(figures.rmse!.value! / estimates.rmse - 1)).toBeLessThan(0.1);
    expect(holds(figures.mae!, realised.mae)).toBe(true);
    expect(figures.rmse!.value).toBeCloseTo(Math.sqrt(figures.mse!.value!), 12);
  });

  it('sees errors grow where inputs move to where they are large', () => {
    const random = new Random(6);
    const draw = (rows: number, centre: number) => {
      const x = Float64Array.from({ length: rows }, () => centre + random.normal());
      return { x, truth: x.map((value) => (0.5 + Math.abs(value)) * random.normal()) };
    };
    const known = draw(3000, 0);
    const zero = new Float64Array(3000);
    const estimator = new ErrorEstimator(
      { features: [known.x], predicted: zero, truth: known.truth },
      random,
    );
    let covered = 0;
    for (let run = 0; run < 60; run++) {
      const { x, truth } = draw(300, run % 3 === 0 ? 0 : 1);
      const { mae } = estimator.estimate([x], zero.subarray(0, 300));
      const real = truth.reduce((sum, value) => sum + Math.abs(value), 0) / 300;
      if (holds(mae!, real)) covered++;
    }
    // 95 % stated; of 60, fewer than 51 come in less than 1 of 500.
    expect(covered).toBeGreaterThanOrEqual(51);
    const mean = (centre: number) =>
      estimator.estimate([draw(2000, centre).x], new Float64Array(2000)).mae!.value!;
    expect(mean(1)).toBeGreaterThan(mean(0) * 1.15);
  });
});
