import type { Signature } from '#core/signature/schema.ts';
import { type Before, conceptDriftOf } from './concept-drift.ts';
import { estimateOf } from './estimate.ts';
import type { Examined } from './examined.ts';
import { judge } from './judge.ts';
import type { Observation } from './observe.ts';
import { baselineOf, judgedRows, performanceIn, performanceOf } from './performance.ts';
import type { ReferenceData, Subject } from './reference.ts';
import type { PinnedSpec } from './schema.ts';

export interface Looked {
  readonly observation: Observation;
  readonly reference: ReferenceData | undefined;
  readonly examined: Examined;
  readonly signature: Signature | undefined;
  readonly subject: Subject | undefined;
  readonly before: Before | undefined;
}

/** What the rows of a window say, whatever their traffic: features, performance, relation. */
export function findingsOf(
  spec: PinnedSpec,
  { observation, reference, examined, signature, subject, before }: Looked,
) {
  const { importance, decision } = examined;
  const judgement = reference && judge(observation, reference, { spec, importance });
  const judged = judgedRows(observation.known, signature, decision);
  const baseline = baselineOf(reference, signature, { spec, examined });
  const context = { spec, examined, decision, baseline };
  const performance = performanceOf(judged, context);
  const estimate = estimateOf(observation, { signature, judged }, context);
  const { known } = observation;
  const conceptDrift = subject && conceptDriftOf(judged, { subject, known, before }, spec);
  return {
    status: judgement?.verdict.status ?? ('no-reference' as const),
    reference: reference?.name ?? 'nothing',
    referenceRows: reference?.rows ?? 0,
    rows: observation.profile.rows,
    labels: observation.labels,
    driftedShare: shareOf(judgement?.verdict),
    features: judgement?.features ?? [],
    outputs: judgement?.outputs ?? [],
    multivariate: judgement?.multivariate ?? [],
    segments: (judgement?.segments ?? []).map((drift, i) => {
      const own = performanceIn(
        spec.segments[i] as (typeof spec.segments)[number],
        judged,
        context,
      );
      return { ...drift, ...(own && { performance: own }) };
    }),
    notCompared: judgement?.notCompared ?? [],
    quality: judgement?.quality ?? [],
    ...(performance && { performance }),
    ...(estimate && { estimate }),
    ...(conceptDrift && { conceptDrift }),
  };
}

function shareOf(verdict: ReturnType<typeof judge>['verdict'] | undefined): number | null {
  if (!verdict || verdict.status === 'insufficient-data') return null;
  return verdict.data.columns > 0 ? verdict.data.share : null;
}
