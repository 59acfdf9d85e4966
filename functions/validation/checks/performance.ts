import { AppError } from '#core/errors.ts';
import type { Latency } from '#core/performance/latency.ts';
import { Random } from '#core/random.ts';
import { generateInputs, type NamedTensor } from '#core/signature/generate.ts';
import { makePlan } from '#core/signature/plan.ts';
import { DEFAULT_LIMITS } from '#slices/inference';
import type { Examination } from '../examination.ts';
import { type IsolatedLoad, loadIsolated } from '../isolated-load.ts';
import { isolationLimits } from '../isolation-limits.ts';
import { type Clock, timeCalls } from '../measure.ts';
import { performanceOutcome } from '../performance-outcome.ts';
import { findRefusals } from '../refused-rows.ts';
import type { CheckOutcome } from '../schema.ts';
import { openServing, requestBody, type Serving } from '../serving.ts';
import { deployedSources, otherColumns, type Sources } from '../sources.ts';
import { spread, tableInputs } from '../tensor-rows.ts';

/**
 * Times predictions through the serving code at this function's own memory, and says what is to be
 * expected of other sizes: how long, at what cost.
 */
export async function checkPerformance(
  examination: Examination,
  sources: Sources = deployedSources(),
  clock: Clock = () => performance.now(),
): Promise<CheckOutcome<'performance'>> {
  const { version } = examination;
  const model = await sources.readArtifact(version);
  const make = inputMaker(examination);
  const sizes = batchSizes(make);
  const loads = await loadOften(model, examination, {
    make,
    sources,
    rows: sizes.at(-1) as number,
  });
  const serving = openServing(version, model, sources.servingMegabytes);
  try {
    const measured = await measure(serving, { make, sizes, clock });
    const { latencyLimitMs } = examination.settings;
    return performanceOutcome({ loads, measured, inputs: make.source, latencyLimitMs }, sources);
  } finally {
    serving.close();
  }
}

const SIZES = [1, 10, 100, 1_000] as const;
const SAMPLES: Readonly<Record<number, number>> = { 1: 2_000, 10: 500, 100: 200, 1000: 50 };
const DIFFERENT: Readonly<Record<number, number>> = { 1: 64, 10: 16, 100: 8, 1000: 2 };

/** Beyond that the body of a request ends. */
const MAX_VALUES = 200_000;

/** What one request can carry. */
function batchSizes({ batched, make }: InputMaker): readonly number[] {
  const values = make(1, 0).reduce((sum, { data }) => sum + data.length, 0);
  return batched ? SIZES.filter((rows) => rows === 1 || rows * values <= MAX_VALUES) : [1];
}

interface InputMaker {
  readonly source: 'dataset' | 'generated';
  readonly batched: boolean;
  /** @param turn inputs of another turn are other ones */
  make(rows: number, turn: number): NamedTensor[];
}

/** Rows of the dataset that serving takes, else made-up ones. */
function inputMaker(examination: Examination): InputMaker {
  const { version, dataset, settings } = examination;
  const { signature } = version;
  const { batched } = makePlan(signature);
  const others = otherColumns(examination);
  const accepted = dataset ? findRefusals(signature, dataset.table, others).accepted : [];
  if (!dataset || accepted.length === 0) {
    const make = (rows: number, turn: number) =>
      generateInputs(signature, rows, new Random(settings.seed + turn));
    return { source: 'generated', batched, make };
  }
  const pool = spread(accepted, 1_000);
  const make = (count: number, turn: number) => {
    const rows = Array.from(
      { length: count },
      (_, i) => pool[(turn * count + i) % pool.length] as number,
    );
    return tableInputs(signature, dataset.table, { rows, others });
  };
  return { source: 'dataset', batched, make };
}

const LOADS = 3;

/** Each in a process of its own, with one run of the largest batch. */
async function loadOften(
  model: Uint8Array,
  { version }: Examination,
  { make, sources, rows }: { make: InputMaker; sources: Sources; rows: number },
): Promise<IsolatedLoad[]> {
  const inputs = make.make(rows, 0);
  const loads: IsolatedLoad[] = [];
  for (let i = 0; i < LOADS; i++) {
    const limits = isolationLimits(sources);
    const load = await loadIsolated(model, version.signature, { inputs, limits });
    if (load.problem) {
      throw new AppError(
        'unprocessable',
        `the model does not load and run ${rows} rows in a process of its own: ${load.problem}`,
      );
    }
    loads.push(load);
  }
  return loads;
}

interface Plan {
  readonly make: InputMaker;
  readonly sizes: readonly number[];
  readonly clock: Clock;
}

/** A batch that is expected to take longer is not tried. */
const MAX_CALL_MS = 5_000;

async function measure(serving: Serving, { make, sizes, clock }: Plan): Promise<Latency[]> {
  const measured: Latency[] = [];
  for (const rows of sizes) {
    const bodies = Array.from({ length: DIFFERENT[rows] as number }, (_, turn) =>
      requestBody(make.make(rows, turn)),
    );
    if (rows > 1 && (bodies[0] as string).length > DEFAULT_LIMITS.maxBodyBytes) break;
    const last = measured.at(-1);
    if (last && (last.mean / last.rows) * rows > MAX_CALL_MS) break;
    const effort = { rows, bodies, samples: SAMPLES[rows] as number };
    measured.push(await timeCalls(serving.answer, effort, clock));
  }
  return measured;
}
