import { permutationImportance } from '#core/explain/permutation-importance.ts';
import { rankingAreas, rankRows } from '#core/metrics/ranking.ts';
import { Random } from '#core/random.ts';
import type { Scores } from '#core/table/scores.ts';
import { columnOf, type Table } from '#core/table/table.ts';
import type { Evidence } from '../evidence.ts';
import { type Check, type Examination, NO_DATASET } from '../examination.ts';
import type { Finding } from '../schema.ts';
import { classLabels, isLabelled, type LabelledDataset, valueLabels } from './quality/labels.ts';

const REPEATS = 10;

/** What the answers rest on: the score that is lost when a feature's values are shuffled. */
export const checkExplainability: Check<'explainability'> = async (examination) => {
  const { dataset, version, settings } = examination;
  if (!dataset) return NO_DATASET;
  if (!isLabelled(dataset)) {
    return { status: 'skipped', reason: 'the validation dataset names no label column' };
  }
  const features = (version.signature.features ?? [])
    .map(({ name }) => name)
    .filter((name) => columnOf(dataset.table, name));
  if (features.length === 0) {
    return { status: 'skipped', reason: 'no feature of the signature is a column of the data' };
  }
  const { table, metric, measure } = await scoreOf(examination, dataset);
  const random = new Random(settings.seed);
  const options = { measure, repeats: REPEATS, random };
  const { baseline, importances, stability } = await permutationImportance(
    table,
    features,
    options,
  );
  const evidence = { rows: table.rows, repeats: REPEATS, metric, baseline, stability };
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

/** The ROC AUC where there are two classes with probabilities, else accuracy; R² for numbers. */
async function scoreOf({ subject }: Examination, dataset: LabelledDataset): Promise<Scored> {
  const sample = await subject.score(dataset.table);
  if (sample.kind === 'values') {
    const { table, truth } = valueLabels(dataset);
    const measure = async (of: Table) => rSquared(truth, await subject.score(of));
    return { table, metric: 'r2', measure };
  }
  const { table, truth } = classLabels(dataset, sample.classes);
  const ranks = sample.probabilities && sample.classes.length === 2 && hasBoth(truth);
  const measure = async (of: Table) => {
    const scores = await subject.score(of);
    return ranks ? areaUnderRoc(truth, scores) : accuracy(truth, scores);
  };
  return { table, metric: ranks ? 'roc-auc' : 'accuracy', measure };
}

const hasBoth = (truth: Int32Array): boolean => truth.includes(0) && truth.includes(1);

function areaUnderRoc(truth: Int32Array, scores: Scores): number {
  if (scores.kind !== 'classes' || !scores.probabilities) return Number.NaN;
  const { probabilities } = scores;
  const second = Float64Array.from(truth, (_, row) => probabilities[2 * row + 1] as number);
  const ranking = rankRows(second, Uint8Array.from(truth));
  return rankingAreas(ranking, new Uint8Array(truth.length).fill(1))[0];
}

function accuracy(truth: Int32Array, scores: Scores): number {
  if (scores.kind !== 'classes') return Number.NaN;
  let hits = 0;
  for (let row = 0; row < truth.length; row++) if (scores.predicted[row] === truth[row]) hits++;
  return hits / truth.length;
}

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
