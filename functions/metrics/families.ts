import { type Family, histogramSamples, type Sample } from '#core/exposition.ts';
import { LATENCY_BOUNDS_MS } from '#core/traffic/latency-buckets.ts';
import type { VariantTraffic } from '#slices/traffic';
import type { EndpointFacts } from './collect.ts';

const BOUNDS_SECONDS = LATENCY_BOUNDS_MS.map((ms) => ms / 1000);

/** Where serving peers have a name for it, it is theirs: docs/health.md says whose. */
export const familiesOf = (all: readonly EndpointFacts[]): Family[] => [
  ...trafficFamilies(all),
  ...servingFamilies(all),
  ...monitorFamilies(all),
];

function trafficFamilies(all: readonly EndpointFacts[]): Family[] {
  const each = (samples: (labels: Labels, traffic: VariantTraffic) => Sample[]) =>
    all.flatMap(({ endpoint, variants }) =>
      variants.flatMap((traffic) => samples(labelsOf(endpoint.name, traffic), traffic)),
    );
  return [
    counter(
      'model_infer_request_success_total',
      'Predictions that were answered, today (UTC).',
      each((labels, { summary: { requests, clientErrors, serverErrors } }) => [
        { labels, value: requests - clientErrors - serverErrors },
      ]),
    ),
    counter(
      'model_infer_request_failure_total',
      'Predictions that were answered with 4xx (client) or 5xx (server), today (UTC).',
      each((labels, { summary: { clientErrors, serverErrors } }) => [
        { labels: { ...labels, reason: 'client' }, value: clientErrors },
        { labels: { ...labels, reason: 'server' }, value: serverErrors },
      ]),
    ),
    {
      name: 'request_predict_seconds',
      type: 'histogram',
      help: 'Time in the handler of predictions that were answered, today (UTC).',
      samples: each(latencySamples),
    },
    counter(
      'skiff_predicted_rows_total',
      'Rows that were predicted, today (UTC).',
      each((labels, { summary }) => [{ labels, value: summary.rows }]),
    ),
    // No counter: a summary that comes late takes back what was missing.
    gauge(
      'skiff_uncounted_requests',
      'Requests that instances numbered and whose summary was lost, today (UTC).',
      all.map(({ endpoint, missing }) => ({ labels: { endpoint: endpoint.name }, value: missing })),
    ),
  ];
}

type Labels = Readonly<Record<string, string>>;

const labelsOf = (
  endpoint: string,
  { variant, model, version }: { variant: string; model: string; version: number },
): Labels => ({ endpoint, variant, model, version: `${version}` });

function latencySamples(labels: Labels, { summary }: VariantTraffic): Sample[] {
  // Merged in another order the sum differs in its last digits, and a counter must never shrink.
  const sum = Math.round(summary.latencySum * 1000) / 1e6;
  const histogram = { bounds: BOUNDS_SECONDS, counts: summary.latencyCounts ?? [], sum };
  return histogramSamples({ model_name: labels.endpoint as string, ...labels }, histogram);
}

function servingFamilies(all: readonly EndpointFacts[]): Family[] {
  const served = all.flatMap(({ endpoint }) =>
    endpoint.variants.map(({ name: variant, model, version, weight }) => ({
      labels: labelsOf(endpoint.name, { variant, model, version }),
      revision: `${endpoint.revision}`,
      weight,
    })),
  );
  return [
    gauge('skiff_endpoints', 'Endpoints that the token may see.', [
      { labels: {}, value: all.length },
    ]),
    gauge(
      'skiff_model_info',
      'What is served now; always 1.',
      served.map(({ labels, revision }) => ({ labels: { ...labels, revision }, value: 1 })),
    ),
    gauge(
      'skiff_variant_weight_ratio',
      'Share of the traffic that a variant is to get.',
      served.map(({ labels, weight }) => ({ labels, value: weight / 100 })),
    ),
  ];
}

function monitorFamilies(all: readonly EndpointFacts[]): Family[] {
  const watched = all.flatMap(({ endpoint: { name: endpoint }, watched: now }) =>
    now ? [{ endpoint, ...now }] : [],
  );
  const judged = watched.flatMap(({ endpoint, report }) => (report ? [{ endpoint, report }] : []));
  const figures = judged.flatMap(({ endpoint, report }) =>
    report.alarms.map(({ alarm, ...figure }) => ({ labels: { endpoint, alarm }, ...figure })),
  );
  return [
    gauge(
      'skiff_alarm_raised',
      'Whether an alarm of the monitor is raised: 1 or 0.',
      watched.flatMap(({ endpoint, alarms }) =>
        alarms.map(({ name, raised }) => ({
          labels: { endpoint, alarm: name },
          value: raised ? 1 : 0,
        })),
      ),
    ),
    gauge(
      'skiff_monitor_figure',
      'What an alarm is about, of the newest window; drift-share is the share of drifted features.',
      figures.flatMap(({ labels, value }) => (value === null ? [] : [{ labels, value }])),
    ),
    gauge(
      'skiff_monitor_threshold',
      'Beyond which a figure is out of bounds.',
      figures.map(({ labels, threshold: value }) => ({ labels, value })),
    ),
    gauge(
      'skiff_monitor_performance',
      'Accuracy or mean absolute error in the newest window, by its labels.',
      judged.flatMap(({ endpoint, report: { performance } }) =>
        performance
          ? [{ labels: { endpoint, metric: performance.metric }, value: performance.value }]
          : [],
      ),
    ),
    gauge(
      'skiff_monitor_rows',
      'Captured rows of the newest window.',
      judged.map(({ endpoint, report }) => ({ labels: { endpoint }, value: report.rows })),
    ),
    gauge(
      'skiff_monitor_window_end_timestamp_seconds',
      'When the newest window ended.',
      judged.map(({ endpoint, report }) => ({
        labels: { endpoint },
        value: Date.parse(report.to) / 1000,
      })),
    ),
  ];
}

const counter = (name: string, help: string, samples: readonly Sample[]): Family => ({
  ...{ name, type: 'counter', help, samples },
});
const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
  ...{ name, type: 'gauge', help, samples },
});
