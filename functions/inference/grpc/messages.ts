import { AppError, invalidField } from '#core/errors.ts';
import {
  bytesField,
  concat,
  encodeVarint,
  FIXED64,
  textField,
  varintField,
} from '#core/onnx/protobuf.ts';
import { encodeBinary } from '#core/tensors/binary.ts';
import { DATATYPES, type Datatype } from '#core/tensors/datatypes.ts';
import type { Output, Target } from '../predict.ts';
import type { InferRequest } from '../protocols/open-inference-request.ts';
import type { InferForm, WireAnswer } from '../wire.ts';
import { hasContents, readContents, writeContents } from './contents.ts';
import { each } from './fields.ts';

/*
 * Messages of the Open Inference Protocol over gRPC (its own definitions:
 * open_inference_grpc.proto, package `inference`). Read and written by hand: a tensor's bytes go
 * from the wire to the runtime without a stop in a generic object.
 */

/** What messages ModelReady and ModelMetadata ask for. */
export function readModelName(bytes: Uint8Array): { name: string; version: string } {
  const found = { name: '', version: '' };
  each(bytes, {
    1: (cursor) => {
      found.name = cursor.text();
    },
    2: (cursor) => {
      found.version = cursor.text();
    },
  });
  return found;
}

export interface GrpcInfer {
  readonly name: string;
  readonly version: string;
  readonly form: InferForm;
}

type Fields = Record<string, unknown>;

interface Input {
  name: string;
  datatype: string;
  shape: number[];
  parameters: Fields;
  contents: Uint8Array | undefined;
}

/** A ModelInferRequest as an infer request of the protocol, its tensors in binary form. */
export function readInferRequest(bytes: Uint8Array): GrpcInfer {
  const head = { name: '', version: '', id: '' };
  const parameters: Fields = {};
  const inputs: Input[] = [];
  const outputs: Fields[] = [];
  const raw: Uint8Array[] = [];
  each(bytes, {
    1: (cursor) => {
      head.name = cursor.text();
    },
    2: (cursor) => {
      head.version = cursor.text();
    },
    3: (cursor) => {
      head.id = cursor.text();
    },
    4: (cursor) => readParameter(cursor.body(), parameters),
    5: (cursor) => void inputs.push(readInput(cursor.body())),
    6: (cursor) => void outputs.push(readOutput(cursor.body())),
    7: (cursor) => void raw.push(cursor.body()),
  });
  const contents = contentsOf(inputs, raw);
  const fields = {
    ...(head.id !== '' && { id: head.id }),
    inputs: inputs.map(({ contents: _, ...input }, i) => ({
      ...input,
      parameters: { ...input.parameters, binary_data_size: contents[i]?.length },
    })),
    ...(outputs.length > 0 && { outputs }),
  };
  const [only] = contents;
  const binary = contents.length === 1 ? asBuffer(only as Uint8Array) : Buffer.concat(contents);
  const opened = { fields, parameters, binary };
  return { ...head, form: { opened, encode: raw.length > 0 ? encodeRaw : encodeTyped } };
}

/** The raw bytes of each input, in their order. */
function contentsOf(inputs: readonly Input[], raw: readonly Uint8Array[]): Uint8Array[] {
  if (raw.length === 0) {
    return inputs.map(({ datatype, shape, contents = new Uint8Array(0) }, i) => {
      if (!DATATYPES.includes(datatype as Datatype)) {
        throw invalidField(`inputs[${i}].datatype`, `"${datatype.slice(0, 20)}" is none`);
      }
      return readContents({ datatype: datatype as Datatype, shape }, contents, `inputs[${i}]`);
    });
  }
  const mixed = inputs.findIndex(({ contents }) => contents !== undefined);
  if (mixed >= 0) throw invalidField(`inputs[${mixed}].contents`, 'stand beside raw contents');
  if (raw.length === inputs.length) return [...raw];
  throw invalidField('raw_input_contents', `are ${raw.length} for ${inputs.length} inputs`);
}

function readInput(bytes: Uint8Array): Input {
  const input: Input = { name: '', datatype: '', shape: [], parameters: {}, contents: undefined };
  each(bytes, {
    1: (cursor) => {
      input.name = cursor.text();
    },
    2: (cursor) => {
      input.datatype = cursor.text();
    },
    3: (cursor) => void input.shape.push(...cursor.bigints(MAX_AXES).map(Number)),
    4: (cursor) => readParameter(cursor.body(), input.parameters),
    5: (cursor) => {
      input.contents = cursor.body();
    },
  });
  if ('shared_memory_region' in input.parameters) {
    throw invalidField('shared_memory_region', 'there is no shared memory here: send contents');
  }
  return input;
}

const MAX_AXES = 64;

function readOutput(bytes: Uint8Array): Fields {
  const output: Fields = { name: '' };
  const parameters: Fields = {};
  each(bytes, {
    1: (cursor) => {
      output.name = cursor.text();
    },
    2: (cursor) => readParameter(cursor.body(), parameters),
  });
  // How outputs are written follows from how the inputs came.
  const { binary_data: _, ...rest } = parameters;
  return { ...output, parameters: rest };
}

/** One entry of a map of InferParameter. */
function readParameter(bytes: Uint8Array, into: Fields): void {
  let name = '';
  let value: unknown;
  each(bytes, {
    1: (cursor) => {
      name = cursor.text();
    },
    2: (cursor) => {
      value = parameterValue(cursor.body());
    },
  });
  Object.defineProperty(into, name, { value, enumerable: true, configurable: true });
}

function parameterValue(bytes: Uint8Array): unknown {
  let value: unknown;
  each(bytes, {
    1: (cursor) => {
      value = cursor.number() !== 0;
    },
    2: (cursor) => {
      value = cursor.number();
    },
    3: (cursor) => {
      value = cursor.text();
    },
    4: (cursor) => {
      if (cursor.wire !== FIXED64) throw new AppError('invalid', 'a parameter is no double');
      value = asBuffer(cursor.raw()).readDoubleLE(cursor.raw().length - 8);
    },
    5: (cursor) => {
      value = cursor.number();
    },
  });
  return value;
}

const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);

export const GRPC_TYPE = 'application/grpc';

const encodeRaw: InferForm['encode'] = (target, request, outputs) =>
  encodeInfer(target, request, outputs, true);

/** Where the inputs came in fields of their types, and there are such for all outputs. */
const encodeTyped: InferForm['encode'] = (target, request, outputs) =>
  encodeInfer(target, request, outputs, !outputs.every(({ spec }) => hasContents(spec.datatype)));

function encodeInfer(
  { endpoint, variant }: Target,
  { id }: InferRequest,
  outputs: readonly Output[],
  isRaw: boolean,
): WireAnswer {
  const parts = [textField(1, endpoint.name), textField(2, String(variant.version))];
  if (id !== undefined) parts.push(textField(3, id));
  for (const output of outputs) parts.push(bytesField(5, outputMessage(output, isRaw)));
  if (isRaw) {
    for (const { spec, data } of outputs) {
      parts.push(bytesField(6, encodeBinary(spec.datatype, data)));
    }
  }
  return { status: 200, contentType: GRPC_TYPE, body: asBuffer(concat(parts)) };
}

function outputMessage({ spec, shape, data }: Output, isRaw: boolean): Uint8Array {
  const parts = [textField(1, spec.name), textField(2, spec.datatype), shapeField(shape)];
  if (!isRaw) parts.push(bytesField(5, writeContents(spec.datatype, data)));
  return concat(parts);
}

const shapeField = (shape: readonly number[]): Uint8Array =>
  bytesField(3, concat(shape.map((size) => encodeVarint(size))));

/** ServerLiveResponse, ServerReadyResponse, ModelReadyResponse. */
export const encodeFlag = (value: boolean): Buffer => asBuffer(varintField(1, value ? 1 : 0));

interface ServerMetadata {
  readonly name: string;
  readonly version: string;
  readonly extensions: readonly string[];
}

export const encodeServerMetadata = ({ name, version, extensions }: ServerMetadata): Buffer =>
  asBuffer(
    concat([
      textField(1, name),
      textField(2, version),
      ...extensions.map((extension) => textField(3, extension)),
    ]),
  );

interface ModelMetadata {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}
interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

export function encodeModelMetadata(metadata: ModelMetadata): Buffer {
  const tensor = (field: number) => (each: TensorMetadata) =>
    bytesField(
      field,
      concat([textField(1, each.name), textField(2, each.datatype), shapeField(each.shape)]),
    );
  return asBuffer(
    concat([
      textField(1, metadata.name),
      ...metadata.versions.map((version) => textField(2, version)),
      textField(3, metadata.platform),
      ...metadata.inputs.map(tensor(4)),
      ...metadata.outputs.map(tensor(5)),
    ]),
  );
}
