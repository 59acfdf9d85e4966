import type { Figure, Figures } from '#core/figure.ts';
import type { Random } from '#core/random.ts';
import { type ClassAnswers, DEFAULT_BUDGET } from '#core/robustness/answers.ts';
import {
  type Attack,
  boundaryOnClasses,
  noiseOnClasses,
  squareOnClasses,
} from '#core/robustness/class-attacks.ts';
import { pointsOf, type Space, tableFrom } from '#core/robustness/space.ts';
import { noiseOnValues, squareOnValues } from '#core/robustness/value-attacks.ts';
import type { ClassScores, Scores } from '#core/table/scores.ts';
import type { Evidence } from '../../evidence.ts';
import type { Examination } from '../../examination.ts';
import type { Finding } from '../../schema.ts';
import { decidedClasses, positiveOf } from '../answers.ts';
import { classLabels, type LabelledDataset, valueLabels } from '../quality/labels.ts';

export interface Attacked {
  readonly attacks: Evidence<'robustness'>['attacks'];
  readonly figures: Figures;
  readonly findings: readonly Finding[];
}

interface Means {
  readonly space: Space;
  readonly random: Random;
}

/** All attacks that the model's answers allow. */
export async function attack(
  examination: Examination,
  dataset: LabelledDataset,
  means: Means,
): Promise<Attacked> {
  const scores = await examination.subject.score(dataset.table);
  return scores.kind === 'classes'
    ? attackClasses(examination, dataset, { ...means, scores })
    : attackValues(examination, dataset, means);
}

async function attackClasses(
  examination: Examination,
  dataset: LabelledDataset,
  { space, random, scores }: Means & { scores: ClassScores },
): Promise<Attacked> {
  const { table, truth, findings } = classLabels(dataset, scores.classes);
  const answers = answersOf(examination, positiveOf(examination, scores));
  const ask = async (points: Float64Array) =>
    answers(classesOf(await examination.subject.score(tableFrom(space, points))));
  const points = pointsOf(space, table);
  const target = { space, points, truth, ask, random };
  const clean = await ask(points);
  const right = truth.reduce((sum, label, row) => sum + (clean.decided[row] === label ? 1 : 0), 0);
  const noise = await noiseOnClasses(target, right);
  const boundary = await boundaryOnClasses(target, clean);
  const square = await squareOnClasses(target, clean);
  const attacks = [noise, boundary.attack, ...(square ? [square] : [])];
  const figures = {
    'robust-accuracy-noise': atDefault(noise),
    'robust-accuracy-boundary': atDefault(boundary.attack),
    ...(square && { 'robust-accuracy-square': atDefault(square) }),
    'median-distance-to-boundary': median(boundary.distances),
  };
  return { attacks: attacks.map(asEvidence('robust-accuracy')), figures, findings };
}

async function attackValues(
  { subject }: Examination,
  dataset: LabelledDataset,
  { space, random }: Means,
): Promise<Attacked> {
  const { table, truth, findings } = valueLabels(dataset);
  const ask = async (points: Float64Array) =>
    valuesOf(await subject.score(tableFrom(space, points)));
  const points = pointsOf(space, table);
  const clean = (await ask(points)).map((value, row) => Math.abs(value - truth[row]!));
  const target = { space, points, truth, ask, random };
  const noise = await noiseOnValues(target, clean);
  const square = await squareOnValues(target, clean);
  const figures = {
    'error-growth-noise': atDefault(noise),
    'error-growth-square': atDefault(square),
  };
  return { attacks: [noise, square].map(asEvidence('error-growth')), figures, findings };
}

/** Margins turn with the threshold where there is one, else with the likeliest other class. */
function answersOf({ settings }: Examination, positive: number | undefined) {
  return (scores: ClassScores): ClassAnswers => {
    const { classes, probabilities } = scores;
    const decided = decidedClasses(scores, positive, settings.threshold);
    if (!probabilities) return { decided, margin: undefined };
    const at = (row: number, c: number) => probabilities[row * classes.length + c]!;
    if (classes.length === 2 && positive !== undefined) {
      const towards = (row: number) => at(row, positive) - settings.threshold;
      return { decided, margin: (row, c) => (c === positive ? 1 : -1) * towards(row) };
    }
    const margin = (row: number, c: number) => {
      const others = classes.map((_, other) => (other === c ? -Infinity : at(row, other)));
      return at(row, c) - Math.max(...others);
    };
    return { decided, margin };
  };
}

const mixed = () => new Error('a model answers with classes or with values, not with both');

function classesOf(scores: Scores): ClassScores {
  if (scores.kind === 'classes') return scores;
  throw mixed();
}

function valuesOf(scores: Scores): Float64Array {
  if (scores.kind === 'values') return scores.values;
  throw mixed();
}

const atDefault = ({ points }: Attack): Figure =>
  points.find(({ budget }) => budget === DEFAULT_BUDGET)!.value;

/** In standard deviations, over the rows decided rightly; null where most have no boundary. */
function median(distances: Float64Array): Figure {
  const sorted = distances.toSorted();
  const n = sorted.length;
  const value = (sorted[Math.floor((n - 1) / 2)]! + sorted[Math.floor(n / 2)]!) / 2;
  return { value: n > 0 && Number.isFinite(value) ? value : null, n };
}

const asEvidence =
  (metric: string) =>
  ({ name, points }: Attack) => ({ name, metric, points: [...points] });
