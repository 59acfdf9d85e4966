import type { ClassLabels, Labels } from './class-labels.ts';
import { MODEL } from './format.ts';
import { bytesField, Cursor, concat, textField } from './protobuf.ts';

/** Metadata property that keeps the labels of a ZipMap that was taken out. */
const KEPT_LABELS = 'skiff.class_labels';
const MAX_KEPT_BYTES = 2 ** 18;

/** Reads a StringStringEntryProto. */
export function readEntry(bytes: Uint8Array): [key: string, value: string] {
  const cursor = new Cursor(bytes);
  let [key, value] = ['', ''];
  while (cursor.next()) {
    if (cursor.field === 1) key = cursor.text(1024);
    else if (cursor.field === 2) value = cursor.text(2 ** 20);
  }
  return [key, value];
}

/**
 * A metadata field of a ModelProto that keeps class labels by the output they belong to.
 * Undefined where there are none, or so many that they would burden whoever reads the file.
 */
export function keepLabels(
  outputs: readonly { readonly output: string; readonly labels?: Labels | undefined }[],
): Uint8Array | undefined {
  const labelled = outputs.filter(({ labels }) => labels);
  if (labelled.length === 0) return undefined;
  const value = JSON.stringify(
    Object.fromEntries(labelled.map(({ output, labels }) => [output, labels])),
  );
  const field = concat([textField(1, KEPT_LABELS), textField(2, value)]);
  return field.length > MAX_KEPT_BYTES ? undefined : bytesField(MODEL.metadata, field);
}

/** Parts labels that `keepLabels` wrote from what else the file's metadata says. */
export function readKeptLabels(metadata: ReadonlyMap<string, string>) {
  // An own property of this name is more trouble to its readers than it is worth.
  const others = [...metadata].filter(([key]) => key !== KEPT_LABELS && key !== '__proto__');
  return { others, classLabels: parseLabels(metadata.get(KEPT_LABELS)) };
}

function parseLabels(text: string | undefined): ClassLabels[] {
  if (text === undefined) return [];
  try {
    const kept: unknown = JSON.parse(text);
    return Object.entries(Object(kept)).flatMap(([output, labels]) =>
      isLabels(labels) ? [{ operator: 'ZipMap', outputs: [output], ...labels }] : [],
    );
  } catch {
    return [];
  }
}

/** Anyone can write metadata: it is believed only in the form that we write. */
function isLabels(value: unknown): value is Labels {
  const { kind, labels } = Object(value) as Record<string, unknown>;
  return (
    (kind === 'text' || kind === 'integer') &&
    Array.isArray(labels) &&
    labels.every((label) => typeof label === 'string')
  );
}
