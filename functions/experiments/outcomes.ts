import type { MeanSummary } from '#core/experiments/means.ts';
import { mergeMoments, NO_MOMENTS } from '#core/profile/moments.ts';
import { columnOf, type NumericColumn, type Table, type TextColumn } from '#core/table/table.ts';
import { type Feedback, readFeedback } from '#slices/feedback';
import { getVersion } from '#slices/registry';
import { readCaptures } from '#slices/traffic';
import type { Arm } from './schema.ts';

/** More than this one evaluation does not read: what it has then is by far enough for a verdict. */
const MAX_READ = 200_000;

export interface OutcomeQuery {
  readonly endpoint: string;
  readonly kind: 'conversion' | 'value-mean' | 'label-match';
  readonly arms: readonly Arm[];
  /** Of the predictions, in milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Revisions in which the arms were what they are. */
  readonly revisions: ReadonlySet<number>;
}

/** Outcomes by revision, and in each by variant. */
export type Outcomes = Map<number, Map<string, MeanSummary>>;

/** What became of the arms' predictions, the first `MAX_READ` by the time of the prediction. */
export async function readOutcomes(query: OutcomeQuery): Promise<Outcomes> {
  const { kind, arms, revisions } = query;
  const predicted = kind === 'label-match' ? await readLabels(query) : undefined;
  const variants = new Set(arms.map(({ variant }) => variant));
  const found: Outcomes = new Map();
  let read = 0;
  for await (const feedback of readFeedback(query)) {
    if (++read > MAX_READ) break;
    const { revision, variant } = feedback;
    if (!variants.has(variant) || !revisions.has(revision)) continue;
    const value = outcomeOf(feedback, kind, predicted);
    if (value === undefined) continue;
    const stratum = found.get(revision) ?? new Map<string, MeanSummary>();
    found.set(revision, stratum);
    stratum.set(variant, including(stratum.get(variant), value));
  }
  return found;
}

/** A variant's outcomes of all revisions together. */
export function pooled(outcomes: Outcomes, variant: string): MeanSummary {
  let all = NO_MOMENTS;
  for (const stratum of outcomes.values()) {
    all = mergeMoments(all, { ...NO_MOMENTS, ...stratum.get(variant) });
  }
  return all;
}

/** Welford's update. */
function including(before: MeanSummary | undefined, value: number): MeanSummary {
  const { count, mean, m2 } = before ?? { count: 0, mean: 0, m2: 0 };
  const d = value - mean;
  const next = mean + d / (count + 1);
  return { count: count + 1, mean: next, m2: m2 + d * (value - next) };
}

type Labels = ReadonlyMap<string, readonly string[]>;

/** Undefined where feedback says nothing of this metric, or its prediction was not captured. */
function outcomeOf(
  { value, label, predictionId, row }: Feedback,
  kind: OutcomeQuery['kind'],
  predicted: Labels | undefined,
): number | undefined {
  if (kind === 'value-mean') return value;
  if (kind === 'conversion') return value === undefined ? undefined : Number(value > 0);
  const names = predicted?.get(`${predictionId}#${row}`);
  if (label === undefined || names === undefined) return undefined;
  return Number(names.includes(String(label)));
}

/** What each captured row was predicted to be: as the model says it, and by the class's name. */
async function readLabels(query: OutcomeQuery): Promise<Labels> {
  const labels = new Map<string, readonly string[]>();
  for (const { variant, model, version } of query.arms) {
    const { output, classes } = await labelOutput(model, version);
    if (output === undefined) continue;
    const column = `out_${output}`;
    const { endpoint, from, to } = query;
    const captures = readCaptures({ endpoint, from, to, variant, version, columns: [column] });
    for await (const table of captures) {
      addLabels(labels, table, column, classes);
      if (labels.size > MAX_READ) return labels;
    }
  }
  return labels;
}

export async function labelOutput(model: string, version: number) {
  const { signature } = await getVersion(model, version);
  const output = signature.outputs.find(({ role }) => role === 'label')?.name;
  return { output, classes: signature.classes };
}

function addLabels(
  labels: Map<string, readonly string[]>,
  table: Table,
  column: string,
  classes: readonly string[] | undefined,
): void {
  const ids = columnOf(table, 'prediction_id') as TextColumn;
  const rows = (columnOf(table, 'row') as NumericColumn).values;
  const values = table.columns.find(({ name }) => name === column);
  if (!values) return;
  for (let row = 0; row < table.rows; row++) {
    const text = textAt(values as TextColumn | NumericColumn, row);
    if (text === undefined) continue;
    const named = classes && !classes.includes(text) ? classes[Number(text)] : undefined;
    const id = ids.categories[ids.codes[row] as number];
    labels.set(`${id}#${rows[row]}`, named === undefined ? [text] : [text, named]);
  }
}

function textAt(column: TextColumn | NumericColumn, row: number): string | undefined {
  if (column.kind === 'text') return column.categories[column.codes[row] as number];
  const value = column.values[row] as number;
  return Number.isNaN(value) ? undefined : String(value);
}
