import type { Profile } from '#core/profile/schema.ts';
import type { JobObject } from '#slices/jobs';
import { encoderOf, type OutputFormat } from '../../functions/inference/batch/results.ts';
import { RowProfiler } from '../../functions/inference/batch/row-profiler.ts';
import { PieceScorer } from '../../functions/inference/batch/score-pieces.ts';
import { prepareTarget } from '../../functions/inference/predict.ts';
import { clientOf, type Deployed, serviceOf, servingEndpoint } from './inference.ts';

interface Options {
  readonly object?: Partial<JobObject>;
  readonly given?: object;
  readonly key?: string;
  readonly output?: OutputFormat;
}

/** Scores a file as a worker does; what it would write. */
export async function score(model: Deployed, file: Uint8Array | string, options: Options = {}) {
  const bytes = Buffer.from(file as string);
  const endpoint = servingEndpoint('e', model);
  const target = prepareTarget(endpoint, endpoint.variants[0] as (typeof endpoint.variants)[0]);
  const written: { results: Uint8Array[]; rejects: Uint8Array[] } = { results: [], rejects: [] };
  const sink = (to: Uint8Array[]) => ({ write: async (piece: Uint8Array) => void to.push(piece) });
  const object = {
    key: 'f',
    etag: '',
    size: bytes.length,
    format: 'csv',
    ...options.object,
  } as JobObject;
  const profiler = new RowProfiler(model.signature);
  const counts = await new PieceScorer({
    sessions: serviceOf({ e: model }).sessions,
    target,
    pieces: [{ object: 0 }],
    objects: [object],
    open: () =>
      async function* (offset = 0, length = bytes.length) {
        for (let at = offset; at < offset + length; at += 100_000) {
          yield bytes.subarray(at, Math.min(at + 100_000, offset + length));
        }
      },
    given: options.given ?? {},
    key: options.key,
    encoder: encoderOf(options.output ?? 'jsonl', target, options.key !== undefined),
    profiler,
    results: sink(written.results),
    rejects: sink(written.rejects),
  }).run();
  const results = Buffer.concat(written.results);
  const lines = (text: string) => text.split('\n').filter(Boolean);
  return {
    counts,
    results,
    profile: JSON.parse(Buffer.from(profiler.toBytes()).toString()) as Profile,
    text: lines(results.toString()),
    rejects: lines(Buffer.concat(written.rejects).toString()).map((line) => JSON.parse(line)),
  };
}

export type Row = Record<string, unknown>;

const cell = (value: unknown): string =>
  /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value ?? '');
export const csvOf = (rows: readonly Row[], names: readonly string[]): string =>
  [names, ...rows.map((row) => names.map((name) => row[name]))]
    .map((r) => `${r.map(cell).join(',')}\n`)
    .join('');
export const jsonLines = (rows: readonly Row[]) =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** Predictions over HTTP in their own words, without ids. */
export async function overHttp(model: Deployed, rows: readonly Row[]): Promise<string[]> {
  const path = '/api/v1/endpoints/e/predictions';
  const { text, status } = await clientOf(serviceOf({ e: model }))({ path, body: { rows } });
  if (status !== 200) throw new Error(text);
  const [, list = ''] = /"predictions":\[(.*)\]\}$/s.exec(text) ?? [];
  return list
    .split(/\{"predictionId":"[^"]*",/)
    .slice(1)
    .map((one) => one.replace(/\},?$/, ''));
}

export const answersIn = (lines: readonly string[]) =>
  lines.map((line) =>
    line.replace(/^\{"object":0,"row":\d+,/, '').replace(/,"modelVersion":7\}$/, ''),
  );
