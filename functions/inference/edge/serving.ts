import { AppError } from '#core/errors.ts';
import type { Recorder } from '../capture/recorder.ts';
import { answerRequest } from '../host.ts';
import { predictionId } from '../prediction-id.ts';
import { newTrace, type Trace, type WireAnswer, type WireRequest } from '../wire.ts';
import type { Active } from './active.ts';
import type { Metrics } from './metrics.ts';

/** What both servers answer from, and where what became of requests goes. */
export class Serving {
  readonly #metrics: Metrics;
  readonly #recorder: Recorder | undefined;
  #active: Active | undefined;
  #running = 0;
  isDraining = false;

  constructor(metrics: Metrics, recorder: Recorder | undefined) {
    this.#metrics = metrics;
    this.#recorder = recorder;
  }

  get active(): Active | undefined {
    return this.#active;
  }

  get isReady(): boolean {
    return this.#active !== undefined && !this.isDraining;
  }

  /** Requests that are being answered. */
  get running(): number {
    return this.#running;
  }

  /** Requests that come from now on go to this one; those that run keep theirs. */
  replace(next: Active): void {
    const before = this.#active;
    this.#active = next;
    before?.close();
  }

  /**
   * @param onError what the protocol makes of an error
   * @returns the answer, made of the error too
   */
  async answer(
    request: WireRequest,
    protocol: 'http' | 'grpc',
    onError: (error: unknown) => WireAnswer,
  ): Promise<{ answer: WireAnswer; trace: Trace }> {
    const started = performance.now();
    const at = Date.now();
    const trace = newTrace(predictionId(at), at);
    let answer: WireAnswer;
    this.#running++;
    try {
      if (!this.#active) throw new AppError('unavailable', 'there is no bundle yet');
      answer = await answerRequest(this.#active.service, request, trace);
    } catch (error) {
      answer = onError(error);
    } finally {
      this.#running--;
    }
    if (trace.target) {
      trace.latencyMs = performance.now() - started;
      trace.status = answer.status;
      this.#metrics.record(trace, protocol);
      this.#record(trace);
    }
    return { answer, trace };
  }

  #record(trace: Trace): void {
    const recorder = this.#recorder;
    if (!recorder) return;
    recorder.record(trace);
    // After the answer has left: writing takes the processor for some milliseconds.
    if (recorder.isFull) setImmediate(() => void recorder.flush());
  }
}
