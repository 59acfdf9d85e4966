import { parseCaptureKey } from '#core/capture/keys.ts';
import { Outside } from '#core/profile/outside.ts';
import { edgesFrom, Profiler } from '#core/profile/profiler.ts';
import { type ColumnProfile, PROFILE_VERSION } from '#core/profile/schema.ts';
import { columnOf, type NumericColumn, type Table, takeRows } from '#core/table/table.ts';
import { openOwn, tableOf } from '#shared/own-parquet.ts';
import type { CaptureSink } from '../capture/recorder.ts';
import type { SummaryItem } from '../capture/summaries.ts';
import type { Spool } from './spool.ts';

export interface EdgeSinkOptions {
  readonly spool: Spool;
  /** Of this process: a ULID. */
  readonly instance: string;
  readonly send: 'captures' | 'profiles' | 'traffic';
  readonly profileMs: number;
  readonly now: () => number;
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
    if (this.#options.send === 'profiles') return this.#profile(table, { variant, revision });
    const at = new Date(file.at).toISOString();
    const base64 = Buffer.from(bytes).toString('base64');
    const item = { kind: 'capture', id, variant, revision, at, shadowed, base64 };
    this.#options.spool.put('capture', id, item);
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
    this.#options.spool.put('summary', id, {
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

  #profile(table: Table, of: { variant: string; revision: number }): void {
    const { profileMs } = this.#options;
    const at = numbersOf(table, 'at');
    const spans = Map.groupBy(at.keys(), (row) => Math.floor((at[row] as number) / profileMs));
    for (const [span, rows] of spans) {
      const open = this.#openProfile(of, span * profileMs);
      const { columns } = takeRows(table, rows);
      const watched = columns.filter(({ name }) => /^(in|out)_/.test(name));
      open.profiler.update({ rows: rows.length, columns: watched });
      open.outside.add(watched);
      // On disk at once: a process that is killed has lost nothing but what it held itself.
      this.#put(open, true);
    }
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
    this.#options.spool.put('profile', id, item, held);
  }
}

const numbersOf = (table: Table, name: string): Float64Array =>
  (columnOf(table, name) as NumericColumn).values;
