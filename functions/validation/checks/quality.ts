import { AppError } from '#core/errors.ts';
import { type ScoredRows, sampleScoredRows, takeScores } from '#core/estimation/scored-rows.ts';
import type { Figure, Figures } from '#core/figure.ts';
import { Random } from '#core/random.ts';
import { featuresOf } from '#core/signature/complete.ts';
import { findWeakSlices, type WeakSlice } from '#core/slices/weak-slices.ts';
import type { Table } from '#core/table/table.ts';
import { type Check, type Examination, NO_DATASET } from '../examination.ts';
import type { Finding } from '../schema.ts';
import { championAnswers } from './quality/answers.ts';
import { measureBinary } from './quality/binary.ts';
import { classLabels, isLabelled, type LabelledDataset, valueLabels } from './quality/labels.ts';
import type { Measured } from './quality/measured.ts';
import { measureMulticlass } from './quality/multiclass.ts';
import { measureRegression } from './quality/regression.ts';

/**
 * How well the model answers the labelled rows: the metrics of its task with intervals, the
 * difference from the champion on the same rows, and where it is weaker than elsewhere.
 *
 * @throws AppError `unprocessable` where labels and answers do not fit: nothing can be measured
 */
export const checkQuality: Check<'quality'> = async (examination) => {
  const { task, dataset } = examination;
  if (task !== 'binary' && task !== 'multiclass' && task !== 'regression') {
    return { status: 'skipped', reason: `no quality metrics for the task "${task}"` };
  }
  if (!dataset) return NO_DATASET;
  if (!isLabelled(dataset)) {
    return { status: 'skipped', reason: 'the validation dataset names no label column' };
  }
  const random = new Random(examination.settings.seed);
  const measure = task === 'regression' ? measureValues : measureClasses;
  const { measured, table, findings, scored } = await measure(examination, dataset, random);
  const weakSlices = weakSlicesOf(measured, withoutLabel(table, dataset.label), random);
  const { evidence, comparison } = measured;
  const champion = comparison && { version: examination.champion!.version, ...comparison };
  return {
    status: 'completed',
    figures: {
      ...evidence.metrics,
      ...worstSlice(measured, weakSlices),
      ...prefixed('champion-difference-', comparison?.differences ?? {}),
    },
    findings: [
      ...findings,
      ...measured.findings,
      ...fewRows(evidence.rows),
      ...worseThanChampion(champion),
      ...weakSlices.slice(0, NAMED_SLICES).map(weakSliceFinding),
    ],
    evidence: { ...evidence, ...(champion && { champion }), weakSlices },
    scoredRows: sampleScoredRows(withFeaturesOnly(scored, examination), KEPT_ROWS, random),
  };
};

/** Of those that were judged, for monitors to learn from: estimates are no better with more. */
const KEPT_ROWS = 5_000;

function withFeaturesOnly(scored: ScoredRows, { version }: Examination): ScoredRows {
  const names = new Set(featuresOf(version.signature)?.map(({ name }) => name));
  const columns = scored.features.columns.filter(({ name }) => names.has(name));
  return { ...scored, features: { ...scored.features, columns } };
}

interface Answered {
  readonly measured: Measured;
  readonly scored: ScoredRows;
  /** The rows that were judged. */
  readonly table: Table;
  readonly findings: readonly Finding[];
}

async function measureClasses(
  { task, subject, champion, settings }: Examination,
  dataset: LabelledDataset,
  random: Random,
): Promise<Answered> {
  const answers = await subject.score(dataset.table);
  if (answers.kind !== 'classes') throw mismatch(task, 'numbers');
  const { truth, table, kept, findings } = classLabels(dataset, answers.classes);
  const own = kept ? takeScores(answers, kept) : answers;
  const rival = await championAnswers(champion, table, own);
  const input = { truth, subject: own, champion: rival.scores, random };
  const { threshold, positive = dataset.positive } = settings;
  const measured =
    task === 'binary' ? measureBinary({ ...input, threshold, positive }) : measureMulticlass(input);
  const scored = { features: table, scores: own, truth };
  return { measured, scored, table, findings: [...findings, ...rival.findings] };
}

async function measureValues(
  { task, subject, champion }: Examination,
  dataset: LabelledDataset,
  random: Random,
): Promise<Answered> {
  const answers = await subject.score(dataset.table);
  if (answers.kind !== 'values') throw mismatch(task, 'classes');
  const { truth, table, kept, findings } = valueLabels(dataset);
  const own = kept ? takeScores(answers, kept) : answers;
  const rival = await championAnswers(champion, table, own);
  const measured = measureRegression({ truth, subject: own, champion: rival.scores, random });
  const scored = { features: table, scores: own, truth };
  return { measured, scored, table, findings: [...findings, ...rival.findings] };
}

const mismatch = (task: string, answers: string) =>
  new AppError('unprocessable', `the task is ${task}, but the model answers with ${answers}`);

const withoutLabel = (table: Table, label: string) =>
  table.columns.filter(({ name }) => name !== label);

const weakSlicesOf = (
  { loss, lossKind }: Measured,
  columns: Table['columns'],
  random: Random,
): WeakSlice[] => (loss ? findWeakSlices(columns, { loss, kind: lossKind, random }) : []);

/** The metric on the weakest slice; on all rows where no slice is weak. */
function worstSlice({ evidence, lossKind }: Measured, slices: readonly WeakSlice[]): Figures {
  const sign = lossKind.metric === 'accuracy' ? 1 : -1;
  const overall = evidence.metrics[lossKind.metric] as Figure;
  const worst = slices.reduce<Figure>(
    (figure, { value }) => (sign * (value.value! - figure.value!) < 0 ? value : figure),
    overall,
  );
  return { [`worst-slice-${lossKind.metric}`]: worst };
}

const prefixed = (prefix: string, figures: Figures): Figures =>
  Object.fromEntries(Object.entries(figures).map(([name, figure]) => [prefix + name, figure]));

/** Below this an interval spans tens of percents. */
const FEW_ROWS = 100;

function fewRows(rows: number): Finding[] {
  if (rows >= FEW_ROWS) return [];
  const message = `Measured on ${rows} rows only: the intervals are wide. Add rows, at least ${FEW_ROWS}.`;
  return [{ severity: 'warning', code: 'few-rows', message }];
}

function worseThanChampion(champion: { version: number; verdict: string } | undefined): Finding[] {
  if (champion?.verdict !== 'worse') return [];
  const message = `Significantly worse than the champion, version ${champion.version}, on the same rows.`;
  return [{ severity: 'warning', code: 'worse-than-champion', message }];
}

/** All are in the evidence; a person reads the first few. */
const NAMED_SLICES = 5;

function weakSliceFinding({ slice, rows, metric, value, rest }: WeakSlice): Finding {
  const said = (number: number) =>
    metric === 'accuracy'
      ? `${(100 * number).toFixed(1)} %`
      : String(Number(number.toPrecision(3)));
  const label = metric === 'accuracy' ? 'accuracy' : metric.toUpperCase();
  const message = `Weaker where ${slice} (${rows} rows): ${label} ${said(value.value!)}, elsewhere ${said(rest)}.`;
  return { severity: 'warning', code: 'weak-slice', message, where: slice };
}
