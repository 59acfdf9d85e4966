import { gunzipSync } from 'node:zlib';
import { type FileMetaData, parquetMetadata, parquetScan, type SchemaElement } from 'hyparquet';
import type { Column, Table } from '#core/table/table.ts';

/** A file that we wrote: flat columns, and what it says of itself. */
export interface OwnFile {
  readonly file: ArrayBuffer;
  readonly metadata: FileMetaData;
  readonly elements: readonly SchemaElement[];
  readonly rows: number;
}

const compressors = {
  GZIP: (input: Uint8Array, length: number) => gunzipSync(input, { maxOutputLength: length }),
};

export function openOwn({ buffer, byteOffset, byteLength }: Uint8Array): OwnFile {
  const file = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
  const metadata = parquetMetadata(file);
  const elements = metadata.schema.slice(1);
  return { file, metadata, elements, rows: Number(metadata.num_rows) };
}

export const factOf = ({ metadata }: Pick<OwnFile, 'metadata'>, name: string): string | undefined =>
  metadata.key_value_metadata?.find(({ key }) => key === name)?.value;

/** The values of these columns, one after the other. */
export async function* valuesOf(
  { file, metadata, rows }: OwnFile,
  names: readonly string[],
): AsyncGenerator<readonly [string, ArrayLike<unknown>]> {
  const scan = await parquetScan({ file, metadata, compressors, columns: [...names] });
  for (const column of names) {
    yield [column, await scan.readColumn({ column, rowStart: 0, rowEnd: rows })];
  }
}

/** As a table: times in milliseconds, whole numbers beyond 2⁵³ rounded. @param wanted all if left out */
export async function tableOf(file: OwnFile, wanted?: ReadonlySet<string>): Promise<Table> {
  const elements = file.elements.filter(({ name }) => !wanted || wanted.has(name));
  const types = new Map(elements.map(({ name, type }) => [name, type]));
  const columns: Column[] = [];
  for await (const [name, values] of valuesOf(file, [...types.keys()])) {
    const type = types.get(name);
    const isText = type === 'BYTE_ARRAY' || type === 'BOOLEAN';
    columns.push(isText ? textColumn(name, values) : numericColumn(name, values));
  }
  return { rows: file.rows, columns };
}

const numericColumn = (name: string, values: ArrayLike<unknown>): Column => ({
  name,
  kind: 'numeric',
  values: Float64Array.from(values, (value) => (isNothing(value) ? Number.NaN : Number(value))),
});

function textColumn(name: string, values: ArrayLike<unknown>): Column {
  const known = new Map<string, number>();
  const codes = Int32Array.from(values, (value) => {
    if (isNothing(value)) return -1;
    const text = String(value);
    const code = known.get(text) ?? known.size;
    known.set(text, code);
    return code;
  });
  return { name, kind: 'text', codes, categories: [...known.keys()] };
}

export const isNothing = (value: unknown): boolean => value === null || value === undefined;
