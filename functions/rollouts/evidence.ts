import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import type { MeanSummary } from '#core/experiments/means.ts';
import { mergeMoments, NO_MOMENTS } from '#core/profile/moments.ts';
import { QuantileSketch } from '#core/profile/quantile-sketch.ts';
import { TrafficTally } from '#core/traffic/summary.ts';
import { pooled, readOutcomes } from '#slices/experiments';
import { readTraffic, type VariantTraffic } from '#slices/traffic';
import type { Arm, Evidence } from './judge.ts';
import type { RolloutRecord } from './schema.ts';

const cloudWatch = new CloudWatchClient({});

/** What both sides did since the step began. */
export async function readEvidence(record: RolloutRecord, now: Date): Promise<Evidence> {
  const { endpoint, stepStartedAt, criteria, endpointRevision: revision } = record;
  // A step is a revision: what is in its first minute of the one before does not count.
  const span = { from: Date.parse(stepStartedAt as string), to: now.getTime() + 60_000, revision };
  const [during, ringing, feedback] = await Promise.all([
    readTraffic(endpoint, span),
    ringingAlarms(criteria.alarms),
    readFeedback(record, span),
  ]);
  const [old, fresh] = split(record, during.variants);
  const withoutControl = record.steps[record.step] === 100;
  const earlier = earlierSpan(record, span.to - span.from);
  return {
    old: withoutControl
      ? {
          ...armOf(await before(record, earlier)),
          feedback: (await readFeedback(record, earlier)).old,
        }
      : { ...armOf(old), feedback: feedback.old },
    fresh: { ...armOf(fresh), feedback: feedback.fresh },
    ringing,
    whole: withoutControl,
  };
}

/** Where all the traffic moved at once, the old side is what it was before that. */
async function before(record: RolloutRecord, span: Span): Promise<VariantTraffic[]> {
  const { variants } = await readTraffic(record.endpoint, span);
  return split(record, variants)[0];
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly revision: number;
}

function earlierSpan({ createdAt, startedFrom }: RolloutRecord, length: number): Span {
  const to = Date.parse(createdAt);
  return { from: to - length, to: to + 60_000, revision: startedFrom.revision };
}

function split(
  { variant, model, version }: RolloutRecord,
  all: readonly VariantTraffic[],
): [old: VariantTraffic[], fresh: VariantTraffic[]] {
  const live = all.filter(({ shadow }) => !shadow);
  const isFresh = (one: VariantTraffic) =>
    one.variant === variant && one.model === model && one.version === version;
  return [live.filter((one) => !isFresh(one)), live.filter(isFresh)];
}

/** What became of the predictions of this step, so far as feedback has come in. */
async function readFeedback(
  { endpoint, criteria, startedFrom, variant, model, version }: RolloutRecord,
  { from, to, revision }: Span,
): Promise<{ old?: MeanSummary; fresh?: MeanSummary }> {
  if (!criteria.feedback) return {};
  const old = startedFrom.variants.map((one) => ({ ...one, variant: one.name }));
  const outcomes = await readOutcomes({
    ...{ endpoint, kind: criteria.feedback.metric, from, to },
    // What runs on SageMaker under a name of its own has no version here.
    arms: [...old, { variant, model, version }].filter((arm) => arm.version > 0),
    revisions: new Set([revision]),
  });
  const all = old.reduce(
    (sum, { name }) => mergeMoments(sum, { ...NO_MOMENTS, ...pooled(outcomes, name) }),
    NO_MOMENTS,
  );
  return { old: all, fresh: pooled(outcomes, variant) };
}

function armOf(variants: readonly VariantTraffic[]): Omit<Arm, 'feedback'> {
  const tally = new TrafficTally();
  for (const { summary } of variants) tally.merge(summary);
  const { requests, clientErrors, serverErrors, latency, outputs } = tally.toJSON();
  return {
    // What a caller got wrong says nothing about the version.
    requests: requests - clientErrors,
    failures: serverErrors,
    latency: QuantileSketch.from(latency),
    outputs,
  };
}

/** An alarm that does not exist does not ring; whoever starts the rollout is told at once. */
export async function ringingAlarms(names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const found = await describeAlarms(names);
  return found.filter(({ StateValue }) => StateValue === 'ALARM').map((a) => a.AlarmName as string);
}

/** @returns those of the names that there is no alarm of */
export async function unknownAlarms(names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const found = new Set((await describeAlarms(names)).map(({ AlarmName }) => AlarmName));
  return names.filter((name) => !found.has(name));
}

async function describeAlarms(names: readonly string[]) {
  const command = new DescribeAlarmsCommand({
    AlarmNames: [...names],
    AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
  });
  const { MetricAlarms = [], CompositeAlarms = [] } = await cloudWatch.send(command);
  return [...MetricAlarms, ...CompositeAlarms];
}
