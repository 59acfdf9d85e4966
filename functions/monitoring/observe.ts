import type { SummedRows } from '#core/capture/device-profile.ts';
import { Fingerprint } from '#core/monitoring/fingerprint.ts';
import { RowSample } from '#core/monitoring/row-sample.ts';
import type { Segment } from '#core/monitoring/segments.ts';
import type { Span } from '#core/monitoring/windows.ts';
import { Outside } from '#core/profile/outside.ts';
import { edgesFrom, Profiler } from '#core/profile/profiler.ts';
import { PROFILE_VERSION, type Profile } from '#core/profile/schema.ts';
import { Random } from '#core/random.ts';
import { TableCollector } from '#core/table/collect.ts';
import {
  columnOf,
  type NumericColumn,
  type Table,
  type TextColumn,
  takeRows,
  textAt,
} from '#core/table/table.ts';
import { type Feedback, readFeedback } from '#slices/feedback';
import { readCaptures, readSummedRows } from '#slices/traffic';
import type { ReferenceData, Subject } from './reference.ts';

/** Rows of a window that are kept as they are; of more, so many by chance. */
export const KEPT_ROWS = 10_000;

/** What the predictions of a window held, and what turned out to be true of them. */
export interface Observation {
  readonly profile: Profile;
  /** Rows beyond the reference's smallest and largest value, by column. */
  readonly outside: ReadonlyMap<string, number>;
  /** The rows themselves with their prediction ids, or as many of them as are kept. */
  readonly sample: Table;
  readonly isWhole: boolean;
  /** Which rows, and profiles of devices, these are, in whatever order they were read. */
  readonly fingerprint: string;
  /** Feedback on the window's predictions, of all variants, corrections included. */
  readonly labels: number;
  /** Which feedback that is. */
  readonly said: string;
  readonly known: KnownRows;
}

/** The subject's rows whose truth is known, in the order of their predictions. */
export interface KnownRows {
  readonly feedback: readonly Feedback[];
  /** Outputs, and what segments ask for, by the same rows. */
  readonly table: Table;
}

export const NOTHING_KNOWN: KnownRows = { feedback: [], table: { rows: 0, columns: [] } };

/** How often something was said. */
const messagesOf = ({ corrections = [] }: Feedback): number => 1 + corrections.length;

/** Feedback by prediction and row, how often something was said, and which feedback it is. */
export async function feedbackOn(endpoint: string, span: Span) {
  const known = new Map<string, Feedback>();
  const said = new Fingerprint();
  let labels = 0;
  for await (const feedback of readFeedback({ endpoint, ...span })) {
    labels += messagesOf(feedback);
    known.set(keyOf(feedback), feedback);
    said.add(saying(feedback));
  }
  return { known, labels, said: `${said}` };
}

/** What is known of a row now: of its corrections only so many are kept. */
export const saying = (feedback: Feedback): string =>
  JSON.stringify([keyOf(feedback), feedback.label, feedback.value]);

export const keyOf = ({ predictionId, row }: Pick<Feedback, 'predictionId' | 'row'>): string =>
  `${predictionId}:${row}`;

interface Asked {
  readonly subject: Subject | undefined;
  readonly reference: ReferenceData | undefined;
  readonly segments: readonly Segment[];
}

/** Reads the captures of a window and what devices and jobs summed up, and joins what is known by prediction and row. */
export async function observe(
  endpoint: string,
  span: Span,
  { subject, reference, segments }: Asked,
): Promise<Observation> {
  const { known, ...told } = await feedbackOn(endpoint, span);
  const observer = new Observer(reference, { known, segments });
  if (subject) {
    const { variant, version } = subject;
    for await (const table of readCaptures({ endpoint, ...span, variant, version })) {
      observer.add(table);
    }
    for await (const summed of readSummedRows({ endpoint, ...span, variant, version })) {
      observer.addSummed(summed);
    }
  }
  return observer.finish(told);
}

/** Takes tables of captures in any order. */
export class Observer {
  #profiler: Profiler;
  readonly #outside: Outside;
  readonly #sample = new RowSample(KEPT_ROWS);
  readonly #known: ReadonlyMap<string, Feedback>;
  readonly #asked: ReadonlySet<string>;
  readonly #joined: KnownRows[] = [];
  /** Rows of devices and jobs are known by their profiles alone. */
  #hasSummed = false;
  readonly #summed = new Fingerprint();

  constructor(
    reference: ReferenceData | undefined,
    {
      known = new Map(),
      segments = [],
    }: { known?: ReadonlyMap<string, Feedback>; segments?: readonly Segment[] } = {},
  ) {
    const columns = [...(reference?.columns ?? [])];
    this.#profiler = new Profiler(edgesFrom({ version: PROFILE_VERSION, rows: 0, columns }));
    this.#outside = new Outside(columns);
    this.#known = known;
    const features = segments.flatMap(({ where }) => where.map(({ feature }) => `in_${feature}`));
    this.#asked = new Set(features);
  }

  add(table: Table): void {
    const ids = columnOf(table, 'prediction_id') as TextColumn;
    const { values: rows } = columnOf(table, 'row') as NumericColumn;
    const nameOf = (i: number) => `${textAt(ids, i)}:${rows[i]}`;
    const watched = table.columns.filter(({ name }) => /^(in|out)_/.test(name));
    this.#profiler.update({ ...table, columns: watched });
    this.#outside.add(watched);
    const kept = table.columns.filter((column) => column === ids || column.name === 'row');
    this.#sample.add({ rows: table.rows, columns: [...kept, ...watched] }, nameOf);
    if (this.#known.size > 0) this.#join(table, nameOf);
  }

  addSummed({ profile, outside }: Pick<SummedRows, 'profile' | 'outside'>): void {
    this.#profiler = this.#profiler.merge(Profiler.from(profile));
    if (outside) this.#outside.merge(outside);
    else this.#outside.addProfiled(profile.columns);
    this.#summed.add(JSON.stringify(profile));
    this.#hasSummed = true;
  }

  #join(table: Table, nameOf: (row: number) => string): void {
    const found: { row: number; feedback: Feedback }[] = [];
    for (let row = 0; row < table.rows; row++) {
      const feedback = this.#known.get(nameOf(row));
      if (feedback) found.push({ row, feedback });
    }
    const columns = table.columns.filter(
      ({ name }) => name.startsWith('out_') || this.#asked.has(name),
    );
    const rows = found.map(({ row }) => row);
    const own = takeRows({ rows: table.rows, columns }, rows);
    this.#joined.push({ feedback: found.map(({ feedback }) => feedback), table: own });
  }

  finish(told = { labels: 0, said: '' }): Observation {
    return {
      profile: this.#profiler.toJSON(),
      outside: this.#outside.counts,
      sample: this.#sample.toTable(),
      isWhole: this.#sample.isWhole && !this.#hasSummed,
      fingerprint: `${this.#sample.fingerprint} ${this.#summed}`,
      ...told,
      known: this.#allKnown(),
    };
  }

  /** Files come in the order of their names: the figures must not depend on it. */
  #allKnown(): KnownRows {
    const feedback = this.#joined.flatMap((part) => part.feedback);
    const collector = new TableCollector({ rows: feedback.length, random: new Random(0) });
    for (const part of this.#joined) collector.add(part.table);
    const keys = feedback.map(keyOf);
    // Ids begin with the time of their prediction.
    const order = [...keys.keys()].sort((a, b) =>
      (keys[a] as string) < (keys[b] as string) ? -1 : 1,
    );
    return {
      feedback: order.map((at) => feedback[at] as Feedback),
      table: takeRows(collector.table(), order),
    };
  }
}
