import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { AppError } from '#core/errors.ts';
import { type Item, table, type Write } from '#shared/dynamo.ts';
import { type Key, keys } from '#shared/keys.ts';
import { mayBeId } from './checks.ts';
import { noSuchRun } from './errors.ts';
import { wireBytes } from './page.ts';
import type { InputsAndOutputs, Run, RunInfo, Space } from './records.ts';
import {
  FIRST_METRICS,
  HEAD,
  headOf,
  IO,
  joined,
  newSheet,
  packSheet,
  type Sheet,
  unpackSheet,
} from './sheets.ts';
import { putUnchanged, readAll, readPrefix } from './store.ts';

/** A run as it was read, and the items that it was read from. */
export interface StoredRun extends Run {
  readonly sheets: Sheet[];
  /** Of its inputs and outputs; 0 where it has none. */
  readonly ioRevision: number;
  /** Of all its items, uncompressed. */
  readonly bytes: number;
}

const NOTHING: InputsAndOutputs = { datasets: [], modelInputs: [], modelOutputs: [] };
/** Compressed; DynamoDB takes 400 KB. */
const MAX_IO_BYTES = 380_000;
/** Uncompressed, so that a run with the rest of it fits in an answer. */
const MAX_IO_TEXT = 3_000_000;

/** @throws AppError `not-found` */
export async function readRun(space: Space, id: string): Promise<StoredRun> {
  const run = mayBeId(id) && toRun(await readPrefix(keys.trackedRun(space, id, '').pk, HEAD));
  if (!run) throw noSuchRun(id);
  return run;
}

/** Many runs by their ids; those that are not there are left out. */
export async function readRuns(
  space: Space,
  ids: readonly string[],
): Promise<Map<string, StoredRun>> {
  const wanted = [...new Set(ids)]
    .filter(mayBeId)
    .flatMap((id) => [HEAD, FIRST_METRICS, IO].map((sheet) => keys.trackedRun(space, id, sheet)));
  const byRun = Map.groupBy(await readAll(wanted), ({ pk }) => String(pk));
  const runs = await Promise.all(
    [...byRun.values()].map(async (items) => {
      const run = toRun(items);
      return run && headOf(run.sheets).more ? readRun(space, run.info.id) : run;
    }),
  );
  return new Map(runs.flatMap((run) => (run ? [[run.info.id, run]] : [])));
}

function toRun(items: readonly Item[]): StoredRun | undefined {
  const sheets = items.filter(({ sk }) => sk !== IO).map(unpackSheet);
  const head = sheets.find(({ sk }) => sk === HEAD);
  if (!head) return undefined;
  const io = items.find(({ sk }) => sk === IO);
  const ioText = io && inflate(io);
  return {
    info: head.info as RunInfo,
    params: joined(sheets, 'params'),
    tags: joined(sheets, 'tags'),
    metrics: joined(sheets, 'metrics'),
    ...(ioText ? (JSON.parse(ioText) as InputsAndOutputs) : NOTHING),
    sheets,
    ioRevision: Number(io?.revision ?? 0),
    bytes: sheets.reduce((sum, { bytes }) => sum + bytes, ioText?.length ?? 0),
  };
}

/**
 * Of all that was read, as one number: whoever reads after a save has a greater one than the writer
 * had read.
 */
export const revisionOf = ({ sheets }: StoredRun): number =>
  sheets.reduce((sum, { revision }) => sum + revision, 0);

/** A new run. */
export async function putRun(
  space: Space,
  info: RunInfo,
  tags: ReadonlyMap<string, string>,
): Promise<void> {
  const sheet: Sheet = { ...newSheet(HEAD), info, tags: new Map(tags) };
  await putUnchanged([itemOf(space, info.id, sheet)]);
}

/** @returns false where somebody else was faster with one of the sheets */
export const saveSheets = (space: Space, { info, sheets }: StoredRun): Promise<boolean> =>
  putUnchanged(sheets.filter(({ changed }) => changed).map((s) => itemOf(space, info.id, s)));

/** The head alone, for a transaction. */
export function headWrite(space: Space, { info, sheets }: StoredRun): Write {
  const head = headOf(sheets);
  return {
    Put: {
      TableName: table().name,
      Item: itemOf(space, info.id, head),
      ConditionExpression: 'revision = :seen',
      ExpressionAttributeValues: { ':seen': head.revision },
    },
  };
}

const itemOf = (space: Space, run: string, sheet: Sheet) => ({
  ...keys.trackedRun(space, run, sheet.sk),
  revision: sheet.revision + 1,
  json: packSheet(sheet),
});

/** @throws AppError `invalid` where it is too much for one run */
export function saveIo(space: Space, run: StoredRun, io: InputsAndOutputs): Promise<boolean> {
  const text = JSON.stringify(io);
  const bytes = deflateRawSync(text);
  if (bytes.length > MAX_IO_BYTES || wireBytes(text) > MAX_IO_TEXT) {
    throw new AppError(
      'invalid',
      'the schemas and profiles of all inputs of this run are too large',
    );
  }
  const key: Key = keys.trackedRun(space, run.info.id, IO);
  return putUnchanged([{ ...key, revision: run.ioRevision + 1, bytes }]);
}

const inflate = ({ bytes }: Item): string =>
  inflateRawSync(bytes as Uint8Array, { maxOutputLength: MAX_IO_TEXT }).toString('utf8');
