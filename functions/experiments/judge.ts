import { alwaysValidP } from '#core/experiments/comparison.ts';
import {
  compareStrata,
  countsAsMean,
  type MeanSummary,
  meanInterval,
} from '#core/experiments/means.ts';
import { compareProportions, proportionInterval } from '#core/experiments/proportions.ts';
import { compareQuantiles } from '#core/experiments/quantiles.ts';
import { sampleRatioChiSquare, sampleRatioEvidence } from '#core/experiments/sample-ratio.ts';
import type { Interval } from '#core/figure.ts';
import { QuantileSketch, type QuantileSketchJson } from '#core/profile/quantile-sketch.ts';
import { type Outcomes, pooled } from './outcomes.ts';
import { alphaOf } from './plan.ts';
import type { Experiment, ExperimentState } from './schema.ts';

/** What one arm's requests were in one revision. */
export interface ArmTraffic {
  readonly requests: number;
  readonly serverErrors: number;
  readonly latency: QuantileSketchJson;
}

export interface Evidence {
  readonly outcomes: Outcomes;
  /** By revision, the arms in their order, and the weights that they had. */
  readonly stretches: readonly {
    readonly revision: number;
    readonly weights: readonly number[];
    readonly traffic: readonly ArmTraffic[];
    /** What was assigned to each arm: requests, or units that come back; undefined: not known. */
    readonly assigned: readonly number[] | undefined;
  }[];
  /** What is assigned, in words. */
  readonly unit: 'requests' | 'units';
}

type Measured = Omit<ExperimentState, 'words' | 'evaluatedAt'>;
const NONE = { count: 0, mean: 0, m2: 0 };

/** Everything that an experiment's evidence says, without a verdict. */
export function measure(experiment: Experiment, evidence: Evidence): Measured {
  const { arms, plan } = experiment;
  const isRate = experiment.spec.metric.kind !== 'value-mean';
  const summaries = arms.map(({ variant }) => pooled(evidence.outcomes, variant));
  return {
    progress: Math.min(1, Math.min(...summaries.map(({ count }) => count)) / plan.perArm),
    arms: arms.map((arm, i) => {
      const summary = summaries[i] as MeanSummary;
      return {
        ...arm,
        requests: total(evidence, i, 'requests'),
        outcomes: summary.count,
        estimate: summary.count === 0 ? null : summary.mean,
        interval: armInterval(summary, isRate, experiment),
      };
    }),
    differences: arms.slice(1).map(({ variant }) => differenceOf(experiment, evidence, variant)),
    sampleRatio: sampleRatioOf(evidence),
    guardrails: arms.slice(1).flatMap((_, i) => guardrailsOf(experiment, evidence, i + 1)),
    revisions: evidence.stretches.map(({ revision }) => revision),
  };
}

function armInterval(
  { count, mean, m2 }: MeanSummary,
  isRate: boolean,
  { spec, plan }: Experiment,
) {
  const alpha = spec.alpha;
  if (!isRate) {
    const found = meanInterval({ count, mean, m2 }, { alpha, plannedPerArm: plan.perArm });
    return found ? finite(found) : null;
  }
  return finite(proportionInterval({ successes: Math.round(mean * count), trials: count }, alpha));
}

function differenceOf({ spec, plan, arms }: Experiment, { outcomes }: Evidence, variant: string) {
  const isRate = spec.metric.kind !== 'value-mean';
  const summaryOf = (stratum: Map<string, MeanSummary>, name: string) => {
    const summary = stratum.get(name) ?? NONE;
    if (!isRate) return summary;
    const successes = Math.round(summary.mean * summary.count);
    return countsAsMean({ successes, trials: summary.count });
  };
  const strata = [...outcomes.values()].map((stratum) => ({
    control: summaryOf(stratum, arms[0]?.variant as string),
    treatment: summaryOf(stratum, variant),
  }));
  const test = { alpha: alphaOf(spec), plannedPerArm: plan.perArm };
  const { difference, interval, logEvidence } = compareStrata(strata, test);
  const some = strata.some(({ control, treatment }) => control.count > 0 && treatment.count > 0);
  return {
    ...{ variant, difference: some ? difference : null, interval: finite(interval) },
    pValue: alwaysValidP(logEvidence),
  };
}

function sampleRatioOf({ stretches, unit }: Evidence): Measured['sampleRatio'] {
  const split = stretches.flatMap(({ weights, assigned }) =>
    assigned && weights.every((weight) => weight > 0) ? [{ weights, counts: assigned }] : [],
  );
  if (!split.some(({ counts }) => counts.some((count) => count > 0))) {
    const known = stretches.length === 0 || stretches.some(({ assigned }) => assigned);
    const words = known ? `there were no ${unit} yet` : NOT_CAPTURED;
    return { judged: false, pValue: null, chiSquare: null, words };
  }
  const pValue = alwaysValidP(sampleRatioEvidence(split));
  const last = split.at(-1) as (typeof split)[number];
  const shares = split.map(({ counts }) => counts.join(' : ')).join(', then ');
  const wanted = split.map(({ weights }) => weights.join(' : ')).join(', then ');
  return {
    judged: true,
    ...{ pValue, chiSquare: sampleRatioChiSquare(last).pValue },
    words: `${unit} ${shares} for weights ${wanted}`,
  };
}

const NOT_CAPTURED =
  'not judged: units that come back make many requests each and are counted in captures: set capture.share above 0';

function guardrailsOf({ spec, plan, arms }: Experiment, evidence: Evidence, arm: number) {
  const alpha = alphaOf(spec) / Math.max(1, spec.guardrails.length);
  return spec.guardrails.map(({ metric, limit }) => {
    const interval =
      metric === 'error-rate'
        ? compareProportions(errorsOf(evidence, 0), errorsOf(evidence, arm), alpha).interval
        : compareQuantiles(latencyOf(evidence, 0), latencyOf(evidence, arm), {
            share: Number(metric.slice('latency-p'.length)) / 100,
            ...{ alpha, plannedPerArm: plan.perArm, scale: 'ratio' },
          }).interval;
    const variant = arms[arm]?.variant as string;
    return { variant, metric, limit, interval: finite(interval), broken: interval.lower > limit };
  });
}

const total = ({ stretches }: Evidence, arm: number, what: 'requests' | 'serverErrors') =>
  stretches.reduce((sum, { traffic }) => sum + (traffic[arm]?.[what] ?? 0), 0);

const errorsOf = (evidence: Evidence, arm: number) => ({
  successes: total(evidence, arm, 'serverErrors'),
  trials: total(evidence, arm, 'requests'),
});

const latencyOf = ({ stretches }: Evidence, arm: number): QuantileSketch =>
  stretches.reduce((sketch, { traffic }) => {
    const latency = traffic[arm]?.latency;
    return latency ? sketch.merge(QuantileSketch.from(latency)) : sketch;
  }, new QuantileSketch());

/** JSON has no infinity: null is "not known". */
const finite = ({ lower, upper, level }: Interval) => ({
  lower: Number.isFinite(lower) ? lower : null,
  upper: Number.isFinite(upper) ? upper : null,
  level,
});
