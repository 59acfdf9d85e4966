import { gunzipSync } from 'node:zlib';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import * as z from 'zod';
import { type CaptureColumn, captureColumns } from '#core/capture/columns.ts';
import { OutputSpec, type TensorSpec } from '#core/signature/schema.ts';
import { elementCount } from '#core/tensors/shapes.ts';
import { allocate, is64Bit, isFloating, type TensorData } from '#core/tensors/tensor.ts';
import { toOnnx } from '#shared/onnx.ts';
import { type Inputs, type Output, SIGNATURE, type Target } from '#slices/inference';

/** One row of a capture file; see docs/capture.md. */
export type CaptureRow = Readonly<Record<string, unknown>> & {
  readonly prediction_id: string;
  readonly row: number;
  readonly at: Date;
  readonly revision: number;
  readonly variant: string;
  readonly model: string;
  readonly version: number;
  readonly unit: string | null;
};

export interface CaptureContent {
  /** Rows of one request, as they came together. */
  readonly requests: readonly (readonly CaptureRow[])[];
  /** What the live version's outputs mean. */
  readonly live: LiveSignature;
}

const LiveSignature = z.object({
  outputs: z.array(OutputSpec),
  classes: z.array(z.string()).optional(),
});
export type LiveSignature = z.infer<typeof LiveSignature>;

const compressors = {
  GZIP: (input: Uint8Array, length: number) => gunzipSync(input, { maxOutputLength: length }),
};

export async function readCaptureFile(bytes: Uint8Array): Promise<CaptureContent> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const metadata = parquetMetadata(file as ArrayBuffer);
  const facts = metadata.key_value_metadata?.find(({ key }) => key === SIGNATURE);
  const rows = await parquetReadObjects({ file: file as ArrayBuffer, metadata, compressors });
  return {
    requests: byRequest(rows as CaptureRow[]),
    live: LiveSignature.parse(JSON.parse(facts?.value ?? 'null')),
  };
}

function byRequest(rows: readonly CaptureRow[]): CaptureRow[][] {
  const requests: CaptureRow[][] = [];
  for (const row of rows) {
    const last = requests.at(-1);
    if (last?.[0]?.prediction_id === row.prediction_id) last.push(row);
    else requests.push([row]);
  }
  return requests;
}

/** The tensors that a request's rows came from; undefined where the rows do not say. */
export function inputsOf(
  { variant, plan }: Target,
  rows: readonly CaptureRow[],
): Inputs | undefined {
  const inputs: Inputs = {};
  for (const [name, { spec, sessionName }] of plan.inputs) {
    const columns = captureColumns(variant.signature).filter(
      ({ side, tensor }) => side === 'in' && tensor === name,
    );
    const tensor = tensorOf(spec, columns, rows);
    if (!tensor) return undefined;
    inputs[sessionName] = toOnnx({ ...tensor, datatype: spec.datatype });
  }
  return inputs;
}

/** What the live version answered to a request's rows. */
export function liveOutputs(
  { outputs, classes }: LiveSignature,
  rows: readonly CaptureRow[],
): Output[] {
  const columns = captureColumns({ inputs: [], outputs, ...(classes && { classes }) });
  return outputs.flatMap((spec) => {
    const own = columns.filter(({ tensor }) => tensor === spec.name);
    const tensor = tensorOf(spec, own, rows);
    return tensor ? [{ ...tensor, spec: { ...spec, sessionName: spec.name, answerHead: '' } }] : [];
  });
}

interface Rebuilt {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

function tensorOf(
  spec: TensorSpec,
  columns: readonly CaptureColumn[],
  rows: readonly CaptureRow[],
): Rebuilt | undefined {
  const [first] = columns;
  if (!first) return undefined;
  if (first.at === undefined) return fromLists(spec, first.name, rows);
  const width = first.width as number;
  const data = allocate(spec.datatype, rows.length * width);
  for (const [r, row] of rows.entries()) {
    for (const { name, at } of columns) {
      if (!(name in row)) return undefined;
      set(data, r * width + (at as number), row[name], spec);
    }
  }
  return { shape: [rows.length, ...rowShape(spec, width)], data };
}

/** Of tensors that are no rows of columns: one list in JSON each. */
function fromLists(
  spec: TensorSpec,
  name: string,
  rows: readonly CaptureRow[],
): Rebuilt | undefined {
  const lists = rows.map((row) => (typeof row[name] === 'string' ? JSON.parse(row[name]) : null));
  if (lists.some((list) => !Array.isArray(list))) return undefined;
  const width = (lists[0] as unknown[]).length;
  const shape = rowShape(spec, width);
  const isWhole = elementCount(shape) === width && lists.every((list) => list.length === width);
  if (!isWhole) return undefined;
  const data = allocate(spec.datatype, rows.length * width);
  for (const [i, value] of lists.flat().entries()) set(data, i, value, spec);
  return { shape: [rows.length, ...shape], data };
}

/** The sizes after the first; one of them may be open. */
function rowShape({ shape }: TensorSpec, width: number): number[] {
  const rest = shape.slice(1);
  const known = rest.filter((size): size is number => typeof size === 'number' && size > 0);
  const open = width / elementCount(known);
  return rest.map((size) => (typeof size === 'number' && size > 0 ? size : open));
}

function set(data: TensorData, at: number, value: unknown, { datatype }: TensorSpec): void {
  const values = data as unknown[];
  if (datatype === 'BYTES') values[at] = value ?? '';
  else if (value === null) values[at] = isFloating(datatype) ? Number.NaN : values[at];
  else values[at] = is64Bit(datatype) ? BigInt(value as number) : Number(value);
}
