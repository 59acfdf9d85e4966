import type { Signature } from '#core/signature/schema.ts';
import type { Table } from '#core/table/table.ts';
import { createSession, type OnnxSession, toOnnx } from '#shared/onnx.ts';
import type { ServingVariant } from '#slices/deployments';
import { makeScorer } from '../functions/validation/scorer.ts';
import { tinyModel } from '../test/helpers/tiny-model.ts';
import { ENDPOINT, FEATURES, INPUT, MODEL, randomRows } from './model.ts';

export interface ScorerResult {
  readonly model: string;
  readonly bareMs: number;
  readonly scorerMs: number;
  readonly rowsPerSecond: number;
  readonly peakMegabytes: number;
}

const BATCH_ROWS = 4_096;

/** A table of so many rows scored whole, over bare `session.run` of the same rows as tensors. */
export async function benchScorer(rows = 1_000_000): Promise<ScorerResult[]> {
  const table = tableOf(rows);
  const { signature } = ENDPOINT.variants[0] as ServingVariant;
  return [
    await measure('the largest of 30 columns', table, largestModel()),
    await measure('300 trees of depth 6', table, { model: MODEL, signature }),
  ];
}

/** The sample's rows over and over, row i in the features' own order. */
function tableOf(rows: number): Table {
  const some = randomRows(BATCH_ROWS);
  const { features = [] } = (ENDPOINT.variants[0] as ServingVariant).signature;
  const columns = features.map(({ name, column }) => {
    const values = new Float64Array(rows);
    for (let i = 0; i < rows; i++) values[i] = some[(i % BATCH_ROWS) * FEATURES + column] as number;
    return { name, kind: 'numeric' as const, values };
  });
  return { rows, columns };
}

/** Next to no work for the runtime, so that what is left is the scorer's own. */
function largestModel(): { model: Uint8Array; signature: Signature } {
  const { features } = (ENDPOINT.variants[0] as ServingVariant).signature;
  const input = { name: INPUT, datatype: 'FP32' as const, shape: ['N', FEATURES] };
  const output = { name: 'y', datatype: 'FP32' as const, shape: ['N', 1] };
  const attributes = { axes: { integers: [1] } };
  const node = { operator: 'ReduceMax', inputs: [INPUT], outputs: ['y'], attributes };
  return {
    model: tinyModel({ nodes: [node], inputs: [input], outputs: [output] }),
    signature: { inputs: [input], outputs: [{ ...output, role: 'value' }], features },
  };
}

async function measure(
  name: string,
  table: Table,
  { model, signature }: { model: Uint8Array; signature: Signature },
): Promise<ScorerResult> {
  const session = await createSession(model);
  const bareMs = await timeBare(session, table);
  await session.release();
  const scorer = await makeScorer(signature, model);
  const start = performance.now();
  await scorer.score(table);
  const scorerMs = performance.now() - start;
  await scorer.dispose();
  const rowsPerSecond = (1000 * table.rows) / scorerMs;
  const peakMegabytes = process.resourceUsage().maxRSS / 1024;
  return { model: name, bareMs, scorerMs, rowsPerSecond, peakMegabytes };
}

async function timeBare(session: OnnxSession, table: Table): Promise<number> {
  const data = Float32Array.from(randomRows(BATCH_ROWS));
  const start = performance.now();
  for (let row = 0; row < table.rows; row += BATCH_ROWS) {
    const shape = [Math.min(BATCH_ROWS, table.rows - row), FEATURES];
    const part = data.subarray(0, (shape[0] as number) * FEATURES);
    await session.run({ [INPUT]: toOnnx({ datatype: 'FP32', shape, data: part }) });
  }
  return performance.now() - start;
}
