/**
 * The quality check on a million rows of 30 columns, with a scorer that costs nothing: rows per
 * second and memory, over one plain pass that reads every value once. `npm run bench -- quality`,
 * optionally with the number of rows.
 */
import { Random } from '#core/random.ts';
import type { ClassScores, Scores } from '#core/table/scores.ts';
import type { Column, Table } from '#core/table/table.ts';
import { checkQuality } from '../functions/validation/checks/quality.ts';
import type { Examination, Scorer } from '../functions/validation/examination.ts';

const COLUMNS = 30;
const rows = Number(process.argv[2] ?? 1_000_000);
const random = new Random(1);

const table = syntheticTable();
const megabytes = () => process.memoryUsage.rss() / 2 ** 20;
const held = megabytes();
const [, plain] = await timed(async () => plainPass(table));
console.log(`One plain pass over ${rows} rows × ${COLUMNS} columns: ${plain.toFixed(2)} s`);
for (const task of ['binary', 'multiclass', 'regression'] as const) await benchTask(task);
const peak = process.resourceUsage().maxRSS / 1024;
console.log(
  `Peak memory ${peak.toFixed(0)} MB, ${(peak / held).toFixed(1)}× of the ${held.toFixed(0)} MB with the data loaded`,
);

async function benchTask(task: 'binary' | 'multiclass' | 'regression'): Promise<void> {
  const examination = syntheticExamination(task);
  const [outcome, seconds] = await timed(() => checkQuality(examination));
  if (outcome.status !== 'completed') throw new Error(outcome.reason);
  const slices = outcome.evidence.weakSlices.map(({ slice }) => slice);
  console.log(
    `${task.padEnd(11)} ${(rows / seconds).toFixed(0).padStart(8)} rows/s  ${(seconds / plain).toFixed(0).padStart(4)}× the plain pass  ${slices.length} weak slices, first: ${slices[0]}`,
  );
}

async function timed<T>(run: () => Promise<T>): Promise<[T, number]> {
  const start = performance.now();
  const result = await run();
  return [result, (performance.now() - start) / 1000];
}

function plainPass({ columns }: Table): number {
  let total = 0;
  for (const column of columns) {
    const values = column.kind === 'numeric' ? column.values : column.codes;
    for (let row = 0; row < values.length; row++) total += values[row] as number;
  }
  return total;
}

/** 25 numbers, four texts and a label that follows the first number. */
function syntheticTable(): Table {
  const columns: Column[] = Array.from({ length: COLUMNS - 5 }, (_, i) => ({
    name: `number${i}`,
    kind: 'numeric',
    values: new Float64Array(rows).map(() => random.normal()),
  }));
  for (let i = 0; i < 4; i++) {
    const categories = Array.from({ length: 5 + 10 * i }, (_, at) => `category ${at}`);
    const codes = new Int32Array(rows).map(() => random.integer(categories.length));
    columns.push({ name: `text${i}`, kind: 'text', codes, categories });
  }
  const first = columns[0] as Column & { kind: 'numeric' };
  columns.push({ name: 'label', kind: 'numeric', values: first.values.map((x) => x * 3) });
  return { rows, columns };
}

function syntheticExamination(task: 'binary' | 'multiclass' | 'regression'): Examination {
  const columns = table.columns.filter(({ name }) => name !== 'label');
  const label = labelFor(task);
  const scorer: Scorer = { score: async (data) => answersFor(task, data) };
  return {
    task,
    version: {} as Examination['version'],
    subject: scorer,
    champion: { version: 1, scorer },
    dataset: {
      name: 'synthetic',
      digest: '',
      table: { rows, columns: [...columns, { name: 'label', kind: 'numeric', values: label }] },
      label: 'label',
      positive: undefined,
      protectedAttributes: [],
    },
    training: undefined,
    settings: { threshold: 0.5, positive: undefined, latencyLimitMs: 100, seed: 1 },
  };
}

function labelFor(task: string): Float64Array {
  const { values } = table.columns.at(-1) as Column & { kind: 'numeric' };
  if (task === 'regression') return values;
  if (task === 'binary') return values.map((value) => (value > 0 ? 1 : 0));
  return values.map((value) => Math.max(0, Math.min(9, Math.floor(value + 5))));
}

/** Noisy answers, noisier where the second number is large; other noise for each call. */
function answersFor(task: string, data: Table): Scores {
  const label = (data.columns.at(-1) as Column & { kind: 'numeric' }).values;
  const second = (data.columns[1] as Column & { kind: 'numeric' }).values;
  const noise = (row: number) => random.normal() * ((second[row] as number) > 1 ? 2 : 1);
  if (task === 'regression') {
    return { kind: 'values', values: label.map((value, row) => value + noise(row)) };
  }
  const classes = task === 'binary' ? 2 : 10;
  const probabilities = new Float64Array(rows * classes);
  const predicted = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const aim = (label[row] as number) + 0.5 * noise(row);
    let total = 0;
    for (let i = 0; i < classes; i++) {
      total += probabilities[row * classes + i] = Math.exp(-((i - aim) ** 2));
    }
    for (let i = 0; i < classes; i++) (probabilities[row * classes + i] as number) /= total;
    predicted[row] = Math.max(0, Math.min(classes - 1, Math.round(aim)));
  }
  return { kind: 'classes', classes: names(classes), predicted, probabilities } as ClassScores;
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i));
}
