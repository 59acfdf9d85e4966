import { captureColumns, kindOf } from '#core/capture/columns.ts';
import { type Endpoint, getRevision } from '#slices/deployments';
import { getVersion } from '#slices/registry';

/** A variant as a device has it, with the columns of its captures by name. */
export interface DeviceVariant {
  readonly model: string;
  readonly version: number;
  readonly columns: ReadonlyMap<string, 'numeric' | 'text'>;
}

/** Revisions and versions never change: what one had is read once per process. */
const known = new Map<string, DeviceVariant>();
const MAX_KNOWN = 1_000;

/** @returns undefined where the revision has no such variant */
export async function deviceVariant(
  endpoint: string,
  { revision, variant: name }: { readonly revision: number; readonly variant: string },
): Promise<DeviceVariant | undefined> {
  const key = `${endpoint} ${revision} ${name}`;
  const before = known.get(key);
  if (before) return before;
  const found = await getRevision(endpoint, revision);
  const made = found && (await variantOf(found, name));
  if (made && known.size < MAX_KNOWN) known.set(key, made);
  return made;
}

async function variantOf({ variants, capture }: Endpoint, name: string) {
  const variant = variants.find((one) => one.name === name);
  if (!variant) return undefined;
  const { model, version } = variant;
  const { signature } = await getVersion(model, version);
  const columns = captureColumns(signature, capture);
  return { model, version, columns: new Map(columns.map((one) => [one.name, kindOf(one)])) };
}

interface Given {
  readonly name: string;
  readonly kind: 'numeric' | 'text';
}

/**
 * What is to be merged with captures has all of their columns, since one that is not there counts as
 * missing in every row, and no others.
 *
 * @returns what is wrong with them
 */
export function wrongColumn(
  { columns, model, version }: DeviceVariant,
  given: readonly Given[],
): string | undefined {
  const kinds = new Map(given.map(({ name, kind }) => [name, kind]));
  const of = `captures of version ${version} of "${model}"`;
  for (const [name, kind] of columns) {
    if (!kinds.has(name)) return `has no column "${name}", as ${of} have`;
    if (kinds.get(name) !== kind) return `"${name}" is not ${kind}, as in ${of}`;
  }
  const foreign = given.find(({ name }) => !columns.has(name));
  return foreign && `has a column "${foreign.name}", which ${of} have not`;
}
