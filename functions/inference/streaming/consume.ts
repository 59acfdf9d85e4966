import { type Failures, failuresOf, recordsOf, type SourceEvent } from '#shared/source-records.ts';
import type { Recorder } from '../capture/recorder.ts';
import { predictionId } from '../prediction-id.ts';
import type { MarkStore } from './claims.ts';
import { type Delivered, deliver } from './deliver.ts';
import type { Parcel } from './parcel.ts';
import { type Scorer, scoreRecords } from './score.ts';
import type { Circumstances } from './send.ts';
import type { Sink } from './sinks.ts';

export interface Consumer extends Circumstances {
  readonly scorer: Scorer;
  readonly store: MarkStore;
  /** Longer than an invocation can live. */
  readonly leaseMs: number;
  readonly results: Sink;
  readonly rejects: Sink;
  readonly recorder: Pick<Recorder, 'record' | 'flush' | 'addBeside'>;
  readonly report: (facts: BatchFacts) => void;
}

/** What became of one batch. */
export interface BatchFacts extends Omit<Delivered, 'failed' | 'heldUntil'> {
  readonly at: number;
  readonly records: number;
  readonly failed: number;
  readonly milliseconds: number;
  /** Predictions that were made, by what made them. */
  readonly made: readonly Parcel[];
}

/** So that a record that another invocation has is not asked for without a pause. */
const PAUSE_MS = 1_000;

/**
 * Scores a batch and sends what came of it. What failed for a reason that may pass is named, so that
 * the source hands it over again.
 *
 * @throws where nothing can be scored now, such as for want of the endpoint or its model
 */
export async function consume(consumer: Consumer, event: SourceEvent): Promise<Failures> {
  const { scorer, store, leaseMs, results, rejects, recorder, warn, pause } = consumer;
  const { now } = scorer;
  const at = now();
  const records = recordsOf(event);
  const parcels = await scoreRecords(scorer, records);
  const scored = now();
  const made: Parcel[] = [];
  const claiming = { store, leaseMs, now, holder: predictionId(at) };
  const delivered = await deliver(
    { claiming, results, rejects, warn, pause, made: (parcel) => void made.push(parcel) },
    parcels,
  );
  for (const parcel of made) record(recorder, parcel);
  recorder.addBeside(now() - scored);
  await recorder.flush();
  const { failed, heldUntil, ...counts } = delivered;
  const milliseconds = now() - at;
  consumer.report({
    ...counts,
    at,
    milliseconds,
    made,
    records: records.length,
    failed: failed.size,
  });
  if (heldUntil !== undefined) await pause(Math.min(PAUSE_MS, Math.max(0, heldUntil - now())));
  return failuresOf(event, records, failed);
}

/** As a request over HTTP is; the first of those that shared a call stands for it. */
function record(recorder: Consumer['recorder'], { trace, call }: Parcel): void {
  if (!trace) return;
  if (call) {
    trace.partOfCall = call.counted;
    call.counted = true;
  }
  recorder.record(trace);
}
