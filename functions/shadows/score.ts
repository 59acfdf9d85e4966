import { AppError } from '#core/errors.ts';
import { compareAnswers, type Said } from '#core/shadows/compare.ts';
import { classNames } from '#core/signature/classes.ts';
import type { Signature } from '#core/signature/schema.ts';
import { TrafficTally } from '#core/traffic/summary.ts';
import {
  type InferenceService,
  type Outcomes,
  type Output,
  outcomesOf,
  predict,
  type Target,
  tally,
} from '#slices/inference';
import { type CaptureContent, type CaptureRow, inputsOf, liveOutputs } from './capture-rows.ts';

/** A row that a shadow scored, beside what was answered. */
export interface ScoredRow {
  readonly row: CaptureRow;
  readonly latencyMs: number;
  readonly sameLabel: boolean | null;
  readonly difference: number;
}

/** What a shadow made of one request; without outputs where it could not score it. */
export interface ScoredRequest {
  readonly rows: readonly ScoredRow[];
  readonly outputs: readonly Output[];
}

export interface Scored {
  readonly requests: readonly ScoredRequest[];
  readonly tally: TrafficTally;
}

/**
 * Has a shadow score what was captured, request by request as it came, so that its latency can be
 * compared. Requests that its model refuses count as its failures.
 */
export async function scoreCaptures(
  service: InferenceService,
  target: Target,
  { requests, live }: CaptureContent,
): Promise<Scored> {
  const counts = new TrafficTally();
  const scored: ScoredRequest[] = [];
  for (const rows of requests) {
    const started = performance.now();
    const outputs = await scoreRows(service, target, rows);
    const latencyMs = performance.now() - started;
    const status = outputs ? 200 : 422;
    counts.addRequest({ status, rows: rows.length, latencyMs });
    if (!outputs) continue;
    const own = outcomesOf(target.variant.signature, outputs, rows.length);
    tally(own, counts.outputs);
    const before = outcomesOf(withoutUndefined(live), liveOutputs(live, rows), rows.length);
    const comparison = compareAnswers(
      saidOf(before, live),
      saidOf(own, target.variant.signature),
      rows.length,
    );
    counts.addDisagreement(comparison.disagreement);
    scored.push({
      outputs,
      rows: rows.map((row, i) => ({
        ...{ row, latencyMs, sameLabel: comparison.sameLabel[i] ?? null },
        difference: comparison.differences[i] as number,
      })),
    });
  }
  return { requests: scored, tally: counts };
}

const withoutUndefined = ({ classes }: { classes?: string[] | undefined }) => ({
  ...(classes && { classes }),
});

/** Undefined where the model cannot run on them: the caller of the live one got an answer. */
async function scoreRows(
  service: InferenceService,
  target: Target,
  rows: readonly CaptureRow[],
): Promise<Output[] | undefined> {
  const inputs = inputsOf(target, rows);
  if (!inputs) return undefined;
  try {
    return await predict(service, target, inputs, target.plan.allOutputs);
  } catch (error) {
    if (error instanceof AppError && error.code !== 'unavailable') return undefined;
    throw error;
  }
}

/** Probabilities under their classes' names, values under their outputs'. */
function saidOf(
  { labels, probabilities, values }: Outcomes,
  signature: { classes?: Signature['classes'] | undefined },
): Said {
  const numbers = new Map<string, (row: number) => number>();
  if (probabilities) {
    const { width, data } = probabilities;
    const { classes } = signature;
    const names = classNames({ ...(classes && { classes }) }, width);
    for (const [i, name] of names.entries()) {
      numbers.set(`class ${name}`, (row) =>
        width < names.length ? aboutOne(data[row] as number, i) : (data[row * width + i] as number),
      );
    }
  }
  for (const { name, data } of values) numbers.set(name, (row) => data[row] as number);
  return { labels: labels?.labels, numbers };
}

/** One probability for two classes is the second one's. */
const aboutOne = (probability: number, position: number): number =>
  position === 1 ? probability : 1 - probability;
