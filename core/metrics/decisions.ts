import type { Figures, Interval } from '#core/figure.ts';
import type { Random } from '#core/random.ts';
import {
  bootstrapCompared,
  type Compared,
  countResampling,
  type Statistic,
} from '#core/stats/bootstrap.ts';
import { wilsonInterval } from '#core/stats/wilson.ts';
import {
  balancedAccuracy,
  type ClassTotals,
  type DecisionCells,
  matthews,
  sum,
  totalsOf,
} from './class-totals.ts';

type Metric = (totals: ClassTotals) => number;
/** Successes and trials, for metrics that are a plain proportion. */
type Proportion = (totals: ClassTotals) => readonly [number, number];

/** Position of the positive class in binary totals. */
const POSITIVE = 1;

const accuracy: Proportion = ({ hits, support }) => [sum(hits), sum(support)];

const BINARY_PROPORTIONS: Record<string, Proportion> = {
  accuracy,
  precision: ({ hits, predicted }) => [hits[POSITIVE]!, predicted[POSITIVE]!],
  recall: ({ hits, support }) => [hits[POSITIVE]!, support[POSITIVE]!],
  specificity: ({ hits, support }) => [hits[0]!, support[0]!],
};

const BINARY_METRICS: Record<string, Metric> = {
  f1: ({ hits, support, predicted }) =>
    (2 * hits[POSITIVE]!) / (support[POSITIVE]! + predicted[POSITIVE]!),
  'balanced-accuracy': balancedAccuracy,
  mcc: matthews,
};

/** Metrics of each class on its own; scikit-learn's 0 where a class was never predicted. */
const PER_CLASS = {
  precision: ({ hits, predicted }: ClassTotals, i: number) => hits[i]! / (predicted[i]! || 1),
  recall: ({ hits, support }: ClassTotals, i: number) => hits[i]! / (support[i]! || 1),
  f1: ({ hits, support, predicted }: ClassTotals, i: number) =>
    (2 * hits[i]!) / (support[i]! + predicted[i]! || 1),
};

const occurs = ({ support, predicted }: ClassTotals, i: number) => support[i]! + predicted[i]! > 0;

/** Mean over the classes that occur in truth or prediction. */
const macro =
  (metric: (totals: ClassTotals, i: number) => number): Metric =>
  (totals) => {
    let total = 0;
    let classes = 0;
    for (let i = 0; i < totals.support.length; i++) {
      if (!occurs(totals, i)) continue;
      total += metric(totals, i);
      classes++;
    }
    return total / classes;
  };

const weighted =
  (metric: (totals: ClassTotals, i: number) => number): Metric =>
  (totals) => {
    let total = 0;
    for (let i = 0; i < totals.support.length; i++) total += totals.support[i]! * metric(totals, i);
    return total / sum(totals.support);
  };

const MULTICLASS_PROPORTIONS: Record<string, Proportion> = {
  accuracy,
  // Each row has one class and gets one, so the three micro averages are the accuracy.
  'micro-precision': accuracy,
  'micro-recall': accuracy,
  'micro-f1': accuracy,
};

const MULTICLASS_METRICS: Record<string, Metric> = {
  'balanced-accuracy': balancedAccuracy,
  mcc: matthews,
  ...Object.fromEntries(
    Object.entries(PER_CLASS).flatMap(([name, metric]) => [
      [`macro-${name}`, macro(metric)],
      [`weighted-${name}`, weighted(metric)],
    ]),
  ),
};

interface Decisions {
  readonly proportions: Record<string, Proportion>;
  readonly metrics: Record<string, Metric>;
}
const BINARY: Decisions = { proportions: BINARY_PROPORTIONS, metrics: BINARY_METRICS };
const MULTICLASS: Decisions = { proportions: MULTICLASS_PROPORTIONS, metrics: MULTICLASS_METRICS };

/**
 * Metrics of the decisions of one or two models on the same rows. Proportions have Wilson's
 * interval, the others a bootstrap one; so do all differences (subject minus the other model).
 *
 * @param cells class 1 is the positive one where `kind` is binary
 */
export function decisionFigures(
  random: Random,
  cells: DecisionCells,
  kind: 'binary' | 'multiclass',
): Compared {
  const decisions = kind === 'binary' ? BINARY : MULTICLASS;
  const compared = bootstrapCompared(random, countResampling(cells.counts), {
    subject: statistic(cells, 0, decisions),
    other: cells.predicted.length > 1 ? statistic(cells, 1, decisions) : undefined,
  });
  const totals = totalsOf(cells, 0, cells.counts);
  const n = sum(totals.support);
  for (const name of Object.keys(compared.figures)) {
    compared.figures[name] = { ...compared.figures[name]!, n };
    if (compared.differences[name]) {
      compared.differences[name] = { ...compared.differences[name]!, n };
    }
  }
  return { ...compared, figures: { ...compared.figures, ...proportionFigures(totals, decisions) } };
}

function proportionFigures(totals: ClassTotals, { proportions }: Decisions): Figures {
  const figures: Figures = {};
  for (const [name, proportion] of Object.entries(proportions)) {
    const [successes, trials] = proportion(totals);
    figures[name] = proportionFigure(successes, trials);
  }
  return figures;
}

/** A share with Wilson's interval; null of nothing. */
export const proportionFigure = (
  successes: number,
  trials: number,
): { value: number | null; interval: Interval | undefined; n: number } => ({
  value: trials === 0 ? null : successes / trials,
  interval: wilsonInterval(successes, trials),
  n: trials,
});

function statistic(
  cells: DecisionCells,
  model: number,
  { proportions, metrics }: Decisions,
): Statistic<Float64Array> {
  const shares = Object.values(proportions);
  const others = Object.values(metrics);
  return {
    names: [...Object.keys(proportions), ...Object.keys(metrics)],
    measure(counts) {
      const totals = totalsOf(cells, model, counts);
      const ratio = (share: Proportion) => {
        const [successes, trials] = share(totals);
        return successes / trials;
      };
      return [...shares.map(ratio), ...others.map((metric) => metric(totals))];
    },
  };
}

/** Precision, recall and F1 of each class against all others. */
export function perClassFigures(random: Random, cells: DecisionCells): Figures[] {
  const totals = totalsOf(cells, 0, cells.counts);
  const rows = sum(totals.support);
  return Array.from({ length: cells.classes }, (_, i) => {
    const truePositives = totals.hits[i]!;
    const falseNegatives = totals.support[i]! - truePositives;
    const falsePositives = totals.predicted[i]! - truePositives;
    const trueNegatives = rows - truePositives - falseNegatives - falsePositives;
    const against: DecisionCells = {
      classes: 2,
      truth: Int32Array.of(0, 0, 1, 1),
      predicted: [Int32Array.of(0, 1, 0, 1)],
      counts: Float64Array.of(trueNegatives, falsePositives, falseNegatives, truePositives),
    };
    const { precision, recall, f1 } = decisionFigures(random, against, 'binary').figures;
    return { precision: precision!, recall: recall!, f1: { ...f1!, n: totals.support[i]! } };
  });
}
