import { takeScores } from '#core/estimation/scored-rows.ts';
import type { Figure, Figures } from '#core/figure.ts';
import { certainLoss, classFigures, valueFigures } from '#core/monitoring/performance.ts';
import { rowsOfSegment, type Segment } from '#core/monitoring/segments.ts';
import { Random } from '#core/random.ts';
import type { Signature } from '#core/signature/schema.ts';
import type { Scores } from '#core/table/scores.ts';
import type { Table } from '#core/table/table.ts';
import type { Feedback } from '#slices/feedback';
import { answersIn, type Decision, positionOf } from './answers.ts';
import type { Examined } from './examined.ts';
import type { KnownRows } from './observe.ts';
import type { ReferenceData } from './reference.ts';
import type { MetricReport, PerformanceReport } from './report-schema.ts';
import type { MonitorSpec, PinnedSpec } from './schema.ts';

/** Answers and their truth, row by row. */
export interface Judged {
  readonly scores: Scores;
  readonly truth: Int32Array | Float64Array;
  /** With the features that segments ask for. */
  readonly table: Table;
  /** Where each row is in the table. */
  readonly rows: Int32Array;
}

/** Rows whose truth is known and is one that the model can answer; undefined for no answers. */
export function judgedRows(
  { table, feedback }: KnownRows,
  signature: Signature | undefined,
  decision: Decision,
): Judged | undefined {
  const answers = signature && answersIn(table, signature, decision);
  if (!answers) return undefined;
  const { scores, rows } = answers;
  const truths = Array.from(rows, (row) => truthOf(feedback[row] as Feedback, scores));
  const kept = [...truths.keys()].filter((i) => Number.isFinite(truths[i]));
  return {
    scores: takeScores(scores, kept),
    truth: Float64Array.from(kept, (i) => truths[i] as number),
    table,
    rows: Int32Array.from(kept, (i) => rows[i] as number),
  };
}

/** NaN for what the model cannot answer. */
function truthOf({ label, value }: Feedback, scores: Scores): number {
  if (scores.kind === 'values') return Number(value ?? label ?? Number.NaN);
  const at = label === undefined ? -1 : positionOf(scores.classes, String(label));
  return at < 0 ? Number.NaN : at;
}

export function figuresOf(
  { scores, truth }: Pick<Judged, 'scores' | 'truth'>,
  { positive }: Decision,
): Figures {
  if (scores.kind === 'values') return valueFigures(Float64Array.from(truth), scores.values);
  const named = positive === undefined ? -1 : scores.classes.indexOf(positive);
  const options = { positive: named < 0 ? 1 : named, random: new Random(1) };
  return classFigures(scores, Int32Array.from(truth), options);
}

/** What figures are held against. */
export interface Baseline {
  /** In words. */
  readonly name: string;
  readonly metrics: Figures;
  /** What they come from, for figures of segments. */
  readonly judged: Judged | undefined;
}

/**
 * What the examination measured; the labels of a window that is the reference where it is named, or
 * where nothing was examined.
 */
export function baselineOf(
  reference: ReferenceData | undefined,
  signature: Signature | undefined,
  { spec, examined }: { spec: PinnedSpec; examined: Examined },
): Baseline {
  const { decision, scored, metrics } = examined;
  const isNamed = spec.reference.kind === 'window' || Object.keys(metrics).length === 0;
  const judged = reference && isNamed && judgedRows(reference.known, signature, decision);
  if (reference && judged && judged.rows.length >= spec.minLabels) {
    return { name: reference.name, metrics: figuresOf(judged, decision), judged };
  }
  return { name: 'the examination of the version', metrics, judged: scored && allOf(scored) };
}

const allOf = ({ features, scores, truth }: NonNullable<Examined['scored']>): Judged => ({
  ...{ scores, truth, table: features },
  rows: Int32Array.from({ length: features.rows }, (_, row) => row),
});

interface Context {
  readonly spec: MonitorSpec;
  readonly decision: Decision;
  readonly baseline: Baseline;
}

/** How right the predictions were whose truth is known; undefined where too few are. */
export function performanceOf(
  judged: Judged | undefined,
  { spec, decision, baseline }: Context,
): PerformanceReport | undefined {
  if (!judged || judged.rows.length < spec.minLabels) return undefined;
  const metrics = metricReports(figuresOf(judged, decision), baseline.metrics, spec);
  const headline = headlineOf(metrics, spec);
  if (!headline) return undefined;
  return { ...headline, labelled: judged.rows.length, against: baseline.name, metrics };
}

/** The metric that alarms are about, in the form that lists and timelines take. */
export function headlineOf(metrics: readonly MetricReport[], { thresholds }: MonitorSpec) {
  const find = (wanted: string) => metrics.find(({ name }) => name === wanted);
  const found = (thresholds.metric && find(thresholds.metric)) ?? find('accuracy') ?? find('mae');
  if (!found?.interval || found.value === null) return undefined;
  const { name: metric, value, interval, baseline, loss } = found;
  return {
    ...{ metric, value, interval },
    ...(baseline !== undefined && { baseline }),
    ...(loss !== undefined && { loss }),
  };
}

/** Each figure with what it is held against; a baseline that was given is that of its metric alone. */
export function metricReports(
  figures: Figures,
  baseline: Figures,
  { thresholds }: Pick<MonitorSpec, 'thresholds'>,
): MetricReport[] {
  const watched = thresholds.metric ?? ('mae' in figures ? 'mae' : 'accuracy');
  return Object.entries(figures).map(([name, figure]) => {
    const given = name === watched ? thresholds.baseline : undefined;
    const before: Figure | undefined = given === undefined ? baseline[name] : { value: given };
    const loss = certainLoss(name, figure, before);
    return {
      ...{ name, value: figure.value },
      ...(figure.interval && { interval: figure.interval }),
      ...(figure.n !== undefined && { n: figure.n }),
      ...(before && before.value !== null && { baseline: before.value }),
      ...(before?.interval && { baselineInterval: before.interval }),
      ...(loss !== undefined && { loss }),
    };
  });
}

/** As `performanceOf`, of the rows of a segment on both sides. */
export function performanceIn(
  segment: Segment,
  judged: Judged | undefined,
  { spec, decision, baseline }: Context,
): PerformanceReport | undefined {
  const before = takeSegment(baseline.judged, segment);
  const isEnough = before && before.rows.length >= spec.minLabels;
  const metrics = isEnough ? figuresOf(before, decision) : {};
  const own = { ...baseline, metrics };
  return performanceOf(takeSegment(judged, segment), { spec, decision, baseline: own });
}

function takeSegment(judged: Judged | undefined, segment: Segment): Judged | undefined {
  if (!judged) return undefined;
  const { scores, truth, table, rows } = judged;
  const wanted = new Set(rowsOfSegment(table, segment));
  const kept = [...rows.keys()].filter((i) => wanted.has(rows[i] as number));
  return {
    scores: takeScores(scores, kept),
    truth: Float64Array.from(kept, (i) => truth[i] as number),
    table,
    rows: Int32Array.from(kept, (i) => rows[i] as number),
  };
}
