import { standardDeviation } from '#core/profile/moments.ts';
import { QuantileSketch } from '#core/profile/quantile-sketch.ts';
import type { OutputProfile } from '#core/traffic/output-tally.ts';
import type { OutputFigures, ShadowFigures, VariantFigures } from './schema.ts';
import type { VariantTraffic } from './traffic.ts';

/** Figures for people, of what is kept as sketches. */
export function figuresOf(traffic: VariantTraffic): VariantFigures {
  const { variant, model, version, revisions, summary } = traffic;
  const { requests, rows, clientErrors, serverErrors, outputs } = summary;
  const { selected, captured: written, files } = summary;
  return {
    ...{ variant, model, version, revisions: [...revisions] },
    ...{ requests, rows, clientErrors, serverErrors },
    latency: latencyOf(summary),
    outputs: outputs.map(outputFigures),
    captures: { selected, written, files },
  };
}

export function shadowFigures(traffic: VariantTraffic): ShadowFigures {
  const { variant: shadow, model, version, summary } = traffic;
  const { requests, rows, clientErrors: failures, outputs, disagreement } = summary;
  const { labelled = 0, otherLabel = 0, compared = 0 } = disagreement ?? {};
  return {
    ...{ shadow, model, version, requests, failures, rows },
    otherLabelShare: labelled > 0 ? otherLabel / labelled : null,
    labelledRows: labelled,
    meanDifference: compared > 0 ? (disagreement?.sumAbsolute ?? 0) / compared : null,
    maxDifference: compared > 0 ? (disagreement?.maxAbsolute ?? 0) : null,
    comparedRows: compared,
    latency: latencyOf(summary),
    outputs: outputs.map(outputFigures),
  };
}

export function latencyOf({ latency, latencySum }: VariantTraffic['summary']) {
  const [p50, p90, p95, p99] = QuantileSketch.from(latency).quantiles([0.5, 0.9, 0.95, 0.99]);
  const { count } = latency;
  const mean = count > 0 ? latencySum / count : null;
  return { count, mean, p50: p50 ?? null, p90: p90 ?? null, p95: p95 ?? null, p99: p99 ?? null };
}

function outputFigures(profile: OutputProfile): OutputFigures {
  const { name } = profile;
  if (profile.kind === 'label') {
    const counts = profile.counts.map(([label, count]) => ({ label, count }));
    return { name, kind: 'label', counts, other: profile.other };
  }
  const { count, mean } = profile.moments;
  const spread = standardDeviation(profile.moments) ?? null;
  const common = { count, mean: count > 0 ? mean : null, standardDeviation: spread };
  if (profile.kind === 'score') return { name, kind: 'score', ...common, bins: [...profile.bins] };
  const { min, max } = profile;
  const p50 = QuantileSketch.from(profile.quantiles).quantile(0.5) ?? null;
  return { name, kind: 'value', ...common, min, max, p50 };
}
