import { permutationImportance } from '#core/explain/permutation-importance.ts';
import { rankingAreas, rankRows } from '#core/metrics/ranking.ts';
import { Random } from '#core/random.ts';
import type { ClassScores, Scores } from '#core/table/scores.ts';
import { type Table, takeRows } from '#core/table/table.ts';
import type { Evidence } from '../evidence.ts';
import { type Check, type Examination, NO_DATASET } from '../examination.ts';
import type { Finding } from '../schema.ts';
import { decidedClasses, featureColumns, positiveOf, probabilitiesOf } from './answers.ts';
import {
  classLabels,
  isLabelled,
  type LabelledDataset,
  labelledRows,
  valueLabels,
} from './quality/labels.ts';

const MAX_REPEATS = 10;
const MIN_REPEATS = 3;
/** More rows tell little more about what matters most. */
const MAX_ROWS = 2000;
/** Rows scored in all, at most, as far as the fewest repeats allow. */
const MAX_PREDICTIONS = 2_000_000;

/** What the answers rest on: the score that is lost when a feature's values are shuffled. */
export const checkExplainability: Check<'explainability'> = async (examination) => {
  const { dataset, settings } = examination;
  if (!dataset) return NO_DATASET;
  if (!isLabelled(dataset)) {
    return { status: 'skipped', reason: 'the validation dataset names no label column' };
  }
  const features = featureColumns(examination, dataset.table);
  if (features.length === 0) {
    return { status: 'skipped', reason: 'no feature of the signature is a column of the data' };
  }
  const random = new Random(settings.seed);
  const { table, metric, measure } = await scoreOf(
    examination,
    sampled(labelledRows(dataset), random),
  );
  const affordable = Math.floor(MAX_PREDICTIONS / (table.rows * features.length));
  const repeats = Math.min(MAX_REPEATS, Math.max(MIN_REPEATS, affordable));
  const options = { measure, repeats, random };
  const { baseline, importances, stability } = await permutationImportance(
    table,
    features,
    options,
  );
  if (!Number.isFinite(baseline)) {
    return { status: 'skipped', reason: `the ${metric} is undefined on these rows` };
  }
  const evidence = { rows: table.rows, repeats, metric, baseline, stability };
  return {
    status: 'completed',
    figures: {
      'importance-stability': stability,
      'top-feature-share': { value: topShare(importances) },
    },
    findings: [...ignored(importances), ...dominating(importances)],
    evidence: { ...evidence, importances: importances.map((one) => ({ ...one })) },
  };
};

interface Scored {
  readonly table: Table;
  readonly metric: string;
  readonly measure: (table: Table) => Promise<number>;
}

function sampled(dataset: LabelledDataset, random: Random): LabelledDataset {
  const { table } = dataset;
  if (table.rows <= MAX_ROWS) return dataset;
  return { ...dataset, table: takeRows(table, random.sample(table.rows, MAX_ROWS).sort()) };
}

/** The ROC AUC where there are two classes with probabilities, else accuracy; R² for numbers. */
async function scoreOf(examination: Examination, dataset: LabelledDataset): Promise<Scored> {
  const { subject, settings } = examination;
  const sample = await subject.score(dataset.table);
  if (sample.kind === 'values') {
    const { table, truth } = valueLabels(dataset);
    const measure = async (of: Table) => rSquared(truth, await subject.score(of));
    return { table, metric: 'r2', measure };
  }
  const { table, truth } = classLabels(dataset, sample.classes);
  const positive = positiveOf(examination, sample);
  const ranks = sample.classes.length === 2 && positive !== undefined && hasBoth(truth);
  if (ranks && probabilitiesOf(sample, positive)) {
    const labels = Uint8Array.from(truth, (label) => (label === positive ? 1 : 0));
    const measure = async (of: Table) =>
      areaUnderRoc(labels, positive, classesOf(await subject.score(of)));
    return { table, metric: 'roc-auc', measure };
  }
  const decide = (scores: ClassScores) => decidedClasses(scores, positive, settings.threshold);
  const measure = async (of: Table) => accuracy(truth, decide(classesOf(await subject.score(of))));
  return { table, metric: 'accuracy', measure };
}

const hasBoth = (truth: Int32Array): boolean => truth.includes(0) && truth.includes(1);

function classesOf(scores: Scores): ClassScores {
  if (scores.kind === 'classes') return scores;
  throw new Error('a model answers with classes or with values, not with both');
}

function areaUnderRoc(labels: Uint8Array, positive: number, scores: ClassScores): number {
  const probabilities = probabilitiesOf(scores, positive);
  if (!probabilities) return Number.NaN;
  const ranking = rankRows(probabilities, labels);
  return rankingAreas(ranking, new Uint8Array(labels.length).fill(1))[0];
}

const accuracy = (truth: Int32Array, decided: Int32Array): number =>
  truth.reduce((hits, label, row) => hits + (decided[row] === label ? 1 : 0), 0) / truth.length;

function rSquared(truth: Float64Array, scores: Scores): number {
  if (scores.kind !== 'values') return Number.NaN;
  const mean = truth.reduce((a, b) => a + b, 0) / truth.length;
  let [left, all] = [0, 0];
  for (let row = 0; row < truth.length; row++) {
    left += ((truth[row] as number) - (scores.values[row] as number)) ** 2;
    all += ((truth[row] as number) - mean) ** 2;
  }
  return 1 - left / all;
}

type Importances = Evidence<'explainability'>['importances'];
const weight = ({ importance }: { importance: { value: number | null } }) =>
  Math.max(0, importance.value ?? 0);

function topShare(importances: readonly { importance: { value: number | null } }[]): number | null {
  const all = importances.reduce((sum, one) => sum + weight(one), 0);
  return all === 0 ? null : weight(importances[0] as Importances[number]) / all;
}

/** Shuffling it changed no answer in any repeat. */
function ignored(importances: Readonly<Importances> | readonly Importances[number][]): Finding[] {
  return importances
    .filter(({ importance: { value, interval } }) => value === 0 && interval?.upper === 0)
    .map(({ feature }) => ({
      severity: 'info',
      code: 'ignored-feature',
      message: `The answers do not depend on "${feature}": it could be left out.`,
      where: feature,
    }));
}

const DOMINATING = 0.9;

function dominating(importances: readonly Importances[number][]): Finding[] {
  const share = topShare(importances);
  if (share === null || share < DOMINATING || importances.length < 3) return [];
  const { feature } = importances[0] as Importances[number];
  const percent = Math.round(share * 100);
  const message = `"${feature}" alone carries ${percent} % of the importance: check that it is known when predictions are made, and is no copy of the label.`;
  return [{ severity: 'warning', code: 'dominating-feature', message, where: feature }];
}
