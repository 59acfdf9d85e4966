import { ATTRIBUTE } from './format.ts';
import { Cursor, refused } from './protobuf.ts';

/** Names of classes that a classifier or ZipMap carries. */
export interface ClassLabels {
  readonly operator: string;
  /** Names of the node's outputs. */
  readonly outputs: readonly string[];
  readonly kind: 'text' | 'integer';
  readonly labels: readonly string[];
}

export type Labels = Pick<ClassLabels, 'kind' | 'labels'>;

const ATTRIBUTE_NAME = /^classlabels_(strings|int64s|ints)$/;
const MAX_CLASSES = 100_000;
const MAX_LABEL_BYTES = 1024;

export const holdsLabels = (attributeName: string): boolean => ATTRIBUTE_NAME.test(attributeName);

/**
 * The labels in an AttributeProto of which `holdsLabels` is true; undefined where it has none.
 *
 * @throws AppError where they are more or longer than any classifier's
 */
export function readLabels(attribute: Uint8Array): Labels | undefined {
  const cursor = new Cursor(attribute);
  const texts: string[] = [];
  const integers: string[] = [];
  while (cursor.next()) {
    if (cursor.field === ATTRIBUTE.strings) texts.push(cursor.text(MAX_LABEL_BYTES));
    else if (cursor.field === ATTRIBUTE.ints) {
      for (const label of cursor.bigints(MAX_CLASSES)) integers.push(`${label}`);
    }
    if (texts.length + integers.length > MAX_CLASSES) {
      throw refused(`a classifier in it has more than ${MAX_CLASSES} classes`);
    }
  }
  if (texts.length > 0) return { kind: 'text', labels: texts };
  return integers.length > 0 ? { kind: 'integer', labels: integers } : undefined;
}
