import type { Experiment, ExperimentState, Verdict } from './schema.ts';

/** Chance of seeing a broken assignment where there is none: an experiment ends over it. */
const SAMPLE_RATIO_ALPHA = 0.01;

type Measured = Omit<ExperimentState, 'words' | 'evaluatedAt'>;
type Difference = Measured['differences'][number];

/**
 * Whether the experiment is over, and why: first what makes it worthless, then what it found, then
 * what ends it without a finding. Undefined: it goes on.
 */
export function judge(
  experiment: Experiment,
  measured: Measured,
  { now, changed }: { now: Date; changed?: string | undefined },
): Verdict | undefined {
  if (changed !== undefined) return { code: 'changed', words: changed };
  const broken = measured.guardrails.find((guardrail) => guardrail.broken);
  if (broken) return guardrailVerdict(broken);
  const { sampleRatio } = measured;
  if ((sampleRatio.pValue ?? 1) < SAMPLE_RATIO_ALPHA) {
    const words = `traffic was not split as it should be (${sampleRatio.words}, p ${figure(sampleRatio.pValue)}): look for what loses requests of one variant; the outcomes cannot be trusted`;
    return { code: 'sample-ratio-mismatch', words };
  }
  return effectVerdict(experiment, measured) ?? endVerdict(experiment, measured, now);
}

function guardrailVerdict(broken: Measured['guardrails'][number]): Verdict {
  const { variant, metric, limit, interval } = broken;
  const [by, of] = metric === 'error-rate' ? ['more than', ''] : ['times', ' times'];
  const words = `${variant} broke the guardrail on ${metric}: it is at least ${figure(interval.lower)} ${by} that of the control, where ${limit}${of} is the limit`;
  return { code: 'guardrail-broken', variant, words };
}

function effectVerdict(experiment: Experiment, { differences, arms }: Measured) {
  const sign = experiment.spec.direction === 'increase' ? 1 : -1;
  const isBetter = ({ interval: { lower, upper } }: Difference) =>
    sign > 0 ? (lower ?? -1) > 0 : (upper ?? 1) < 0;
  const isWorse = ({ interval: { lower, upper } }: Difference) =>
    sign > 0 ? (upper ?? 1) < 0 : (lower ?? -1) > 0;
  const size = ({ difference }: Difference) => sign * (difference ?? 0);
  const [best] = differences.filter(isBetter).sort((a, b) => size(b) - size(a));
  if (best) return effect('treatment-better', best, experiment, arms);
  if (!differences.every(isWorse)) return undefined;
  return effect('control-better', differences[0] as Difference, experiment, arms);
}

function effect(
  code: 'treatment-better' | 'control-better',
  found: Difference,
  { arms: [control], spec }: Experiment,
  arms: Measured['arms'],
): Verdict {
  const name = control?.variant as string;
  const [winner, loser] =
    code === 'treatment-better' ? [found.variant, name] : [name, found.variant];
  const of = (variant: string) => arms.find((arm) => arm.variant === variant);
  const estimates = `${figure(of(winner)?.estimate)} against ${figure(of(loser)?.estimate)}`;
  const counts = `${of(winner)?.outcomes} and ${of(loser)?.outcomes} outcomes`;
  const words = `${winner} is better than ${loser} in ${spec.metric.kind}: ${estimates}, ${differenceWords(found)}, after ${counts}`;
  return { code, variant: winner, words };
}

function endVerdict({ plan, endsBy, spec }: Experiment, measured: Measured, now: Date) {
  const found = measured.differences
    .map((difference) => `${difference.variant}: ${differenceWords(difference)}`)
    .join('; ');
  if (measured.progress >= 1) {
    const words = `no difference was found with ${plan.perArm} outcomes per arm, enough to find ${spec.minimumDetectableEffect} in ${100 * spec.power} of 100 cases (${found})`;
    return { code: 'no-difference', words } as const;
  }
  if (now < new Date(endsBy)) return undefined;
  const words = `${spec.maxDays} days were over with ${Math.round(100 * measured.progress)} % of the outcomes planned, and no difference was found (${found})`;
  return { code: 'out-of-time', words } as const;
}

function differenceWords({ difference, interval: { lower, upper, level } }: Difference): string {
  if (difference === null) return 'no outcomes';
  const sign = difference > 0 ? '+' : '';
  if (lower === null || upper === null) return `${sign}${figure(difference)}, too few to say more`;
  const percent = Number((100 * level).toPrecision(4));
  return `difference ${sign}${figure(difference)} (${percent} % interval ${figure(lower)} to ${figure(upper)})`;
}

/** How it stands, while it goes on. */
export function standing({ plan }: Experiment, { arms, differences }: Measured): string {
  const outcomes = arms.map(({ variant, outcomes: n }) => `${variant} ${n}`).join(', ');
  const found = differences.map((d) => `${d.variant}: ${differenceWords(d)}`).join('; ');
  return `no verdict yet: outcomes ${outcomes} of ${plan.perArm} planned; ${found}`;
}

const figure = (value: number | null | undefined): string =>
  value === null || value === undefined ? '?' : String(Number(value.toPrecision(3)));
