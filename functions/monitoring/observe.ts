import type { Span } from '#core/monitoring/windows.ts';
import { edgesFrom, Profiler } from '#core/profile/profiler.ts';
import { PROFILE_VERSION, type Profile } from '#core/profile/schema.ts';
import {
  columnOf,
  type NumericColumn,
  type Table,
  type TextColumn,
  textAt,
} from '#core/table/table.ts';
import { type Feedback, readFeedback } from '#slices/feedback';
import { readCaptures } from '#slices/traffic';
import type { ReferenceData, Subject } from './reference.ts';

/** What the predictions of a window held, and what turned out to be true of them. */
export interface Observation {
  readonly profile: Profile;
  /** Rows beyond the reference's smallest and largest value, by column. */
  readonly outside: ReadonlyMap<string, number>;
  /** Feedback on the window's predictions, of all variants, corrections included. */
  readonly labels: number;
  /** The subject's rows whose truth is known, with the values of their outputs. */
  readonly known: readonly KnownRow[];
}

export interface KnownRow {
  readonly feedback: Feedback;
  /** By column; undefined where it is missing. */
  readonly outputs: Readonly<Record<string, string | undefined>>;
}

/** Reads the captures of a window, file by file, and joins what is known by prediction and row. */
export async function observe(
  endpoint: string,
  span: Span,
  { subject, reference }: { subject: Subject | undefined; reference: ReferenceData | undefined },
): Promise<Observation> {
  const known = new Map<string, Feedback>();
  let labels = 0;
  for await (const feedback of readFeedback({ endpoint, ...span })) {
    labels += messagesOf(feedback);
    known.set(`${feedback.predictionId}:${feedback.row}`, feedback);
  }
  const columns = [...(reference?.columns ?? [])];
  const edges = edgesFrom({ version: PROFILE_VERSION, rows: 0, columns });
  const profiler = new Profiler(edges);
  const outside = new Outside(reference);
  const joined: KnownRow[] = [];
  if (subject) {
    const { variant, version } = subject;
    for await (const table of readCaptures({ endpoint, ...span, variant, version })) {
      const watched = table.columns.filter(({ name }) => /^(in|out)_/.test(name));
      profiler.update({ ...table, columns: watched });
      outside.add(watched);
      if (known.size > 0) joined.push(...join(table, known));
    }
  }
  // Files come in the order of their names: the figures must not depend on it.
  joined.sort((a, b) => (keyOf(a.feedback) < keyOf(b.feedback) ? -1 : 1));
  return { profile: profiler.toJSON(), outside: outside.counts, labels, known: joined };
}

/** How often something was said. */
export const messagesOf = ({ corrections = [] }: Feedback): number => 1 + corrections.length;

const keyOf = ({ predictionId, row }: Feedback): string => `${predictionId}:${row}`;

function join(table: Table, known: ReadonlyMap<string, Feedback>): KnownRow[] {
  const ids = columnOf(table, 'prediction_id') as TextColumn;
  const { values: rows } = columnOf(table, 'row') as NumericColumn;
  const outputs = table.columns.filter(({ name }) => name.startsWith('out_'));
  const found: KnownRow[] = [];
  for (let i = 0; i < table.rows; i++) {
    const feedback = known.get(`${textAt(ids, i)}:${rows[i]}`);
    if (!feedback) continue;
    const values = outputs.map((column) => [column.name, textAt(column, i)] as const);
    found.push({ feedback, outputs: Object.fromEntries(values) });
  }
  return found;
}

/** Counts what lies beyond the reference's range. */
class Outside {
  readonly counts = new Map<string, number>();
  readonly #ranges = new Map<string, readonly [min: number, max: number]>();

  constructor(reference: ReferenceData | undefined) {
    for (const column of reference?.columns ?? []) {
      if (column.kind !== 'numeric' || column.min === null || column.max === null) continue;
      // Captures hold single precision where the model takes it.
      const range = [Math.fround(column.min), Math.fround(column.max)] as const;
      this.#ranges.set(column.name, [
        Math.min(range[0], column.min),
        Math.max(range[1], column.max),
      ]);
    }
  }

  add(columns: Table['columns']): void {
    for (const column of columns) {
      const range = this.#ranges.get(column.name);
      if (!range || column.kind !== 'numeric') continue;
      let count = this.counts.get(column.name) ?? 0;
      for (const value of column.values) if (value < range[0] || value > range[1]) count++;
      this.counts.set(column.name, count);
    }
  }
}
