import { parse } from 'csv-parse/sync';
import { ulid } from 'ulid';
import { inspectModel } from '#core/onnx/inspect.ts';
import { profileTable } from '#core/profile/profiler.ts';
import type { Random } from '#core/random.ts';
import { completeSignature } from '#core/signature/complete.ts';
import { deriveSignature } from '#core/signature/derive.ts';
import type { Signature } from '#core/signature/schema.ts';
import type { ClassScores } from '#core/table/scores.ts';
import { type Column, columnOf, type Table, takeRows } from '#core/table/table.ts';
import type { Feedback } from '#slices/feedback';
import { alarmFigures } from '../../functions/monitoring/alarm-figures.ts';
import type { Before } from '../../functions/monitoring/concept-drift.ts';
import { type Examined, NOT_EXAMINED } from '../../functions/monitoring/examined.ts';
import { findingsOf } from '../../functions/monitoring/findings.ts';
import { NOTHING_KNOWN, Observer } from '../../functions/monitoring/observe.ts';
import { figuresOf } from '../../functions/monitoring/performance.ts';
import { referenceOf } from '../../functions/monitoring/reference.ts';
import { MonitorSpec } from '../../functions/monitoring/schema.ts';
import { makeScorer } from '../../functions/validation/scorer.ts';
import { type ExampleDataset, readExample } from '../../local/examples.ts';
import { tableOf } from './tables.ts';

const SPEC = { ...MonitorSpec.parse({}), reference: { kind: 'training' as const } };
const SUBJECT = { variant: 'default', model: 'm', version: 1 };
const QUIET = {
  ...{ requests: 1, clientErrors: 0, serverErrors: 0, errorRate: 0, p95LatencyMs: 1, missing: 0 },
};

/** Real people that a model has not seen, what it says of them, and what is true. */
export interface Survey {
  readonly signature: Signature;
  /** Features alone. */
  readonly people: Table;
  /** Position of the true class by row. */
  readonly truth: Int32Array;
  readonly positive: string;
  score(people: Table): Promise<ClassScores>;
}

/** The rows of an example that its model was examined on. */
export async function readSurvey(name: string): Promise<Survey> {
  const { artifact, version, datasets } = readExample(name);
  const found = datasets.find(({ about }) => about.role === 'validation') as ExampleDataset;
  const { label, positive } = found.about as unknown as { label: string; positive: string };
  const declared = (version.signature ?? {}) as Parameters<typeof completeSignature>[1];
  const signature = completeSignature(deriveSignature(inspectModel(artifact)), declared);
  const rows = parse<Record<string, string>>(Buffer.from(found.csv), {
    columns: true,
  });
  const numbers = rows.map((row) =>
    Object.fromEntries(
      (signature.features ?? []).map(({ name }) => [name, row[name] ? Number(row[name]) : null]),
    ),
  );
  const truth = Int32Array.from(rows, (row) =>
    (signature.classes ?? []).indexOf(row[label] as string),
  );
  const { score } = await makeScorer(signature, artifact);
  return {
    ...{ signature, people: tableOf(numbers), truth, positive },
    score: async (people) => (await score(people)) as ClassScores,
  };
}

/** Rows of a window: what is asked, and what turns out to be true. */
export interface Window {
  readonly people: Table;
  readonly truth: Int32Array;
}

/**
 * Draws windows of a survey without replacement and holds each against all others, as a run of a
 * monitor does: features, all of them together, performance with labels, concept drift. Nothing
 * differs between the two but what is changed.
 */
export class Windows {
  readonly #survey: Survey;
  readonly #random: Random;
  #before: Before | undefined;
  #seen = 0;

  constructor(survey: Survey, random: Random) {
    [this.#survey, this.#random] = [survey, random];
  }

  /** @returns the alarms that are out of bounds */
  async look(
    rows: number,
    change: (window: Window) => Window = (window) => window,
  ): Promise<string[]> {
    const { people, truth, signature } = this.#survey;
    const order = this.#random.shuffle(Int32Array.from({ length: people.rows }, (_, row) => row));
    const [own, others] = [order.subarray(0, rows), order.subarray(rows)];
    const window = change({
      people: takeRows(people, own),
      truth: Int32Array.from(own, (row) => truth[row] as number),
    });
    const examined = await this.#examine(others);
    const sample = asCaptured(takeRows(people, others));
    const reference = referenceOf({
      ...{
        name: 'the others',
        fingerprint: '',
        rows: others.length,
        columns: profileTable(sample).columns,
      },
      ...{ sample, isWhole: true, known: NOTHING_KNOWN },
    });
    const scores = await this.#survey.score(window.people);
    const { table, known } = this.#capture(window, scores);
    const observer = new Observer(reference, { known });
    observer.add(table);
    const found = findingsOf(SPEC, {
      ...{ observation: observer.finish(), reference, examined, signature },
      ...{ subject: SUBJECT, before: this.#before },
    });
    this.#before = found.conceptDrift && { report: '', conceptDrift: found.conceptDrift };
    const alarms = alarmFigures({ ...found, health: QUIET }, SPEC);
    return alarms.filter(({ breached }) => breached).map(({ alarm }) => alarm);
  }

  async #examine(rows: Int32Array): Promise<Examined> {
    const { people, truth, positive } = this.#survey;
    const features = takeRows(people, rows);
    const scored = {
      features: asCaptured(features),
      scores: await this.#survey.score(features),
      truth: Int32Array.from(rows, (row) => truth[row] as number),
    };
    const decision = { positive, threshold: 0.5 };
    return { ...NOT_EXAMINED, decision, scored, metrics: figuresOf(scored, decision) };
  }

  #capture({ people, truth }: Window, scores: ClassScores) {
    const at = Date.UTC(2026, 10, 26) + 1000 * this.#seen++;
    const ids = Array.from(truth, (_, i) => `${ulid(at + i)}.e.1.default`);
    const { classes = [], outputs } = this.#survey.signature;
    const nameOf = (role: string) => outputs.find((output) => output.role === role)?.name;
    const said = Array.from(scores.predicted, (code) => classes[code] as string);
    const probabilities = classes.map((name, at): Column => {
      const values = Float64Array.from(
        truth,
        (_, row) => scores.probabilities?.[row * classes.length + at] as number,
      );
      return { name: `out_${nameOf('probabilities')}_${name}`, kind: 'numeric', values };
    });
    const columns: Column[] = [
      textColumn('prediction_id', ids),
      { name: 'row', kind: 'numeric', values: new Float64Array(ids.length) },
      ...asCaptured(people).columns,
      textColumn(`out_${nameOf('label')}`, said),
      ...probabilities,
    ];
    const known = new Map(
      ids.map((predictionId, i) => [
        `${predictionId}:0`,
        { predictionId, row: 0, label: classes[truth[i] as number] } as unknown as Feedback,
      ]),
    );
    return { table: { rows: ids.length, columns }, known };
  }
}

function textColumn(name: string, texts: readonly string[]): Column {
  const categories = [...new Set(texts)];
  const positions = new Map(categories.map((text, at) => [text, at]));
  const codes = Int32Array.from(texts, (text) => positions.get(text) as number);
  return { name, kind: 'text', codes, categories };
}

/** Under the names and in the precision of captures. */
const asCaptured = ({ rows, columns }: Table): Table => ({
  rows,
  columns: columns.map((column) => ({
    ...column,
    ...(column.kind === 'numeric' && { values: column.values.map(Math.fround) }),
    name: `in_${column.name}`,
  })),
});

/** Everybody's whole number is larger by so many standard deviations. */
export const movedBy = (survey: Survey, name: string, deviations: number) => {
  const { values } = columnOf(survey.people, name) as Column & { kind: 'numeric' };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const step = deviations * Math.sqrt(squares / values.length);
  return ({ people, truth }: Window): Window => ({
    truth,
    people: {
      ...people,
      columns: people.columns.map((column) =>
        column.name === name && column.kind === 'numeric'
          ? { ...column, values: column.values.map((value) => Math.round(value + step)) }
          : column,
      ),
    },
  });
};

/** So many of the labels say the contrary. */
export const mislabelled =
  (share: number, random: Random) =>
  ({ people, truth }: Window): Window => ({
    people,
    truth: truth.map((code) => (random.uniform() < share ? 1 - code : code)),
  });
