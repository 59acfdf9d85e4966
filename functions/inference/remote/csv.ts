import { AppError } from '#core/errors.ts';
import { featuresOf } from '#core/signature/complete.ts';
import type { OutputPlan } from '#core/signature/plan.ts';
import type { Feature } from '#core/signature/schema.ts';
import type { Datatype } from '#core/tensors/datatypes.ts';
import { decodeJson } from '#core/tensors/json-decode.ts';
import { is64Bit, type TensorData } from '#core/tensors/tensor.ts';
import type { OnnxTensor } from '#shared/onnx.ts';
import type { Inputs, Output, Target } from '../predict.ts';
import { valuesOf } from './tensors.ts';

/*
 * Rows of comma-separated values, without a header: what SageMaker's built-in algorithms take and
 * give. Columns stand in the order of the signature.
 */

interface Source {
  readonly datatype: Datatype;
  readonly data: TensorData;
  readonly width: number;
  readonly column: number;
}

export function encodeCsv(target: Target, inputs: Inputs): string {
  const sources = (featuresOf(target.variant.signature) ?? []).map((feature) =>
    sourceOf(target, inputs, feature),
  );
  const lines = Array.from({ length: rowsOf(target, inputs) }, (_, row) =>
    sources.map(({ data, width, column, datatype }) =>
      cellText(data[row * width + column], datatype),
    ),
  );
  return `${lines.map((cells) => cells.join(',')).join('\n')}\n`;
}

function sourceOf({ plan }: Target, inputs: Inputs, { input, column }: Feature): Source {
  const { spec, sessionName } = plan.inputs.get(input) as NonNullable<
    ReturnType<typeof plan.inputs.get>
  >;
  const tensor = inputs[sessionName] as OnnxTensor;
  const width = tensor.dims.length > 1 ? (tensor.dims.at(-1) as number) : 1;
  return { datatype: spec.datatype, data: valuesOf(tensor, spec.datatype), width, column };
}

function rowsOf({ plan }: Target, inputs: Inputs): number {
  const [first] = plan.inputs.values();
  return first ? ((inputs[first.sessionName] as OnnxTensor).dims[0] ?? 1) : 0;
}

/** Missing values are empty; texts are quoted where they have to be (RFC 4180). */
function cellText(value: unknown, datatype: Datatype): string {
  if (typeof value === 'string') {
    return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  }
  if (datatype === 'BOOL') return value ? '1' : '0';
  return Number.isNaN(value) ? '' : String(value);
}

/**
 * The columns go to the outputs in their order. Some algorithms give all rows of one column in one
 * line, so that only the number of values counts.
 */
export function decodeCsv(
  target: Target,
  inputs: Inputs,
  wanted: readonly OutputPlan[],
  text: string,
): Output[] {
  const { allOutputs } = target.plan;
  const widths = allOutputs.map(({ shape }) => (shape.length > 1 ? Number(shape.at(-1)) : 1));
  const rows = rowsOf(target, inputs);
  const total = widths.reduce((sum, width) => sum + width, 0);
  const cells = text.trim().split(/\s*[,\r\n]\s*/);
  if (cells.length !== rows * total) {
    throw new AppError('invalid', `${cells.length} values for ${rows} rows of ${total} columns`);
  }
  return wanted.map((spec) => {
    const at = allOutputs.indexOf(spec);
    const width = widths[at] as number;
    const from = widths.slice(0, at).reduce((sum, w) => sum + w, 0);
    const own = cells.filter((_, i) => i % total >= from && i % total < from + width);
    const shape = spec.shape.length > 1 ? [rows, width] : [rows];
    const values = own.map((cell) => cellValue(cell, spec.datatype));
    return { spec, shape, data: decodeJson(spec.datatype, shape, values, spec.name) };
  });
}

function cellValue(cell: string, datatype: Datatype): unknown {
  const bare = /^"(.*)"$/.exec(cell)?.[1] ?? cell;
  if (datatype === 'BYTES') return bare;
  if (datatype === 'BOOL') return bare === '1' || bare.toLowerCase() === 'true';
  if (is64Bit(datatype) && /^[+-]?\d+$/.test(bare)) return BigInt(bare);
  return bare === '' ? null : Number(bare);
}
