import type { CsvGiven, Encoding } from '#core/batch/layout.ts';
import type { Piece } from '#core/batch/shards.ts';
import { AppError } from '#core/errors.ts';
import type { JobObject } from '#slices/jobs';
import { readable } from '../capture/capture-file.ts';
import { type Output, predict, type Target } from '../predict.ts';
import type { InferenceService } from '../service.ts';
import { parquetGroups, rowOf } from './parquet-rows.ts';
import type { ResultEncoder } from './results.ts';
import { type Place, RowBatch } from './row-batch.ts';
import type { RowProfiler } from './row-profiler.ts';
import { textRows } from './text-rows.ts';
import { columnFiller } from './value-rows.ts';

export interface Sink {
  write(bytes: Uint8Array): Promise<void>;
}

export interface Scoring {
  readonly sessions: InferenceService['sessions'];
  readonly target: Target;
  readonly pieces: readonly Piece[];
  readonly objects: readonly JobObject[];
  readonly open: (object: JobObject) => Read;
  readonly given: CsvGiven & { readonly encoding?: Encoding | undefined };
  readonly key?: string | undefined;
  readonly encoder: ResultEncoder;
  readonly profiler: RowProfiler;
  readonly results: Sink;
  readonly rejects: Sink;
}

export type Read = (offset?: number, length?: number) => AsyncIterable<Uint8Array>;

export interface Counts {
  rows: number;
  results: number;
  rejects: number;
}

const REMOTE: InferenceService['invoke'] = async () => {
  throw new AppError('unprocessable', 'jobs are scored by models of the registry');
};

/**
 * Scores rows in their order with the core that serves requests, a batch at a time: memory does not
 * depend on how many there are. Each row ends in exactly one of results and rejects.
 */
export class PieceScorer {
  readonly #scoring: Scoring;
  readonly #batch: RowBatch;
  readonly #counts: Counts = { rows: 0, results: 0, rejects: 0 };
  /** Of the rows in the batch, to be written where the model itself refuses one. */
  #raw: (() => string)[] = [];
  #rejected: string[] = [];

  constructor(scoring: Scoring) {
    this.#scoring = scoring;
    this.#batch = new RowBatch(scoring.target);
  }

  async run(): Promise<Counts> {
    const { pieces, objects, encoder, results } = this.#scoring;
    for (const piece of pieces) {
      const object = objects[piece.object] as JobObject;
      try {
        await (object.format === 'parquet'
          ? this.#parquet(object, piece)
          : this.#text(object, piece));
      } catch (error) {
        throw error instanceof AppError
          ? new AppError(error.code, `"${object.key}": ${error.message}`)
          : error;
      }
    }
    await this.#flush();
    await results.write(encoder.end());
    return this.#counts;
  }

  async #text(object: JobObject, piece: Piece): Promise<void> {
    const { open, given, key, target } = this.#scoring;
    const exact = target.plan.exactIntegers;
    const source = { object, piece, read: open(object), given, key, exact };
    let row = piece.row ?? 0;
    for await (const { records, fill } of textRows(source, this.#batch)) {
      for (const record of records) {
        row++;
        const { problem, key: name } = fill(record);
        const place = { object: piece.object, row, key: name, line: record.line };
        const raw = () => decoder.decode(record.bytes.subarray(record.start, record.end));
        if (this.#take(place, problem, raw)) await this.#settle();
      }
    }
  }

  async #parquet(object: JobObject, piece: Piece): Promise<void> {
    const { open, key } = this.#scoring;
    const file = { sizeBytes: object.size, read: open(object) };
    let before = piece.row ?? 0;
    for await (const { rows, columns } of parquetGroups(file, piece, this.#batch, key)) {
      const fill = columnFiller(this.#batch, columns, key);
      for (let i = 0; i < rows; i++) {
        const { problem, key: name } = fill(i);
        const place = { object: piece.object, row: before + i + 1, key: name };
        if (this.#take(place, problem, () => rawText(rowOf(columns, i)))) await this.#settle();
      }
      before += rows;
    }
  }

  /** @returns whether there is enough to be scored or written */
  #take(place: Place, problem: string | undefined, raw: () => string): boolean {
    this.#counts.rows++;
    if (problem === undefined) {
      this.#batch.keep(place);
      this.#raw.push(raw);
    } else this.#reject(place, problem, raw());
    return this.#batch.isFull || this.#rejected.length >= this.#batch.size;
  }

  async #settle(): Promise<void> {
    if (this.#batch.isFull) await this.#score();
    await this.#writeRejects();
  }

  #reject({ object, row, key, line }: Place, reason: string, raw: string): void {
    this.#counts.rejects++;
    this.#rejected.push(JSON.stringify({ object, row, key, line, reason, raw }));
  }

  async #flush(): Promise<void> {
    if (this.#batch.rows > 0) await this.#score();
    await this.#writeRejects();
  }

  async #writeRejects(): Promise<void> {
    if (this.#rejected.length === 0) return;
    const text = `${this.#rejected.join('\n')}\n`;
    this.#rejected = [];
    await this.#scoring.rejects.write(Buffer.from(text));
  }

  async #score(): Promise<void> {
    const { places } = this.#batch;
    const outputs = await this.#predict(0, places.length).catch((error: unknown) => {
      if (!isRefusal(error)) throw error;
      return undefined;
    });
    if (outputs) await this.#write(outputs, places, 0);
    else await this.#scoreOneByOne(places);
    this.#batch.clear();
    this.#raw = [];
  }

  /** The model refuses one of them: which, it does not say. */
  async #scoreOneByOne(places: readonly Place[]): Promise<void> {
    for (const [i, place] of places.entries()) {
      try {
        await this.#write(await this.#predict(i, i + 1), [place], i);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        this.#reject(place, (error as AppError).message, this.#raw[i]?.() ?? '');
      }
    }
  }

  #predict(from: number, to: number): Promise<Output[]> {
    const { sessions, target } = this.#scoring;
    const inputs = this.#batch.inputs(from, to);
    return predict({ sessions, invoke: REMOTE }, target, inputs, target.plan.allOutputs);
  }

  /** @param from which rows of the batch these are */
  async #write(outputs: readonly Output[], places: readonly Place[], from: number): Promise<void> {
    const { encoder, profiler, results } = this.#scoring;
    const rows = places.length;
    this.#counts.results += rows;
    profiler.add(
      rows,
      (name) => this.#batch.valuesOf(name, from, from + rows),
      (name) => {
        const output = outputs.find(({ spec }) => spec.name === name);
        return output && readable(output.data, output.spec);
      },
    );
    await results.write(encoder.encode(outputs, places));
  }
}

const decoder = new TextDecoder();

const isRefusal = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'invalid';

const rawText = (values: object): string =>
  JSON.stringify(values, (_, value) => (typeof value === 'bigint' ? String(value) : value));
