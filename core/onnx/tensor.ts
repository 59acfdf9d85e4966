import { AppError } from '../errors.ts';
import { ELEMENT_TYPES, TENSOR } from './format.ts';
import { BYTES, Cursor } from './protobuf.ts';

/** Where a tensor's bytes lie outside of the model file. */
export interface ExternalReference {
  readonly tensor: string;
  readonly location: string;
  readonly offset: number;
  /** Undefined: to the end of the file. */
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
/** Element width of each typed data field; 0: varints. */
const DATA_FIELDS: Readonly<Record<number, number>> = {
  [TENSOR.floatData]: 4,
  [TENSOR.int32Data]: 0,
  [TENSOR.int64Data]: 0,
  [TENSOR.doubleData]: 8,
  [TENSOR.uint64Data]: 0,
};

/**
 * Checks that a TensorProto says the truth about its size; its data is not looked at.
 *
 * @throws AppError `unprocessable` where dimensions, type and bytes do not fit together
 */
export function readTensor(bytes: Uint8Array, where: string): TensorFacts {
  const cursor = new Cursor(bytes);
  const dims: number[] = [];
  let [type, name, rawBytes, values, external] = [0, '', -1, 0, false];
  const entries = new Map<string, string>();
  while (cursor.next()) {
    const { field } = cursor;
    if (field === TENSOR.dims) dims.push(...cursor.varints());
    else if (field === TENSOR.dataType) type = cursor.number();
    else if (field === TENSOR.name) name = cursor.text();
    else if (field === TENSOR.rawData) rawBytes = cursor.body().length;
    else if (field === TENSOR.stringData) values++;
    else if (field in DATA_FIELDS) values += cursor.count(DATA_FIELDS[field] as number);
    else if (field === TENSOR.dataLocation) external = cursor.number() === 1;
    else if (field === TENSOR.externalData) addEntry(entries, cursor.body());
  }
  const tensor = `tensor "${name || where}"`;
  const element = ELEMENT_TYPES[type];
  if (!element) throw refused(`${tensor} has the unknown element type ${type}`);
  const elements = countElements(dims, tensor);
  const expectedBytes = Math.ceil((elements * element.bits) / 8);
  if (external || entries.size > 0) {
    if (element.name === 'string') throw refused(`${tensor} has strings as external data`);
    return {
      name,
      elements,
      bytes: expectedBytes,
      external: reference(name || where, entries, expectedBytes),
    };
  }
  if (rawBytes >= 0 && element.name !== 'string') {
    if (rawBytes !== expectedBytes)
      throw refused(`${tensor} needs ${expectedBytes} bytes and has ${rawBytes}`);
  } else {
    // Numbers of less than 32 bits share int32 values where they are smaller than a byte; complex ones take two.
    const perValue = element.bits > 0 && element.bits < 8 ? 8 / element.bits : 1;
    const wanted = element.name.startsWith('complex')
      ? elements * 2
      : Math.ceil(elements / perValue);
    if (values !== wanted) throw refused(`${tensor} needs ${wanted} values and has ${values}`);
  }
  return { name, elements, bytes: expectedBytes };
}

function countElements(dims: readonly number[], tensor: string): number {
  if (dims.length > MAX_DIMENSIONS) throw refused(`${tensor} has ${dims.length} dimensions`);
  let elements = 1;
  for (const dim of dims) {
    if (dim < 0) throw refused(`${tensor} has a negative dimension`);
    elements *= dim;
    if (elements > MAX_ELEMENTS) throw refused(`${tensor} is absurdly large`);
  }
  return elements;
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
}

function reference(
  tensor: string,
  entries: Map<string, string>,
  expectedBytes: number,
): ExternalReference {
  const location = entries.get('location');
  if (!location) throw refused(`tensor "${tensor}" has external data without a location`);
  const offset = wholeNumber(entries.get('offset') ?? '0', tensor, 'offset');
  const length = entries.get('length');
  if (length === undefined) return { tensor, location, offset, expectedBytes };
  return { tensor, location, offset, length: wholeNumber(length, tensor, 'length'), expectedBytes };
}

function wholeNumber(text: string, tensor: string, what: string): number {
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && Number.isSafeInteger(value)) return value;
  throw refused(`tensor "${tensor}" has external data with the ${what} "${text.slice(0, 40)}"`);
}

const refused = (why: string) => new AppError('unprocessable', `the model was refused: ${why}`);
