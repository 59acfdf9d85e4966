import { takeScores } from '#core/estimation/scored-rows.ts';
import type { Signature } from '#core/signature/schema.ts';
import {
  columnOf,
  type NumericColumn,
  type Table,
  type TextColumn,
  textAt,
} from '#core/table/table.ts';
import type { Feedback } from '#slices/feedback';
import { type Answers, answersIn } from './answers.ts';
import { type Estimator, estimatorFrom } from './estimator.ts';
import type { Examined } from './examined.ts';
import { type KnownRows, keyOf, type Observation } from './observe.ts';
import { type Baseline, figuresOf, headlineOf, type Judged, metricReports } from './performance.ts';
import type { EstimateReport } from './report-schema.ts';
import type { MonitorSpec } from './schema.ts';

interface Context {
  readonly spec: MonitorSpec;
  readonly examined: Examined;
  readonly baseline: Baseline;
}

/**
 * How right the predictions are likely to be, labelled or not: learnt from the rows that the version
 * was examined on. Undefined without those, and for models that give labels alone.
 */
export function estimateOf(
  { sample, known }: Pick<Observation, 'sample' | 'known'>,
  { signature, judged }: { signature: Signature | undefined; judged: Judged | undefined },
  { spec, examined, baseline }: Context,
): EstimateReport | undefined {
  const { scored, decision } = examined;
  const answers = signature && answersIn(sample, signature, decision);
  if (!scored || !answers || answers.rows.length < spec.minRows) return undefined;
  const estimate = estimatorFrom(scored, decision);
  const figures = estimate?.(sample, answers);
  if (!estimate || !figures) return undefined;
  const metrics = metricReports(figures, baseline.metrics, spec);
  const headline = headlineOf(metrics, spec);
  if (!headline) return undefined;
  const both = judged && labelledOnes({ sample, answers, known, judged });
  const truth =
    both && both.rows >= spec.minLabels
      ? compareWithTruth(both, { estimate, metric: headline.metric, sample, examined })
      : undefined;
  return {
    ...headline,
    ...{ rows: answers.rows.length, learntFrom: scored.features.rows, metrics },
    ...(truth && { truth }),
  };
}

interface Labelled {
  readonly rows: number;
  readonly answers: Answers;
  readonly judged: Pick<Judged, 'scores' | 'truth'>;
}

/** The same rows on both sides: who has labels may be others than who has not. */
function labelledOnes(all: {
  readonly sample: Table;
  readonly answers: Answers;
  readonly known: KnownRows;
  readonly judged: Judged;
}): Labelled {
  const { sample, answers, known, judged } = all;
  const ids = columnOf(sample, 'prediction_id') as TextColumn;
  const { values: rows } = columnOf(sample, 'row') as NumericColumn;
  const at = new Map(
    Array.from(judged.rows, (row, i) => [keyOf(known.feedback[row] as Feedback), i]),
  );
  const pairs = Array.from(answers.rows, (row, i) => ({
    answer: i,
    judged: at.get(`${textAt(ids, row)}:${rows[row]}`),
  })).filter((pair) => pair.judged !== undefined) as { answer: number; judged: number }[];
  const [ours, theirs] = [pairs.map(({ answer }) => answer), pairs.map((pair) => pair.judged)];
  return {
    rows: pairs.length,
    answers: {
      rows: Int32Array.from(ours, (i) => answers.rows[i] as number),
      scores: takeScores(answers.scores, ours),
    },
    judged: {
      scores: takeScores(judged.scores, theirs),
      truth: Float64Array.from(theirs, (i) => judged.truth[i] as number),
    },
  };
}

interface Compared {
  readonly estimate: Estimator;
  readonly metric: string;
  readonly sample: Table;
  readonly examined: Examined;
}

/** Outside of the interval, the relation of inputs and labels is no longer what it was. */
function compareWithTruth(
  { rows, answers, judged }: Labelled,
  { estimate, metric, sample, examined }: Compared,
): EstimateReport['truth'] {
  const estimated = estimate(sample, answers)?.[metric];
  const measured = figuresOf(judged, examined.decision)[metric]?.value ?? null;
  if (!estimated?.interval || estimated.value === null || measured === null) return undefined;
  const { interval, value } = estimated;
  const within = measured >= interval.lower && measured <= interval.upper;
  return { rows, estimated: value, interval, measured, within };
}
