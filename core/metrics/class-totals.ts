/** What a confusion matrix comes down to for every metric of the decisions, by class. */
export interface ClassTotals {
  /** Rows that are of the class. */
  readonly support: Float64Array;
  /** Rows said to be of the class. */
  readonly predicted: Float64Array;
  /** Rows of the class that were said to be. */
  readonly hits: Float64Array;
}

/**
 * Rows with the same true class and the same predictions, counted: the unit in which decisions are
 * resampled. Champion and subject are kept together so that both see the same resamples.
 */
export interface DecisionCells {
  readonly classes: number;
  /** True class by cell. */
  readonly truth: Int32Array;
  /** Predicted class by cell, one array per model. */
  readonly predicted: readonly Int32Array[];
  readonly counts: Float64Array;
}

/** @param predictions predicted class by row, one array per model (one or two) */
export function countDecisions(
  truth: Int32Array,
  predictions: readonly Int32Array[],
  classes: number,
): DecisionCells {
  const [first, second] = predictions;
  const cells = new Map<number, number>();
  for (let row = 0; row < truth.length; row++) {
    const key = (truth[row]! * classes + first![row]!) * classes + (second ? second[row]! : 0);
    cells.set(key, (cells.get(key) ?? 0) + 1);
  }
  const keys = [...cells.keys()].sort((a, b) => a - b);
  const models = [
    Int32Array.from(keys, (key) => Math.floor(key / classes) % classes),
    Int32Array.from(keys, (key) => key % classes),
  ];
  return {
    classes,
    truth: Int32Array.from(keys, (key) => Math.floor(key / classes / classes)),
    predicted: models.slice(0, predictions.length),
    counts: Float64Array.from(keys, (key) => cells.get(key)!),
  };
}

/** @param counts rows by cell: the observed ones or a resample */
export function totalsOf(cells: DecisionCells, model: number, counts: Float64Array): ClassTotals {
  const { truth, classes } = cells;
  const said = cells.predicted[model]!;
  const support = new Float64Array(classes);
  const predicted = new Float64Array(classes);
  const hits = new Float64Array(classes);
  for (let cell = 0; cell < counts.length; cell++) {
    const count = counts[cell]!;
    support[truth[cell]!]! += count;
    predicted[said[cell]!]! += count;
    if (truth[cell] === said[cell]) hits[truth[cell]!]! += count;
  }
  return { support, predicted, hits };
}

/** Row: true class, column: predicted class. */
export function confusionMatrix(cells: DecisionCells, model: number): number[][] {
  const matrix = Array.from({ length: cells.classes }, () =>
    new Array<number>(cells.classes).fill(0),
  );
  for (let cell = 0; cell < cells.counts.length; cell++) {
    matrix[cells.truth[cell]!]![cells.predicted[model]![cell]!]! += cells.counts[cell]!;
  }
  return matrix;
}

export const sum = (values: ArrayLike<number>): number => {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
};

/**
 * Matthews' correlation of truth and prediction for any number of classes (Gorodkin 2004); 0 where
 * one of them is constant, as scikit-learn has it.
 */
export function matthews({ support, predicted, hits }: ClassTotals): number {
  const rows = sum(support);
  let agreement = sum(hits) * rows;
  let spreadTruth = rows * rows;
  let spreadPredicted = rows * rows;
  for (let i = 0; i < support.length; i++) {
    agreement -= support[i]! * predicted[i]!;
    spreadTruth -= support[i]! ** 2;
    spreadPredicted -= predicted[i]! ** 2;
  }
  const spread = Math.sqrt(spreadTruth) * Math.sqrt(spreadPredicted);
  if (rows === 0) return Number.NaN;
  return spread === 0 ? 0 : agreement / spread;
}

/** Mean recall of the classes that occur. */
export function balancedAccuracy({ support, hits }: ClassTotals): number {
  let recalls = 0;
  let classes = 0;
  for (let i = 0; i < support.length; i++) {
    if (support[i] === 0) continue;
    recalls += hits[i]! / support[i]!;
    classes++;
  }
  return recalls / classes;
}
