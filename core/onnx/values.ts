import type { Dimension } from '../signature/schema.ts';
import type { Datatype } from '../tensors/datatypes.ts';
import { ELEMENT_TYPES } from './format.ts';
import { Cursor, refused } from './protobuf.ts';

/** An input or output of a graph. */
export interface GraphValue {
  readonly name: string;
  /** Undefined where it is no tensor of a type that can be sent: then `kind` says what it is. */
  readonly datatype?: Datatype;
  readonly kind: string;
  /** Undefined where the file does not even say how many axes there are. */
  readonly shape?: readonly Dimension[];
}

type ValueType = Omit<GraphValue, 'name'>;

const MAX_RANK = 16;
/** In bytes. */
const MAX_DIMENSION_NAME = 256;
const UNTYPED: ValueType = { kind: 'value without a type' };
/** Fields of a TypeProto. */
const [TENSOR, SEQUENCE] = [1, 4];
const OTHERS: Readonly<Record<number, string>> = {
  5: 'map',
  7: 'opaque value',
  8: 'sparse tensor',
  9: 'optional value',
};

/** Reads a ValueInfoProto: name, type and shape. @throws AppError where its shape is absurd */
export function readValue(bytes: Uint8Array): GraphValue {
  const cursor = new Cursor(bytes);
  let name = '';
  let type: ValueType | undefined;
  while (cursor.next()) {
    if (cursor.field === 1) name = cursor.text();
    else if (cursor.field === 2) {
      // Protobuf would merge the two, and readers could differ in how.
      if (type) throw refused('an input or output has two types');
      type = readType(cursor.body());
    }
  }
  return { name, ...(type ?? UNTYPED) };
}

function readType(bytes: Uint8Array): ValueType {
  const cursor = new Cursor(bytes);
  while (cursor.next()) {
    if (cursor.field === TENSOR) return readTensorType(cursor.body());
    if (cursor.field === SEQUENCE) return { kind: sequenceKind(cursor.body()) };
    const kind = OTHERS[cursor.field];
    if (kind) return { kind };
  }
  return UNTYPED;
}

function sequenceKind(bytes: Uint8Array): string {
  const sequence = new Cursor(bytes);
  while (sequence.next()) {
    if (sequence.field !== 1) continue;
    const element = new Cursor(sequence.body());
    if (element.next()) return `sequence of ${OTHERS[element.field] ?? 'tensor'}s`;
  }
  return 'sequence';
}

function readTensorType(bytes: Uint8Array): ValueType {
  const cursor = new Cursor(bytes);
  let elementType = 0;
  let shape: Dimension[] | undefined;
  while (cursor.next()) {
    if (cursor.field === 1) elementType = cursor.number();
    else if (cursor.field === 2) shape = readShape(cursor.body());
  }
  const element = ELEMENT_TYPES[elementType];
  const kind = `tensor of ${element?.name ?? `unknown type ${elementType}`}`;
  const { datatype } = element ?? {};
  return { kind, ...(datatype && { datatype }), ...(shape && { shape }) };
}

function readShape(bytes: Uint8Array): Dimension[] {
  const shape: Dimension[] = [];
  const cursor = new Cursor(bytes);
  while (cursor.next()) {
    if (cursor.field !== 1) continue;
    if (shape.length === MAX_RANK)
      throw refused(`an input or output has more than ${MAX_RANK} dimensions`);
    shape.push(readDimension(cursor.body()));
  }
  return shape;
}

function readDimension(bytes: Uint8Array): Dimension {
  const cursor = new Cursor(bytes);
  let dimension: Dimension = -1;
  while (cursor.next()) {
    if (cursor.field === 1) {
      dimension = cursor.number();
      if (dimension < -1 || !Number.isSafeInteger(dimension))
        throw refused(`an input or output has the dimension ${dimension}`);
    } else if (cursor.field === 2) {
      dimension = cursor.text(MAX_DIMENSION_NAME) || -1;
    }
  }
  return dimension;
}
