import { BINARY_DETECTORS } from '#core/concept-drift/detectors.ts';
import { type KnownError, type StreamState, watchErrors } from '#core/monitoring/error-stream.ts';
import type { Feedback } from '#slices/feedback';
import type { KnownRows } from './observe.ts';
import type { Judged } from './performance.ts';
import type { Subject } from './reference.ts';
import type { ConceptDriftReport } from './report-schema.ts';
import type { MonitorSpec } from './schema.ts';

/** What an earlier window left, and in which report it stands. */
export interface Before {
  readonly report: string;
  readonly conceptDrift: ConceptDriftReport;
}

/**
 * Hands the window's errors to detectors that go on where the window before left them, or begin
 * anew with another version.
 */
export function conceptDriftOf(
  judged: Judged | undefined,
  { subject, known, before }: { subject: Subject; known: KnownRows; before: Before | undefined },
  { conceptDrift }: MonitorSpec,
): ConceptDriftReport | undefined {
  if (conceptDrift.detectors.length === 0) return undefined;
  const of = { model: subject.model, version: subject.version };
  const goesOn =
    before?.conceptDrift.of.model === of.model && before.conceptDrift.of.version === of.version;
  const errors = judged ? errorsOf(judged, known) : [];
  const kinds = conceptDrift.detectors.filter(
    (kind) => judged?.scores.kind !== 'values' || !BINARY_DETECTORS.has(kind),
  );
  const state = goesOn ? (before.conceptDrift.state as unknown as StreamState) : undefined;
  const { findings, state: next } = watchErrors(errors, kinds, state);
  return {
    of,
    ...(goesOn && { follows: before.report }),
    ...{ errors: errors.length, seen: next.seen, findings },
    state: JSON.parse(JSON.stringify(next)),
  };
}

function errorsOf({ scores, truth, rows }: Judged, { feedback }: KnownRows): KnownError[] {
  return Array.from(rows, (row, i) => {
    const { predictionId, row: ofRequest } = feedback[row] as Feedback;
    const error =
      scores.kind === 'values'
        ? Math.abs((scores.values[i] as number) - (truth[i] as number))
        : Number(scores.predicted[i] !== truth[i]);
    return { predictionId, row: ofRequest, error };
  });
}
