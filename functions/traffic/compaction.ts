import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { compactKey, hourPrefix, isCompact } from '#core/capture/keys.ts';
import { ParquetWriter } from '#core/parquet/writer.ts';
import { listKeys, removeObject } from '#shared/object-streams.ts';
import { readObject, writeObject } from '#shared/objects.ts';
import { factOf, type OwnFile, openOwn, valuesOf } from '#shared/own-parquet.ts';
import { toColumn } from './parquet-columns.ts';
import { passOver } from './pass-over.ts';
import { settings } from './settings.ts';

/** Which files a compacted one stands for. */
export const REPLACES = 'skiff.replaces';
const SIGNATURE = 'skiff.signature';
/** Rows of a group: what is held in memory at once. */
const GROUP_ROWS = 50_000;

/**
 * Puts an hour's small files into one per variant and set of columns. Whatever breaks off half-way
 * is brought to its end by the next attempt: a compacted file names those that it stands for, which
 * are removed after it was written, and readers skip them from then on.
 */
export async function compactHour(
  folder: 'captures' | 'shadows',
  endpoint: string,
  hour: number,
): Promise<void> {
  const prefix = hourPrefix(folder, endpoint, hour);
  const keys: string[] = [];
  for await (const key of listKeys(settings().DATA_BUCKET, prefix)) keys.push(key);
  const replaced = new Set<string>();
  for (const key of keys.filter(isCompact)) {
    const file = await open(key);
    const facts = file && factOf(file, REPLACES);
    for (const name of JSON.parse(facts ?? '[]')) replaced.add(name);
  }
  await removeAll(keys.filter((key) => replaced.has(key)));
  const small = keys.filter((key) => !isCompact(key) && !replaced.has(key));
  for (const same of (await bySchema(small)).values()) {
    if (same.length > 1) await compact(prefix, same);
  }
}

const read = async (key: string): Promise<Uint8Array> =>
  (await readObject({ bucket: settings().DATA_BUCKET, key })).bytes;

/** Undefined where it is none of ours: it stays as it is. */
async function open(key: string): Promise<OwnFile | undefined> {
  const bytes = await read(key);
  try {
    return openOwn(bytes);
  } catch (error) {
    passOver(key, error);
    return undefined;
  }
}

async function removeAll(keys: readonly string[]): Promise<void> {
  const bucket = settings().DATA_BUCKET;
  const gone = { bucket, versionId: undefined, etag: undefined };
  for (const key of keys) await removeObject({ ...gone, key });
}

/** Files of one variant with the same columns, which mean the same. */
async function bySchema(keys: readonly string[]): Promise<Map<string, string[]>> {
  const groups = new Map<string, string[]>();
  for (const key of keys) {
    const file = await open(key);
    if (!file) continue;
    const schema = file.elements.map(({ name, type, converted_type: c }) => [name, type, c]);
    const group = JSON.stringify([variantOf(key), schema, factOf(file, SIGNATURE)]);
    groups.set(group, [...(groups.get(group) ?? []), key]);
  }
  return groups;
}

/** What a file's name begins with: the variant, or shadow and variant. */
const variantOf = (key: string): string =>
  /\/([a-z0-9][a-z0-9_-]*)-[0-9A-Z]{26}\.\d+(?:-shadowed)?\.parquet$/.exec(key)?.[1] ?? 'other';

async function compact(prefix: string, keys: readonly string[]): Promise<void> {
  const names = [...keys].sort();
  const writer = new ParquetWriter((bytes) => gzipSync(bytes));
  let held = new Held();
  let signature: string | undefined;
  for (const key of names) {
    const file = openOwn(await read(key));
    signature = factOf(file, SIGNATURE);
    await held.add(file);
    if (held.rows < GROUP_ROWS) continue;
    writer.write(held.columns());
    held = new Held();
  }
  if (held.rows > 0) writer.write(held.columns());
  const digest = createHash('sha256').update(names.join()).digest('hex').slice(0, 26);
  const key = compactKey(prefix, variantOf(names[0] as string), digest);
  const facts = { [REPLACES]: JSON.stringify(names), ...(signature && { [SIGNATURE]: signature }) };
  await writeObject({ bucket: settings().DATA_BUCKET, key }, writer.finish(facts));
  await removeAll(names);
}

/** Rows of several files, column by column. */
class Held {
  rows = 0;
  #elements: OwnFile['elements'] = [];
  readonly #values = new Map<string, unknown[]>();

  async add(file: OwnFile): Promise<void> {
    this.#elements = file.elements;
    const names = file.elements.map(({ name }) => name);
    for await (const [name, values] of valuesOf(file, names)) {
      const own = this.#values.get(name) ?? [];
      this.#values.set(name, own);
      for (let row = 0; row < values.length; row++) own.push(values[row]);
    }
    this.rows += file.rows;
  }

  columns() {
    return this.#elements.map((element) => toColumn(element, this.#values.get(element.name) ?? []));
  }
}
