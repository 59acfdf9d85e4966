import { AppError } from '#core/errors.ts';
import { makePlan, type Plan } from '#core/signature/plan.ts';
import type { Signature, TensorSpec } from '#core/signature/schema.ts';
import type { Scores } from '#core/table/scores.ts';
import type { Table } from '#core/table/table.ts';
import { allocate, type TensorData } from '#core/tensors/tensor.ts';
import { type OnnxSession, type OnnxTensor, toOnnx } from '#shared/onnx.ts';
import { openModel, rowsPerBatch, runtimeError } from '#slices/inference';
import type { Scorer } from './examination.ts';
import { type Fill, fillOf, type Span, uncheckedFillOf } from './fill.ts';
import { bindColumns, withoutContract } from './input-columns.ts';
import { collectorOf, type OutputBatch } from './outputs.ts';

/** A scorer that holds a loaded model until it is let go. */
export interface LoadedScorer extends Scorer {
  dispose(): Promise<void>;
}

/**
 * Loads a model and scores tables with it, by the rules and with the settings of serving.
 *
 * @param options.others columns that are no features, for models that take columns by their order
 */
export async function makeScorer(
  signature: Signature,
  model: Uint8Array,
  { others = [] }: { others?: readonly string[] } = {},
): Promise<LoadedScorer> {
  const session = await openModel(model);
  const plan = makePlan(signature);
  return {
    score: (table, { unchecked = false } = {}) => {
      const inputs = prepareInputs(signature, table, { others, unchecked });
      return scoreTable({ session, plan, signature, inputs }, table.rows);
    },
    dispose: () => session.release(),
  };
}

/** One input tensor, and what fills its columns. */
interface Input {
  readonly spec: TensorSpec;
  readonly fills: readonly Fill[];
  /** Values per row. */
  readonly width: number;
}

interface InputOptions {
  readonly others: readonly string[];
  readonly unchecked: boolean;
}

function prepareInputs(signature: Signature, table: Table, options: InputOptions): Input[] {
  const bound = bindColumns(signature, table, options.others);
  return signature.inputs.map((spec) => {
    const own = bound.filter(({ target }) => target.spec.name === spec.name);
    const fills = own.map(({ target, source }) =>
      options.unchecked
        ? uncheckedFillOf({ target: withoutContract(target), source })
        : fillOf({ target, source }),
    );
    return { spec, fills, width: own[0]?.target.width ?? 1 };
  });
}

interface Run {
  readonly session: OnnxSession;
  readonly plan: Plan;
  readonly signature: Signature;
  readonly inputs: readonly Input[];
}

async function scoreTable(run: Run, rows: number): Promise<Scores> {
  const { session, plan, signature } = run;
  const collector = collectorOf(signature, plan.allOutputs, rows);
  const names = collector.wanted.map(({ sessionName }) => sessionName);
  const size = batchRows(run);
  const buffers = run.inputs.map(({ spec, width }) => allocate(spec.datatype, size * width));
  for (let start = 0; start < rows; start += size) {
    const span = { start, rows: Math.min(size, rows - start) };
    const feeds = feedsOf(run, buffers, span);
    const results = await session.run(feeds, names).catch((error: unknown) => {
      throw runtimeError(error);
    });
    const batches = names.map((name) => perRow(name, results[name] as OnnxTensor, span.rows));
    collector.add(batches, start);
  }
  return collector.finish();
}

function batchRows({ inputs }: Run): number {
  if (inputs.some(({ spec }) => spec.shape[0] === 1)) return 1;
  const widest = inputs.reduce((sum, { width }) => sum + width, 0);
  return rowsPerBatch(widest);
}

function feedsOf({ inputs, plan }: Run, buffers: readonly TensorData[], span: Span) {
  return Object.fromEntries(
    inputs.map(({ spec, fills, width }, i) => {
      const data = firstOf(buffers[i] as TensorData, span.rows * width);
      for (const fill of fills) fill(data, span);
      const shape = [span.rows, ...spec.shape.slice(1).map(Number)];
      const name = plan.inputs.get(spec.name)?.sessionName as string;
      return [name, toOnnx({ datatype: spec.datatype, shape, data })];
    }),
  );
}

function firstOf(data: TensorData, length: number): TensorData {
  if (data.length === length) return data;
  return Array.isArray(data) ? data.slice(0, length) : data.subarray(0, length);
}

function perRow(name: string, { dims, data }: OnnxTensor, rows: number): OutputBatch {
  if (dims[0] === rows) return { data: data as TensorData, width: data.length / rows };
  throw new AppError(
    'unprocessable',
    `output "${name}" has the shape [${dims.join(', ')}], not one entry per row`,
  );
}
