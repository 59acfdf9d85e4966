import { createHash } from 'node:crypto';
import type { Signature } from '#core/signature/schema.ts';
import type { Datatype } from '#core/tensors/datatypes.ts';

/*
 * ONNX files of a few bytes, written by hand: enough protobuf for graphs of plain nodes.
 */

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];

const bytes = (field: number, content: Uint8Array | readonly number[]): number[] => [
  ...varint(field * 8 + 2),
  ...varint(content.length),
  ...content,
];
const text = (field: number, content: string): number[] => bytes(field, Buffer.from(content));
const integer = (field: number, value: number): number[] => [
  ...varint(field * 8),
  ...varint(value),
];

const ELEMENT_TYPES: Record<Datatype, number> = {
  FP32: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  BYTES: 8,
  BOOL: 9,
  FP16: 10,
  FP64: 11,
  UINT32: 12,
  UINT64: 13,
  BF16: 16,
};

export interface TinyTensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly (number | string)[];
}

export interface TinyNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, TinyAttribute>>;
}

export type TinyAttribute =
  | { readonly floats: readonly number[] }
  | { readonly integers: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly string: string };

const valueInfo = (field: number, { name, datatype, shape }: TinyTensor): number[] => {
  const dimensions = shape.flatMap((size) =>
    bytes(1, typeof size === 'string' ? text(2, size) : integer(1, size)),
  );
  const type = bytes(1, [...integer(1, ELEMENT_TYPES[datatype]), ...bytes(2, dimensions)]);
  return bytes(field, [...text(1, name), ...bytes(2, type)]);
};

/** Content of an AttributeProto, and its type. */
function attributeValue(value: TinyAttribute): readonly [number[], number] {
  if ('floats' in value) {
    return [bytes(7, new Uint8Array(Float32Array.from(value.floats).buffer)), 6];
  }
  if ('integers' in value) return [bytes(8, value.integers.flatMap(varint)), 7];
  if ('strings' in value) return [value.strings.flatMap((entry) => text(9, entry)), 8];
  return [text(4, value.string), 3];
}

function attribute([name, value]: readonly [string, TinyAttribute]): number[] {
  const [content, type] = attributeValue(value);
  return bytes(5, [...text(1, name), ...content, ...integer(20, type)]);
}

const node = ({ operator, inputs, outputs, domain = '', attributes = {} }: TinyNode): number[] =>
  bytes(1, [
    ...inputs.flatMap((name) => text(1, name)),
    ...outputs.flatMap((name) => text(2, name)),
    ...text(4, operator),
    ...Object.entries(attributes).flatMap(attribute),
    ...text(7, domain),
  ]);

export interface TinyGraph {
  readonly nodes: readonly TinyNode[];
  readonly inputs: readonly TinyTensor[];
  readonly outputs: readonly TinyTensor[];
}

/** The bytes of a model of IR version 8, opset 16 and ai.onnx.ml 3. */
export const tinyModel = ({ nodes, inputs, outputs }: TinyGraph): Uint8Array =>
  Uint8Array.from([
    ...integer(1, 8),
    ...bytes(7, [
      ...nodes.flatMap(node),
      ...text(2, 'tiny'),
      ...inputs.flatMap((input) => valueInfo(11, input)),
      ...outputs.flatMap((output) => valueInfo(12, output)),
    ]),
    ...bytes(8, [...text(1, ''), ...integer(2, 16)]),
    ...bytes(8, [...text(1, 'ai.onnx.ml'), ...integer(2, 3)]),
  ]);

/** Gives back what it gets: each input `x` as output `x_out`. */
export function echoModel(tensors: readonly TinyTensor[]): {
  model: Uint8Array;
  signature: Signature;
} {
  const outputs = tensors.map((tensor) => ({ ...tensor, name: `${tensor.name}_out` }));
  const nodes = tensors.map(({ name }) => ({
    operator: 'Identity',
    inputs: [name],
    outputs: [`${name}_out`],
  }));
  return {
    model: tinyModel({ nodes, inputs: tensors, outputs }),
    signature: {
      inputs: tensors.map((tensor) => ({ ...tensor, shape: [...tensor.shape] })),
      outputs: outputs.map((tensor) => ({ ...tensor, shape: [...tensor.shape] })),
    },
  };
}

export const artifactOf = (model: Uint8Array) => ({
  sha256: createHash('sha256').update(model).digest('hex'),
  sizeBytes: model.length,
});
