import { AppError } from '#core/errors.ts';
import type { Inputs, Output, Target } from '../predict.ts';
import { predict } from '../predict.ts';
import type { InferenceService } from '../service.ts';
import { type Aimed, type Parcel, rejected, type SharedCall } from './parcel.ts';

export interface ScoreContext {
  readonly service: InferenceService;
  readonly target: Target;
  /** Each record gets a run of its own. */
  readonly oneByOne: boolean;
}

/** What a message or record may hold everywhere that answers go. */
const MAX_ANSWER_BYTES = 250_000;

/** The outputs, or why the model cannot run on such inputs. */
export async function run(
  { service, target }: ScoreContext,
  inputs: Inputs,
): Promise<Output[] | string> {
  try {
    return await predict(service, target, inputs, target.plan.allOutputs);
  } catch (error) {
    if (isRefusal(error)) return (error as AppError).message;
    throw error;
  }
}

/** Of these very inputs; anything else may go well later. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof AppError && (error.code === 'invalid' || error.code === 'too-large');

export interface Answered {
  readonly inputs: () => Inputs;
  readonly outputs: readonly Output[];
  readonly rows: number;
  readonly text: string;
  readonly call: SharedCall;
}

/** A record's answer, and in its trace what HTTP would know of it. */
export function answered(
  { target }: ScoreContext,
  aimed: Aimed,
  { inputs, outputs, rows, text, call }: Answered,
): Parcel {
  if (Buffer.byteLength(text) > MAX_ANSWER_BYTES) {
    const reason = `the answer has ${Buffer.byteLength(text)} bytes, at most ${MAX_ANSWER_BYTES}`;
    return refused(aimed, reason);
  }
  const { decoded, trace, started } = aimed;
  const { capture } = target.endpoint;
  Object.assign(trace, { rows, outputs, status: 200, latencyMs: performance.now() - started });
  if (capture.share > 0) trace.inputs = inputs();
  return { record: decoded.record, kind: 'RECORD', id: decoded.id, text, trace, call };
}

export function refused({ decoded, trace }: Aimed, reason: string): Parcel {
  trace.status = 400;
  trace.partOfCall = true;
  return rejected(decoded.record, reason, trace);
}
