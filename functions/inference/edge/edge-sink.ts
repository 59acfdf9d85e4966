import { parseCaptureKey } from '#core/capture/keys.ts';
import { Outside } from '#core/profile/outside.ts';
import { edgesFrom, Profiler } from '#core/profile/profiler.ts';
import { type ColumnProfile, PROFILE_VERSION } from '#core/profile/schema.ts';
import { columnOf, type NumericColumn, type Table, takeRows } from '#core/table/table.ts';
import { openOwn, tableOf } from '#shared/own-parquet.ts';
import type { CaptureSink } from '../capture/recorder.ts';
import type { SummaryItem } from '../capture/summaries.ts';
import { logLine } from '../host.ts';
import type { Spool, SpoolKind } from './spool.ts';

export interface EdgeSinkOptions {
  readonly spool: Spool;
  /** Of this process: a ULID. */
  readonly instance: string;
  readonly send: 'captures' | 'profiles' | 'traffic';
  readonly profileMs: number;
  readonly now: () => number;
  readonly log: (line: string) => void;
  /** The training data of a variant now served. */
  readonly referenceOf: (variant: string) => readonly ColumnProfile[];
}

interface OpenProfile {
  readonly id: string;
  readonly variant: string;
  readonly revision: number;
  readonly from: number;
  readonly to: number;
  readonly profiler: Profiler;
  readonly outside: Outside;
}

/** Takes what a recorder writes to disk, as items that the platform's API takes. */
export class EdgeSink implements CaptureSink {
  readonly #options: EdgeSinkOptions;
  readonly #open = new Map<string, OpenProfile>();
  /** Where rows are, by file and span, of files that are not wholly on disk yet. */
  readonly #added = new Map<string, OpenProfile>();
  #profiles = 0;

  constructor(options: EdgeSinkOptions) {
    this.#options = options;
  }

  putFile = async (key: string, bytes: Uint8Array): Promise<void> => {
    const file = parseCaptureKey(key);
    if (!file) throw new Error(`${key} is no capture file`);
    const table = await tableOf(openOwn(bytes));
    const revision = numbersOf(table, 'revision')[0] as number;
    const { id, variant, shadowed } = file;
    if (this.#options.send === 'profiles') return this.#profile(table, { id, variant, revision });
    const at = new Date(file.at).toISOString();
    const base64 = Buffer.from(bytes).toString('base64');
    const item = { kind: 'capture', id, variant, revision, at, shadowed, base64 };
    this.#spool('capture', item);
  };

  putSummary = async ({
    target,
    minute,
    instance,
    before,
    summary,
  }: SummaryItem): Promise<void> => {
    const { endpoint, variant } = target;
    const { calls, handlerMs, besideMs, megabyteMs, ...rest } = summary;
    const id = `${minute}-${variant.name}-${endpoint.revision}-${instance}`;
    this.#spool('summary', {
      ...{ kind: 'summary', id, instance, variant: variant.name, revision: endpoint.revision },
      ...{ minute, before, summary: rest },
    });
  };

  /** Lets profiles go whose span is over; all of them, where this process ends. */
  close(all = false): void {
    for (const [key, open] of this.#open) {
      if (!all && open.to > this.#options.now()) continue;
      this.#put(open, false);
      this.#open.delete(key);
    }
  }

  /** Where it fails it is called again with the same file, whose rows count once. */
  #profile(table: Table, of: { id: string; variant: string; revision: number }): void {
    const { profileMs } = this.#options;
    const at = numbersOf(table, 'at');
    const spans = Map.groupBy(at.keys(), (row) => Math.floor((at[row] as number) / profileMs));
    for (const [span, rows] of spans) {
      const key = `${of.id} ${span}`;
      const open = this.#added.get(key) ?? this.#openProfile(of, span * profileMs);
      if (!this.#added.has(key)) addRows(open, takeRows(table, rows));
      this.#added.set(key, open);
      // On disk at once: a process that is killed has lost nothing but what it held itself.
      this.#put(open, [...this.#open.values()].includes(open));
    }
    for (const span of spans.keys()) this.#added.delete(`${of.id} ${span}`);
  }

  #openProfile({ variant, revision }: { variant: string; revision: number }, from: number) {
    const key = `${variant} ${revision} ${from}`;
    const known = this.#open.get(key);
    if (known) return known;
    const columns = [...this.#options.referenceOf(variant)];
    const made: OpenProfile = {
      ...{ id: `${this.#options.instance}.${this.#profiles++}`, variant, revision },
      ...{ from, to: from + this.#options.profileMs },
      profiler: new Profiler(edgesFrom({ version: PROFILE_VERSION, rows: 0, columns })),
      outside: new Outside(columns),
    };
    this.#open.set(key, made);
    return made;
  }

  #put({ id, variant, revision, from, to, profiler, outside }: OpenProfile, held: boolean): void {
    const iso = (time: number) => new Date(time).toISOString();
    const item = {
      ...{ kind: 'profile', id, variant, revision, from: iso(from), to: iso(to) },
      ...{ profile: profiler.toJSON(), outside: Object.fromEntries(outside.counts) },
    };
    this.#spool('profile', item, held);
  }

  #spool(kind: SpoolKind, item: { readonly id: string }, held = false): void {
    if (this.#options.spool.put(kind, item.id, item, held)) return;
    this.#options.log(logLine('warn', `${kind} ${item.id} is given up: it is too large`, {}));
  }
}

function addRows({ profiler, outside }: OpenProfile, { rows, columns }: Table): void {
  const watched = columns.filter(({ name }) => /^(in|out)_/.test(name));
  profiler.update({ rows, columns: watched });
  outside.add(watched);
}

const numbersOf = (table: Table, name: string): Float64Array =>
  (columnOf(table, name) as NumericColumn).values;
