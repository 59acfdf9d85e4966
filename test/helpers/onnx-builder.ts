import { bytesField, concat, textField, varintField } from '#core/onnx/protobuf.ts';

/** Hand-made ONNX files, also such as no exporter would write. */
const nothing = new Uint8Array();

export const dimension = (dim: number | string): Uint8Array =>
  bytesField(
    1,
    typeof dim === 'string' ? textField(2, dim) : dim < 0 ? nothing : varintField(1, dim),
  );

/** A ValueInfoProto of a tensor; `type` is the number of an element type (1: float). */
export function value(name: string, type: number, dims: (number | string)[]): Uint8Array {
  const shape = bytesField(2, concat(dims.map(dimension)));
  return concat([
    textField(1, name),
    bytesField(2, bytesField(1, concat([varintField(1, type), shape]))),
  ]);
}

interface TensorParts {
  name?: string;
  dims?: number[];
  type?: number;
  raw?: Uint8Array;
  external?: Record<string, string>;
}

export function tensor({
  name = 'w',
  dims = [1],
  type = 1,
  raw,
  external,
}: TensorParts): Uint8Array {
  const entries = Object.entries(external ?? {}).map(([key, text]) =>
    bytesField(13, concat([textField(1, key), textField(2, text)])),
  );
  return concat([
    ...dims.map((dim) => varintField(1, dim)),
    varintField(2, type),
    textField(8, name),
    ...(raw ? [bytesField(9, raw)] : []),
    ...entries,
    ...(external ? [varintField(14, 1)] : []),
  ]);
}

export const attribute = (name: string, ...fields: Uint8Array[]): Uint8Array =>
  concat([textField(1, name), ...fields]);

export function node(
  type: string,
  inputs: string[],
  outputs: string[],
  domain = '',
  attributes: Uint8Array[] = [],
) {
  return concat([
    ...inputs.map((input) => textField(1, input)),
    ...outputs.map((output) => textField(2, output)),
    textField(4, type),
    ...attributes.map((body) => bytesField(5, body)),
    ...(domain ? [textField(7, domain)] : []),
  ]);
}

interface GraphParts {
  nodes?: Uint8Array[];
  initializers?: Uint8Array[];
  inputs?: Uint8Array[];
  outputs?: Uint8Array[];
  extra?: Uint8Array[];
}

export const graph = ({
  nodes = [],
  initializers = [],
  inputs = [],
  outputs = [],
  extra = [],
}: GraphParts): Uint8Array =>
  concat([
    ...nodes.map((body) => bytesField(1, body)),
    textField(2, 'g'),
    ...initializers.map((body) => bytesField(5, body)),
    ...inputs.map((body) => bytesField(11, body)),
    ...outputs.map((body) => bytesField(12, body)),
    ...extra,
  ]);

export const opset = (version: number, domain = ''): Uint8Array =>
  bytesField(8, concat([...(domain ? [textField(1, domain)] : []), varintField(2, version)]));

export const model = (graphBody: Uint8Array, ...fields: Uint8Array[]): Uint8Array =>
  concat([
    varintField(1, 8),
    textField(2, 'test'),
    bytesField(7, graphBody),
    ...(fields.length > 0 ? fields : [opset(13)]),
  ]);

/** y = x + w with w of two floats, in the file or outside of it. */
export function addModel(weights: TensorParts = {}): Uint8Array {
  const raw = new Uint8Array(new Float32Array([1, 2]).buffer);
  const w = weights.external ? { dims: [2], ...weights } : { dims: [2], raw, ...weights };
  return model(
    graph({
      nodes: [node('Add', ['x', 'w'], ['y'])],
      initializers: [tensor(w)],
      inputs: [value('x', 1, ['batch', 2])],
      outputs: [value('y', 1, ['batch', 2])],
    }),
  );
}
