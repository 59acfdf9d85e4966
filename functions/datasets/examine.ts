import { createHash } from 'node:crypto';
import { AppError } from '#core/errors.ts';
import { Profiler } from '#core/profile/profiler.ts';
import type { Profile } from '#core/profile/schema.ts';
import type { Kind } from '#core/table/reader.ts';
import type { DataFile } from '#shared/parquet-file.ts';
import { type FileForm, readDataFile } from './data-file.ts';
import { DvcHash, type DvcPointer } from './dvc.ts';

/** What a file holds. */
export interface Examined {
  readonly digest: string;
  readonly rows: number;
  readonly columns: readonly { readonly name: string; readonly kind: Kind }[];
  readonly separator?: string | undefined;
  readonly profile: Profile;
}

/**
 * Digest, schema and profile of a file. Texts are read once; where a column turns out to hold texts
 * only after many rows of numbers, twice. Parquet is read once more for its digest.
 *
 * @throws AppError naming line or column where the file cannot be read, or has no rows
 */
export async function examineFile(
  file: DataFile,
  form: FileForm,
  dvc: DvcPointer | undefined,
): Promise<Examined> {
  const hash = createHash('sha256');
  const dvcHash = dvc && new DvcHash();
  const digesting = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      hash.update(chunk);
      dvcHash?.update(chunk);
      yield chunk;
    }
  };
  let facts: Omit<Examined, 'digest'>;
  if (form.format === 'parquet') {
    facts = await profileFile(file, form);
    for await (const _ of digesting(file.read()));
  } else {
    facts = await profileFile({ ...file, read: () => digesting(file.read()) }, form, file);
  }
  if (dvc) dvcHash?.check(dvc);
  return { ...facts, digest: hash.digest('hex') };
}

/** @param again for the second reading */
async function profileFile(
  file: DataFile,
  form: FileForm,
  again: DataFile = file,
): Promise<Omit<Examined, 'digest'>> {
  const first = await profileOnce(file, form);
  const result = first.retype.length === 0 ? first : await profileOnce(again, form, asTexts(first));
  if (result.rows === 0) throw new AppError('unprocessable', 'the file has no rows');
  return result;
}

async function profileOnce(file: DataFile, form: FileForm, kinds?: ReadonlyMap<string, Kind>) {
  const profiler = new Profiler();
  const summary = await readDataFile(file, form, {
    kinds,
    onTable: (table) => profiler.update(table),
  });
  return { ...summary, profile: profiler.toJSON() };
}

const asTexts = ({
  columns,
  retype,
}: {
  columns: Examined['columns'];
  retype: readonly string[];
}) =>
  new Map(
    columns.map(({ name, kind }): [string, Kind] => [name, retype.includes(name) ? 'text' : kind]),
  );
