import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CsvReader } from '#core/table/csv-reader.ts';
import type { Table } from '#core/table/table.ts';
import { type Example, readExample } from '../../local/examples.ts';
import { ROOT } from '../../local/settings.ts';

const read = (...path: string[]): Buffer => readFileSync(join(ROOT, 'examples', ...path));

/** A further version of an example's model, to be registered on the same data. */
export function readVersion(example: string, folder: string): Example {
  const json = (file: string) => JSON.parse(read(example, folder, file).toString('utf8'));
  return {
    ...readExample(example),
    name: `${example}-${basename(folder)}`,
    version: json('version.json'),
    expected: json('expected.json'),
    artifact: new Uint8Array(read(example, folder, 'model.onnx')),
  };
}

export const readHostile = (file: string): Uint8Array =>
  new Uint8Array(read('wages', 'hostile', file));

export interface ExampleData {
  /** What `POST /api/v1/datasets` takes, but for the source. */
  readonly registration: { readonly name: string; readonly label: string } & Record<
    string,
    unknown
  >;
  readonly bytes: Buffer;
  readonly sha256: string;
  readonly table: Table;
}

/** Undefined where an example's training data are too large to lie beside it. */
export function readData(
  example: string,
  role: 'validation' | 'training',
): ExampleData | undefined {
  if (!existsSync(join(ROOT, 'examples', example, `${role}.csv`))) return undefined;
  const bytes = read(example, `${role}.csv`);
  const model = JSON.parse(read(example, 'model.json').toString('utf8'));
  return {
    registration: role === 'validation' ? model.dataset : model.trainingDataset,
    bytes,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    table: tableFrom(bytes),
  };
}

/** As the platform reads it: the examples fit into one of the tables that its reader hands out. */
function tableFrom(bytes: Uint8Array): Table {
  const tables: Table[] = [];
  const reader = new CsvReader({ onTable: (table) => tables.push(table) });
  reader.push(bytes);
  const { retype } = reader.end();
  if (tables.length !== 1 || retype.length > 0) throw new Error('the table is read in pieces');
  return tables[0] as Table;
}
