import { AppError } from '#core/errors.ts';
import type { Profile } from '#core/profile/schema.ts';
import { getItem, table, transact, type Write } from '#shared/dynamo.ts';
import { earlierResult, type Idempotency, rememberWrite } from '#shared/idempotency.ts';
import { keys } from '#shared/keys.ts';
import { ObjectReader } from '#shared/object-streams.ts';
import { copyOnce, writeObject, writeOnce } from '#shared/objects.ts';
import type { DataFile } from '#shared/parquet-file.ts';
import { auditWrite } from '#slices/governance';
import { type By, changedMeanwhile, checkDigest, findSource, type Source } from '#slices/registry';
import type { FileForm } from './data-file.ts';
import { checkDeclaration } from './declaration.ts';
import { parseDvc } from './dvc.ts';
import { type Examined, examineFile } from './examine.ts';
import { findForm } from './form.ts';
import { datasetRef } from './read-table.ts';
import { Dataset, type NewDataset } from './schema.ts';
import { settings } from './settings.ts';
import { indexedByName, indexedBySerial, profileRef } from './store.ts';

const MAX_RACES = 5;
/** An item ends at 400 KB. */
const MAX_ITEM_BYTES = 350_000;
/** What a file of a packed format is taken to unpack to. */
const UNPACKED = 8;

export type Caller = By & { idempotency?: Idempotency | undefined };

/** A file that was found and is not read yet. */
export interface Found {
  readonly source: Source;
  readonly reader: ObjectReader | undefined;
  readonly file: DataFile;
  readonly form: FileForm;
}

/** @throws AppError where there is nothing, or more than is allowed */
export async function findFile(request: NewDataset): Promise<Found> {
  const source = await findSource(request.source, 'source');
  const { stored, inline, sizeBytes } = source;
  const limit = settings().SKIFF_MAX_DATASET_BYTES;
  if (sizeBytes > limit) {
    throw new AppError(
      'too-large',
      `the file has ${sizeBytes} bytes; at most ${limit} are allowed`,
    );
  }
  if (sizeBytes === 0) throw new AppError('unprocessable', 'the file is empty');
  const reader = stored && new ObjectReader(stored, sizeBytes);
  const file: DataFile = {
    sizeBytes,
    read: reader ? (...range) => reader.read(...range) : (...range) => slices(inline, ...range),
  };
  const form = await findForm(file, request.format, stored?.key);
  return { source, reader, file, form };
}

async function* slices(inline: Uint8Array | undefined, offset = 0, length?: number) {
  const bytes = inline ?? new Uint8Array(0);
  yield bytes.subarray(offset, offset + (length ?? bytes.length));
}

/** Whether a request may wait for it. */
export function isSmall({ file, form }: Found): boolean {
  const packed = form.compression !== undefined || form.format === 'parquet';
  return file.sizeBytes * (packed ? UNPACKED : 1) <= settings().SKIFF_SYNC_DATASET_BYTES;
}

/**
 * Registers a version of a dataset: the file is read, profiled, held to what is said of it and
 * stored before anything is visible. The same content under the same name is the same version.
 *
 * @throws AppError naming line, column or field; `conflict` where the version is on record with
 *   another declaration
 */
export async function registerDataset(
  request: NewDataset,
  found: Found,
  by: Caller,
): Promise<Dataset> {
  const dvc = request.dvc === undefined ? undefined : parseDvc(request.dvc);
  const examined = await examineFile(found.file, found.form, dvc);
  checkDigest(found.source, examined.digest);
  checkDeclaration(request, examined.profile);
  await store(found, examined);
  for (let race = 0; race < MAX_RACES; race++) {
    const facts = describe(request, found, examined);
    const registered = await append(facts, by);
    if (registered) return registered;
  }
  throw changedMeanwhile(`dataset "${request.name}"`);
}

async function store({ source, reader }: Found, { digest, profile }: Examined): Promise<void> {
  const to = datasetRef(digest);
  if (source.stored) await copyOnce({ ...source.stored, etag: reader?.etag }, to);
  else await writeOnce(to, source.inline as Uint8Array);
  await writeObject(profileRef(digest), toBytes(profile));
}

const toBytes = (profile: Profile): Uint8Array => Buffer.from(JSON.stringify(profile));

type Facts = Omit<Dataset, 'serial' | 'createdAt' | 'createdBy'>;

function describe(request: NewDataset, { file, form }: Found, examined: Examined): Facts {
  const { source: _source, format: _format, dvc, ...declared } = request;
  const { digest, rows, columns, separator } = examined;
  const pointer = dvc === undefined ? undefined : parseDvc(dvc);
  const facts: Facts = {
    ...declared,
    ...form,
    digest,
    sizeBytes: file.sizeBytes,
    rows,
    columns: [...columns],
    ...(separator !== undefined && { separator }),
    ...(pointer && { dvc: { path: pointer.path, md5: pointer.md5, size: pointer.size } }),
  };
  const size = Buffer.byteLength(JSON.stringify(facts));
  if (size <= MAX_ITEM_BYTES) return facts;
  throw new AppError(
    'too-large',
    `names of columns and words have ${size} bytes; ${MAX_ITEM_BYTES} are kept`,
  );
}

/** One attempt; undefined where someone else was faster. */
async function append(facts: Facts, by: Caller, now = new Date()): Promise<Dataset | undefined> {
  const { name, digest } = facts;
  const head = await getItem(keys.dataset(name));
  const known = await getItem(keys.datasetVersion(name, digest));
  if (known) refuseOther(Dataset.parse(known), facts);
  if (known && !head?.deleted) return Dataset.parse(known);
  const seen = head ? Number(head.serial) : 0;
  const dataset: Dataset = {
    ...facts,
    serial: known ? Number(known.serial) : seen + 1,
    createdAt: known ? String(known.createdAt) : now.toISOString(),
    createdBy: known ? String(known.createdBy) : by.actor,
  };
  const writes = [headWrite(dataset, head !== undefined, seen)];
  if (!known) writes.push(versionWrite(dataset));
  const { idempotency, ...caller } = by;
  const remembered = idempotency && (await earlierResult(idempotency)) === undefined;
  if (remembered) writes.push(rememberWrite(idempotency, digest, now));
  const { role, rows } = dataset;
  const event = {
    name: 'DatasetRegistered',
    detail: { dataset: name, digest, role, rows },
  } as const;
  const about = { action: 'dataset.register', resource: `dataset/${name}` };
  writes.push(auditWrite({ ...caller, ...about, after: { digest, role, rows }, event, at: now }));
  return (await transact(writes)) === undefined ? dataset : undefined;
}

const DECLARED = [
  'role',
  'label',
  'positive',
  'features',
  'predictions',
  'protected',
  'format',
  'licence',
  'description',
  'tags',
] as const;

function refuseOther(known: Dataset, facts: Facts): void {
  const other = DECLARED.filter(
    (field) => JSON.stringify(known[field]) !== JSON.stringify(facts[field]),
  );
  if (other.length === 0) return;
  throw new AppError(
    'conflict',
    `this content is registered as "${known.name}" with another ${other.join(', ')}: register it under another name`,
  );
}

function headWrite(dataset: Dataset, exists: boolean, seen: number): Write {
  // The highest serial stays where an old version brings a deleted dataset back.
  const serial = Math.max(dataset.serial, seen);
  const item = {
    ...keys.dataset(dataset.name),
    ...indexedByName(dataset.name),
    ...dataset,
    serial,
  };
  return {
    Put: {
      TableName: table().name,
      Item: item,
      ...(exists
        ? {
            ConditionExpression: 'serial = :seen',
            ExpressionAttributeValues: { ':seen': seen },
          }
        : { ConditionExpression: 'attribute_not_exists(pk)' }),
    },
  };
}

const versionWrite = (dataset: Dataset): Write => ({
  Put: {
    TableName: table().name,
    Item: {
      ...keys.datasetVersion(dataset.name, dataset.digest),
      ...indexedBySerial(dataset),
      ...dataset,
    },
    ConditionExpression: 'attribute_not_exists(pk)',
  },
});
