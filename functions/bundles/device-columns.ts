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

/** @returns what is wrong with columns that are to be merged with those of captures */
export function foreignColumn(
  { columns, model, version }: DeviceVariant,
  given: readonly Given[],
): string | undefined {
  const wrong = given.find(({ name, kind }) => columns.get(name) !== kind);
  if (!wrong) return undefined;
  const of = `version ${version} of "${model}"`;
  return columns.has(wrong.name)
    ? `"${wrong.name}" is ${columns.get(wrong.name)} in captures of ${of}`
    : `captures of ${of} have no column "${wrong.name}"`;
}
