import { estimateClassification, fitCalibrations } from '#core/estimation/classification.ts';
import { ErrorEstimator } from '#core/estimation/regression.ts';
import type { ScoredRows } from '#core/estimation/scored-rows.ts';
import type { Figure, Figures } from '#core/figure.ts';
import { Random } from '#core/random.ts';
import { type Column, columnOf, type Table, takeRows } from '#core/table/table.ts';
import type { Answers, Decision } from './answers.ts';

/** Figures of rows without labels, with where the measured ones would lie; undefined where it cannot. */
export type Estimator = (table: Table, answers: Answers) => Figures | undefined;

/** Learning takes seconds, and a run looks at several windows. */
const learnt = new WeakMap<ScoredRows, Estimator>();

/** @param scored what to learn from; undefined is returned where that has too little to learn */
export function estimatorFrom(scored: ScoredRows, decision: Decision): Estimator | undefined {
  if (scored.features.rows < MIN_ROWS) return undefined;
  const made = learnt.get(scored) ?? make(scored, decision);
  if (made) learnt.set(scored, made);
  return made;
}

const MIN_ROWS = 100;
const SEED = 20_261_126;

function make(scored: ScoredRows, decision: Decision): Estimator | undefined {
  if (scored.scores.kind === 'values') return ofValues(scored);
  return scored.scores.probabilities ? ofClasses(scored, decision) : undefined;
}

/** Figures of several classes are means over them. */
const NAMES = {
  binary: {
    accuracy: 'accuracy',
    precision: 'precision',
    recall: 'recall',
    f1: 'f1',
    rocAuc: 'roc-auc',
  },
  multiclass: {
    ...{ accuracy: 'accuracy', precision: 'macro-precision', recall: 'macro-recall' },
    ...{ f1: 'macro-f1' },
  },
} as const;

function ofClasses({ scores: learned, truth }: ScoredRows, { positive }: Decision): Estimator {
  if (learned.kind !== 'classes') throw new TypeError('values have no classes');
  const { classes } = learned;
  const named = positive === undefined ? -1 : classes.indexOf(positive);
  const calibrations = fitCalibrations(learned, Int32Array.from(truth), {
    random: new Random(SEED),
    positive: named < 0 ? 1 : named,
  });
  const names = Object.entries(NAMES[classes.length === 2 ? 'binary' : 'multiclass']);
  return (_, { scores }) => {
    if (scores.kind !== 'classes' || !scores.probabilities) return undefined;
    if (scores.classes.join('\n') !== classes.join('\n')) return undefined;
    const figures = estimateClassification(calibrations, scores, { random: new Random(SEED) });
    return Object.fromEntries(names.map(([from, to]) => [to, figures[from] as Figure]));
  };
}

function ofValues({ features, scores: learned, truth }: ScoredRows): Estimator {
  if (learned.kind !== 'values') throw new TypeError('classes have no values');
  const encoders = features.columns.map(encoderOf);
  const estimator = new ErrorEstimator(
    {
      features: encoders.map((encode, i) => encode(features.columns[i])),
      predicted: learned.values,
      truth: Float64Array.from(truth),
    },
    new Random(SEED),
  );
  return (table, { rows, scores }) => {
    if (scores.kind !== 'values') return undefined;
    const own = takeRows(table, rows);
    const inputs = features.columns.map(({ name }) => columnOf(own, name));
    if (inputs.some((input, i) => input?.kind !== features.columns[i]?.kind)) return undefined;
    const encoded = encoders.map((encode, i) => encode(inputs[i]));
    const { mae, rmse } = estimator.estimate(encoded, scores.values);
    return { mae: mae as Figure, rmse: rmse as Figure };
  };
}

/** Texts as their position among those that were learnt from; others are missing. */
function encoderOf(learned: Column): (column: Column | undefined) => Float64Array {
  if (learned.kind === 'numeric')
    return (column) => (column?.kind === 'numeric' ? column.values : NONE);
  const positions = new Map(learned.categories.map((text, at) => [text, at]));
  return (column) => {
    if (column?.kind !== 'text') return NONE;
    const codes = column.categories.map((text) => positions.get(text) ?? Number.NaN);
    return Float64Array.from(column.codes, (code) => codes[code] ?? Number.NaN);
  };
}

const NONE = new Float64Array(0);
