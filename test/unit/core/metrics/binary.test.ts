import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { countDecisions } from '#core/metrics/class-totals.ts';
import { precisionRecallCurve, rocCurve, thin } from '#core/metrics/curves.ts';
import { decisionFigures } from '#core/metrics/decisions.ts';
import { delong } from '#core/metrics/delong.ts';
import { mcnemar } from '#core/metrics/mcnemar.ts';
import { calibrationCurve, combine, forecastStatistic } from '#core/metrics/probabilities.ts';
import { rankingAreas, rankingStatistic, rankRows } from '#core/metrics/ranking.ts';
import { Random } from '#core/random.ts';
import { argsort } from '#core/stats/argsort.ts';
import { bootstrapCompared, bootstrapFigures, rowResampling } from '#core/stats/bootstrap.ts';
import reference from '../../../references/quality/metrics.json' with { type: 'json' };

interface Case {
  truth: number[];
  scores: number[];
  figures: Record<string, number | null>;
}
const cases = Object.entries(reference.binary as Record<string, Case>);
const { logistic, bayes, forest, ties } = reference.binary;

function figuresOf({ truth, scores }: Omit<Case, 'figures'>, seed = 1) {
  const positive = Uint8Array.from(truth);
  const probability = Float64Array.from(scores);
  const decided = Int32Array.from(scores, (score) => (score >= 0.5 ? 1 : 0));
  const cells = countDecisions(Int32Array.from(truth), [decided], 2);
  const statistic = combine(
    rankingStatistic(rankRows(probability, positive)),
    forecastStatistic({ probability, came: positive }),
  );
  const random = new Random(seed);
  return {
    ...decisionFigures(random, cells, 'binary').figures,
    ...bootstrapFigures(random, rowResampling(truth.length), statistic),
  };
}

describe('binary metrics', () => {
  it.each(cases)('agree with scikit-learn: %s', (_, data) => {
    const figures = figuresOf(data);
    expect(Object.keys(figures).sort()).toEqual(Object.keys(data.figures).sort());
    for (const [name, expected] of Object.entries(data.figures)) {
      const got = figures[name]!.value;
      if (expected === null) expect([name, got]).toEqual([name, null]);
      else expect(Math.abs(got! - expected)).toBeLessThan(1e-10 * Math.max(1, expected));
    }
  });

  it('have intervals that hold the value, between 0 and 1 for shares', () => {
    for (const [, data] of cases) {
      for (const { value, interval } of Object.values(figuresOf(data))) {
        if (value === null || !interval) continue;
        expect(interval.lower).toBeLessThanOrEqual(value);
        expect(interval.upper).toBeGreaterThanOrEqual(value);
      }
    }
  });

  it("have scipy's bootstrap intervals, but for chance", () => {
    const figures = figuresOf(logistic);
    for (const name of ['f1', 'mcc', 'roc-auc', 'pr-auc', 'brier'] as const) {
      const [lower, upper] = reference.intervals[name] as [number, number];
      const { interval } = figures[name]!;
      const tolerance = 0.12 * (upper - lower);
      expect(Math.abs(interval!.lower - lower)).toBeLessThan(tolerance);
      expect(Math.abs(interval!.upper - upper)).toBeLessThan(tolerance);
    }
  });

  it('are the same for the same seed', () => {
    expect(figuresOf(bayes, 3)).toEqual(figuresOf(bayes, 3));
    expect(figuresOf(bayes, 3)).not.toEqual(figuresOf(bayes, 4));
  });

  it('cover the true ROC AUC and F1 about as often as they say', () => {
    // Scores normal with means 0 and 1: the AUC is Φ(1 / √2); at threshold 0.5 both rates are Φ(½).
    const trueAuc = 0.7602499389;
    const trueF1 = 0.6914624613;
    const random = new Random(17);
    const trials = 120;
    let [auc, f1] = [0, 0];
    for (let trial = 0; trial < trials; trial++) {
      const truth = Array.from({ length: 150 }, () => random.integer(2));
      const scores = truth.map((label) => random.normal() + label);
      const positive = Uint8Array.from(truth);
      const ranking = rankRows(Float64Array.from(scores), positive);
      const resampling = { ...rowResampling(150), repeats: 300 };
      const area = bootstrapFigures(random, resampling, rankingStatistic(ranking))['roc-auc'];
      const decided = Int32Array.from(scores, (score) => (score >= 0.5 ? 1 : 0));
      const cells = countDecisions(Int32Array.from(truth), [decided], 2);
      const harmonic = decisionFigures(random, cells, 'binary').figures.f1;
      if (area!.interval!.lower <= trueAuc && trueAuc <= area!.interval!.upper) auc++;
      if (harmonic!.interval!.lower <= trueF1 && trueF1 <= harmonic!.interval!.upper) f1++;
    }
    // 95 % less the bootstrap's bias; the standard error of 120 trials is 2 %.
    expect(auc / trials).toBeGreaterThan(0.9);
    expect(f1 / trials).toBeGreaterThan(0.9);
    expect(auc / trials).toBeLessThan(0.99);
    expect(f1 / trials).toBeLessThan(0.99);
  });
});

const labelled = fc
  .array(fc.record({ score: fc.integer({ min: 0, max: 40 }), label: fc.nat(1) }), {
    minLength: 2,
    maxLength: 60,
  })
  .filter((rows) => new Set(rows.map(({ label }) => label)).size === 2);

const areasOf = (rows: { score: number; label: number }[]) =>
  rankingAreas(
    rankRows(
      Float64Array.from(rows, ({ score }) => score),
      Uint8Array.from(rows, ({ label }) => label),
    ),
    new Uint8Array(rows.length).fill(1),
  );

describe('ranking areas', () => {
  it('lie between 0 and 1 and do not depend on the order of rows or a growing function', () => {
    fc.assert(
      fc.property(labelled, fc.nat(), (rows, seed) => {
        const [auc, precision] = areasOf(rows);
        expect(auc).toBeGreaterThanOrEqual(0);
        expect(auc).toBeLessThanOrEqual(1);
        expect(precision).toBeGreaterThan(0);
        expect(precision).toBeLessThanOrEqual(1 + 1e-12);
        const shuffled = new Random(seed).shuffle(rows.map((row) => ({ ...row })));
        for (const others of [
          shuffled,
          rows.map((row) => ({ ...row, score: row.score ** 3 - 7 })),
        ]) {
          expect(areasOf(others)[0]).toBeCloseTo(auc, 12);
          expect(areasOf(others)[1]).toBeCloseTo(precision, 12);
        }
      }),
    );
  });

  it('turn over with the scores and with the labels', () => {
    fc.assert(
      fc.property(labelled, (rows) => {
        const [auc] = areasOf(rows);
        expect(areasOf(rows.map((row) => ({ ...row, score: -row.score })))[0]).toBeCloseTo(
          1 - auc,
          12,
        );
        expect(areasOf(rows.map((row) => ({ ...row, label: 1 - row.label })))[0]).toBeCloseTo(
          1 - auc,
          12,
        );
      }),
    );
  });

  it('take a weight for as many rows', () => {
    fc.assert(
      fc.property(
        labelled,
        fc.array(fc.nat(3), { minLength: 60, maxLength: 60 }),
        (rows, counts) => {
          const weights = Uint8Array.from(rows, (_, i) => counts[i]!);
          const repeated = rows.flatMap((row, i) => Array.from({ length: counts[i]! }, () => row));
          if (new Set(repeated.map(({ label }) => label)).size < 2) return;
          const ranking = rankRows(
            Float64Array.from(rows, ({ score }) => score),
            Uint8Array.from(rows, ({ label }) => label),
          );
          const [auc, precision] = rankingAreas(ranking, weights);
          expect(auc).toBeCloseTo(areasOf(repeated)[0], 12);
          expect(precision).toBeCloseTo(areasOf(repeated)[1], 12);
        },
      ),
    );
  });
});

describe('argsort', () => {
  it('orders as a comparing sort does, stably, infinities and both zeros included', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true }),
      fc.constantFrom(0, -0, 1, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    );
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const expected = values
          .map((_, i) => i)
          .sort((i, j) => values[i]! - values[j]! || i - j || 0);
        const compared = expected.map((i) => values[i]! + 0);
        const order = argsort(Float64Array.from(values));
        expect([...order].map((i) => values[i]! + 0)).toEqual(compared);
        for (let i = 1; i < order.length; i++) {
          const same = values[order[i]!]! === values[order[i - 1]!]!;
          if (same) expect(order[i]).toBeGreaterThan(order[i - 1]!);
        }
      }),
    );
  });
});

describe('curves', () => {
  const ranking = rankRows(Float64Array.from(logistic.scores), Uint8Array.from(logistic.truth));

  /** Largest vertical or horizontal gap from a reference point to the drawn line. */
  const farthest = (drawn: number[][], [xs, ys]: number[][]) =>
    Math.max(
      ...xs!.map((x, i) => {
        const gaps = drawn.slice(1).map((to, j) => distance([x, ys![i]!], drawn[j]!, to));
        return Math.min(...gaps);
      }),
    );
  const distance = (p: number[], a: number[], b: number[]) => {
    const [dx, dy] = [b[0]! - a[0]!, b[1]! - a[1]!];
    const along = ((p[0]! - a[0]!) * dx + (p[1]! - a[1]!) * dy) / (dx * dx + dy * dy || 1);
    const t = Math.max(0, Math.min(1, along));
    return Math.hypot(p[0]! - a[0]! - t * dx, p[1]! - a[1]! - t * dy);
  };

  it("pass through scikit-learn's points", () => {
    expect(farthest(rocCurve(ranking), reference.curves.roc)).toBeLessThan(1e-8);
    expect(farthest(precisionRecallCurve(ranking), reference.curves.precisionRecall)).toBeLessThan(
      1e-8,
    );
    expect(rocCurve(ranking)[0]).toEqual([0, 0]);
    expect(rocCurve(ranking).at(-1)).toEqual([1, 1]);
    const calibration = calibrationCurve({
      probability: Float64Array.from(logistic.scores),
      came: Uint8Array.from(logistic.truth),
    });
    const [predicted, observed] = reference.curves.calibration as [number[], number[]];
    expect(calibration.map((bin) => bin.predicted)).toEqual(
      predicted.map((p) => expect.closeTo(p, 10)),
    );
    expect(calibration.map((bin) => bin.observed)).toEqual(
      observed.map((o) => expect.closeTo(o, 10)),
    );
    expect(calibration.reduce((sum, { count }) => sum + count, 0)).toBe(logistic.truth.length);
  });

  it('keep their shape in at most 200 points', () => {
    const random = new Random(9);
    const truth = Uint8Array.from({ length: 20_000 }, () => random.integer(2));
    const scores = Float64Array.from(truth, (label) => random.normal() + label);
    const full = rankRows(scores, truth);
    const drawn = rocCurve(full);
    expect(drawn.length).toBeLessThanOrEqual(200);
    const area = drawn
      .slice(1)
      .reduce((sum, [x, y], i) => sum + ((x - drawn[i]![0]) * (y + drawn[i]![1])) / 2, 0);
    expect(area).toBeCloseTo(rankingAreas(full, new Uint8Array(20_000).fill(1))[0], 3);
  });

  it('need few points where the line is straight', () => {
    const xs = Array.from({ length: 1000 }, (_, i) => i);
    expect(thin(xs, xs)).toEqual([
      [0, 0],
      [999, 999],
    ]);
    const bent = xs.map((x) => Math.abs(x - 400));
    expect(thin(xs, bent)).toEqual([
      [0, 400],
      [400, 0],
      [999, 599],
    ]);
  });
});

describe('delong', () => {
  const scores = { logistic, bayes, forest, ties };
  it.each(Object.entries(reference.delong))('agrees with the definition: %s', (pair, expected) => {
    const [a, b] = pair.split(' and ') as [keyof typeof scores, keyof typeof scores];
    const result = delong(
      Float64Array.from(scores[a].scores),
      Float64Array.from(scores[b].scores),
      Uint8Array.from(logistic.truth),
    );
    expect(result.difference).toBeCloseTo(expected.difference, 12);
    expect(result.z).toBeCloseTo(expected.z, 9);
    expect(result.pValue).toBeCloseTo(expected.pValue, 9);
  });

  it('finds nothing between a model and itself, and changes sign with the order', () => {
    const truth = Uint8Array.from(logistic.truth);
    const a = Float64Array.from(logistic.scores);
    const b = Float64Array.from(bayes.scores);
    expect(delong(a, a, truth)).toEqual({ difference: 0, standardError: 0, z: null, pValue: 1 });
    expect(delong(b, a, truth).z).toBeCloseTo(-delong(a, b, truth).z!, 10);
  });

  it('has the standard error that a paired bootstrap has', () => {
    const truth = Uint8Array.from(logistic.truth);
    const a = Float64Array.from(logistic.scores);
    const b = Float64Array.from(bayes.scores);
    const { differences } = bootstrapCompared(new Random(3), rowResampling(truth.length), {
      subject: rankingStatistic(rankRows(a, truth)),
      other: rankingStatistic(rankRows(b, truth)),
    });
    const { interval } = differences['roc-auc']!;
    const width = (interval!.upper - interval!.lower) / (2 * 1.96);
    expect(width / delong(a, b, truth).standardError).toBeCloseTo(1, 0.7);
  });
});

describe('mcnemar', () => {
  it('agrees with statsmodels, exact below 25 rows', () => {
    for (const { table, statistic, pValue } of reference.mcnemar) {
      const result = mcnemar(table[0]!, table[1]!);
      expect(result.statistic).toBeCloseTo(statistic, 10);
      expect(result.pValue).toBeCloseTo(pValue, 10);
      expect(result.name).toBe(
        table[0]! + table[1]! < 25 ? 'McNemar, exact' : 'McNemar, chi-square',
      );
    }
  });

  it('does not care which model is named first', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(200), (a, b) => {
        expect(mcnemar(a, b)).toEqual(mcnemar(b, a));
        expect(mcnemar(a, b).pValue).toBeGreaterThanOrEqual(0);
        expect(mcnemar(a, b).pValue).toBeLessThanOrEqual(1);
      }),
    );
  });
});
