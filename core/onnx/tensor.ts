import { ELEMENT_TYPES, type ElementType, TENSOR } from './format.ts';
import { BYTES, Cursor, FIXED32, FIXED64, quoted, refused, VARINT } from './protobuf.ts';

/** Where a tensor's bytes lie outside of the model file. */
export interface ExternalReference {
  readonly tensor: string;
  readonly location: string;
  readonly offset: number;
  /** Undefined where the file leaves it to the tensor's own size. */
  readonly length?: number;
  readonly expectedBytes: number;
}

export interface TensorFacts {
  readonly name: string;
  readonly elements: number;
  readonly bytes: number;
  readonly external?: ExternalReference;
}

const MAX_DIMENSIONS = 64;
const MAX_ELEMENTS = 2 ** 40;
const MAX_ENTRIES = 32;

/** The fields that hold values one by one, and how they write a value. */
const TYPED_FIELDS: Readonly<Record<number, typeof VARINT | typeof FIXED32 | typeof FIXED64>> = {
  [TENSOR.floatData]: FIXED32,
  [TENSOR.int32Data]: VARINT,
  [TENSOR.int64Data]: VARINT,
  [TENSOR.doubleData]: FIXED64,
  [TENSOR.uint64Data]: VARINT,
};
/** Which of these an element type uses; all others use `int32Data`. */
const FIELD_OF_TYPE: Readonly<Record<string, number>> = {
  float: TENSOR.floatData,
  complex64: TENSOR.floatData,
  string: TENSOR.stringData,
  int64: TENSOR.int64Data,
  double: TENSOR.doubleData,
  complex128: TENSOR.doubleData,
  uint32: TENSOR.uint64Data,
  uint64: TENSOR.uint64Data,
};

/** A TensorProto's fields, before they are held against each other. */
interface RawTensor {
  name: string;
  type: number;
  readonly dims: number[];
  rawBytes: number | undefined;
  /** Number of values by the field that holds them. */
  readonly values: Map<number, number>;
  isExternal: boolean;
  readonly entries: Map<string, string>;
}

/**
 * Checks that a TensorProto says the truth about its size; its data is not looked at.
 *
 * @param unnamed what to call a tensor without a name in messages
 * @throws AppError `unprocessable` where dimensions, type and bytes do not fit together
 */
export function readTensor(bytes: Uint8Array, unnamed: string): TensorFacts {
  const raw = readFields(bytes);
  const where = raw.name ? `tensor ${quoted(raw.name)}` : unnamed;
  const element = ELEMENT_TYPES[raw.type];
  if (!element) throw refused(`${where} has the unknown element type ${raw.type}`);
  const elements = countElements(raw.dims, where);
  const facts = { name: raw.name, elements, bytes: Math.ceil((elements * element.bits) / 8) };
  if (!raw.isExternal && raw.entries.size === 0) {
    checkValues(raw, { ...facts, name: where }, element);
    return facts;
  }
  if (element.name === 'string') throw refused(`${where} has strings as external data`);
  if (raw.rawBytes || raw.values.size > 0) {
    throw refused(`${where} has its values in the file and outside of it`);
  }
  return { ...facts, external: reference(raw, where, facts.bytes) };
}

function readFields(bytes: Uint8Array): RawTensor {
  const cursor = new Cursor(bytes);
  const raw: RawTensor = {
    name: '',
    type: 0,
    dims: [],
    rawBytes: undefined,
    values: new Map(),
    isExternal: false,
    entries: new Map(),
  };
  while (cursor.next()) {
    const { field } = cursor;
    const kind = TYPED_FIELDS[field];
    if (field === TENSOR.dims) addDimensions(raw.dims, cursor);
    else if (field === TENSOR.dataType) raw.type = cursor.number();
    else if (field === TENSOR.name) raw.name = cursor.text();
    else if (field === TENSOR.rawData) raw.rawBytes = cursor.body().length;
    else if (field === TENSOR.stringData) count(raw, field, cursor.body() ? 1 : 0);
    else if (kind !== undefined) count(raw, field, cursor.count(kind));
    else if (field === TENSOR.dataLocation) raw.isExternal ||= cursor.number() !== 0;
    else if (field === TENSOR.externalData) addEntry(raw.entries, cursor.body());
  }
  return raw;
}

const count = ({ values }: RawTensor, field: number, more: number): unknown =>
  values.set(field, (values.get(field) ?? 0) + more);

function addDimensions(dims: number[], cursor: Cursor): void {
  for (const dim of cursor.bigints(MAX_DIMENSIONS)) dims.push(Number(dim));
  if (dims.length > MAX_DIMENSIONS) {
    throw refused(`a tensor has more than ${MAX_DIMENSIONS} dimensions`);
  }
}

function countElements(dims: readonly number[], where: string): number {
  let elements = 1;
  for (const dim of dims) {
    if (dim < 0) throw refused(`${where} has a negative dimension`);
    elements *= dim;
    if (elements > MAX_ELEMENTS) throw refused(`${where} is absurdly large`);
  }
  return elements;
}

function checkValues(raw: RawTensor, facts: TensorFacts, element: ElementType): void {
  const { name: where, elements, bytes } = facts;
  const field = FIELD_OF_TYPE[element.name] ?? TENSOR.int32Data;
  const found = raw.values.get(field) ?? 0;
  const other = [...raw.values].some(([at, values]) => at !== field && values > 0);
  if (raw.rawBytes !== undefined && element.name !== 'string') {
    if (found > 0 || other) throw refused(`${where} has its values twice`);
    if (raw.rawBytes !== bytes) {
      throw refused(`${where} needs ${bytes} bytes and has ${raw.rawBytes}`);
    }
    return;
  }
  const wanted = countValues(elements, element);
  if (other || raw.rawBytes) throw refused(`${where} has values of another type than its own`);
  if (found !== wanted) throw refused(`${where} needs ${wanted} values and has ${found}`);
}

/** Elements of less than a byte share a value; complex ones take two. */
function countValues(elements: number, { name, bits }: ElementType): number {
  if (name.startsWith('complex')) return elements * 2;
  return bits > 0 && bits < 8 ? Math.ceil(elements / (8 / bits)) : elements;
}

function addEntry(entries: Map<string, string>, bytes: Uint8Array): void {
  const cursor = new Cursor(bytes);
  let [key, value] = ['', ''];
  while (cursor.next()) {
    if (cursor.wire !== BYTES) continue;
    if (cursor.field === 1) key = cursor.text(1024);
    else if (cursor.field === 2) value = cursor.text(4096);
  }
  entries.set(key, value);
  if (entries.size > MAX_ENTRIES) {
    throw refused(`a tensor has more than ${MAX_ENTRIES} entries on its external data`);
  }
}

function reference(
  { name: tensor, entries }: RawTensor,
  where: string,
  expectedBytes: number,
): ExternalReference {
  const location = entries.get('location');
  if (!location) throw refused(`${where} has external data without a location`);
  const whole = (what: string, text: string): number => {
    if (/^\d{1,15}$/.test(text)) return Number(text);
    throw refused(`${where} has external data with the ${what} ${quoted(text)}`);
  };
  const offset = whole('offset', entries.get('offset') ?? '0');
  const length = entries.get('length');
  return {
    tensor,
    location,
    offset,
    expectedBytes,
    ...(length !== undefined && { length: whole('length', length) }),
  };
}
