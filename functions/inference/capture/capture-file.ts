import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type CaptureColumn, captureColumns } from '#core/capture/columns.ts';
import { fillColumn, type TensorPart } from '#core/capture/fill.ts';
import type { ParquetColumn } from '#core/parquet/pages.ts';
import { ParquetWriter } from '#core/parquet/writer.ts';
import type { InputPlan, OutputPlan } from '#core/signature/plan.ts';
import type { TensorData } from '#core/tensors/tensor.ts';
import type { OnnxTensor } from '#shared/onnx.ts';
import type { Target } from '../predict.ts';
import type { Trace } from '../wire.ts';

/** Where a capture file says what its outputs mean. */
export const SIGNATURE = 'skiff.signature';

/** Higher levels take several times as long for some percent. */
const GZIP = { level: 1 };
export const compress = (bytes: Uint8Array): Uint8Array => gzipSync(bytes, GZIP);

/** A Parquet file of requests to one target, one row for each row that was predicted. */
export function encodeCaptures(target: Target, traces: readonly Trace[]): Uint8Array {
  const counts = traces.map(({ inputs }) => rowsOf(target, inputs));
  const columns = [
    ...factColumns(target, traces, counts),
    ...columnsFor(target).map((column) =>
      fillColumn(
        column,
        traces.map((trace, i) => partOf(target, trace, { column, rows: counts[i] as number })),
      ),
    ),
  ];
  const writer = new ParquetWriter(compress);
  writer.write(columns);
  const { outputs, classes } = target.variant.signature;
  return writer.finish({ [SIGNATURE]: JSON.stringify({ outputs, classes }) });
}

const columnsOfTarget = new WeakMap<Target, CaptureColumn[]>();

function columnsFor(target: Target): CaptureColumn[] {
  const known = columnsOfTarget.get(target);
  if (known) return known;
  const columns = captureColumns(target.variant.signature, target.endpoint.capture);
  columnsOfTarget.set(target, columns);
  return columns;
}

/** The first axis counts rows where the inputs are columns, or it may vary. */
function rowsOf(target: Target, inputs: Trace['inputs']): number {
  const { plan, variant } = target;
  const first = Object.values(inputs ?? {})[0]?.dims[0] ?? 1;
  const byColumn = columnsFor(target).some(({ side, at }) => side === 'in' && at !== undefined);
  return plan.batched || byColumn || variant.signature.inputs.length === 0 ? first : 1;
}

interface Wanted {
  readonly column: CaptureColumn;
  readonly rows: number;
}

function partOf(target: Target, trace: Trace, { column, rows }: Wanted): TensorPart {
  const { side, tensor: name } = column;
  if (side === 'out') {
    const output = trace.outputs?.find(({ spec }) => spec.name === name);
    return { rows, tensor: output && { ...output, data: readable(output.data, output.spec) } };
  }
  const { sessionName, spec } = target.plan.inputs.get(name) as InputPlan;
  const tensor = trace.inputs?.[sessionName];
  return { rows, tensor: tensor && { shape: tensor.dims, data: readable(dataOf(tensor), spec) } };
}

const dataOf = (tensor: OnnxTensor): TensorData => tensor.data as TensorData;

/** The runtime takes and gives half floats as their bits. */
export function readable(data: TensorData, { datatype }: Pick<OutputPlan, 'datatype'>): TensorData {
  if (datatype !== 'FP16' || !(data instanceof Uint16Array)) return data;
  return new Float16Array(data.buffer, data.byteOffset, data.length);
}

/** What is known of each row beside its inputs and outputs. */
function factColumns(
  { endpoint, variant }: Target,
  traces: readonly Trace[],
  counts: readonly number[],
): ParquetColumn[] {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const perRow = <T>(of: (trace: Trace, row: number) => T): T[] =>
    traces.flatMap((trace, i) =>
      Array.from({ length: counts[i] as number }, (_, r) => of(trace, r)),
    );
  const units = new Map(traces.map((trace) => [trace, hashOf(trace.unit, endpoint.name)]));
  const same = <T>(value: T): T[] => new Array<T>(rows).fill(value);
  return [
    { name: 'prediction_id', type: 'string', values: perRow((trace) => trace.predictionId) },
    { name: 'row', type: 'int32', values: Int32Array.from(perRow((_, row) => row)) },
    {
      name: 'at',
      type: 'timestamp',
      values: BigInt64Array.from(perRow((trace) => BigInt(trace.at))),
    },
    { name: 'revision', type: 'int32', values: Int32Array.from(same(endpoint.revision)) },
    { name: 'variant', type: 'string', values: same(variant.name) },
    { name: 'model', type: 'string', values: same(variant.model) },
    { name: 'version', type: 'int32', values: Int32Array.from(same(variant.version)) },
    {
      name: 'latency_ms',
      type: 'double',
      values: Float64Array.from(perRow((trace) => trace.latencyMs)),
    },
    { name: 'unit', type: 'string', values: perRow((trace) => units.get(trace) ?? null) },
  ];
}

/** Tells one unit's rows from another's, and not who it is. */
const hashOf = (unit: string | undefined, endpoint: string): string | null =>
  unit === undefined
    ? null
    : createHash('sha256').update(`${endpoint}:${unit}`).digest('hex').slice(0, 16);
