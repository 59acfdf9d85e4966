import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { exposition } from '#core/exposition.ts';
import { TrafficTally } from '#core/traffic/summary.ts';
import { examples as deployments } from '../../../functions/deployments/examples.ts';
import { Endpoint } from '../../../functions/deployments/schema.ts';
import type { EndpointFacts } from '../../../functions/metrics/collect.ts';
import { familiesOf } from '../../../functions/metrics/families.ts';
import { ALARM_NAMES } from '../../../functions/monitoring/alarms.ts';
import { examples as monitoring } from '../../../functions/monitoring/examples.ts';
import type { ReportSummary } from '../../../functions/monitoring/report-schema.ts';

const tally = new TrafficTally();
for (const [i, status] of [200, 200, 200, 404, 503].entries()) {
  tally.addRequest({ status, rows: 2, latencyMs: 0.3 * (i + 1) });
}

const endpoint = Endpoint.parse(deployments.putEndpoint?.answer);
const report = monitoring.runMonitor?.answer as ReportSummary;
const facts: EndpointFacts = {
  endpoint,
  variants: [
    {
      ...{ variant: 'default', model: 'm', version: 2, revisions: [1], shadow: false },
      summary: tally.toJSON(),
    },
  ],
  missing: 4,
  watched: {
    alarms: ALARM_NAMES.map((name) => ({ name, raised: name === 'drift-share' })),
    report,
  },
};
const text = exposition(familiesOf([facts]));

describe('the metrics of an endpoint', () => {
  it('tell answers, failures by side, rows and latency', () => {
    const labels = `endpoint="${endpoint.name}",variant="default",model="m",version="2"`;
    for (const line of [
      `model_infer_request_success_total{${labels}} 3`,
      `model_infer_request_failure_total{${labels},reason="client"} 1`,
      `model_infer_request_failure_total{${labels},reason="server"} 1`,
      `skiff_predicted_rows_total{${labels}} 6`,
      `request_predict_seconds_bucket{model_name="${endpoint.name}",${labels},le="0.0005"} 1`,
      `request_predict_seconds_bucket{model_name="${endpoint.name}",${labels},le="0.001"} 3`,
      `request_predict_seconds_sum{model_name="${endpoint.name}",${labels}} 0.0018`,
      `skiff_uncounted_requests{endpoint="${endpoint.name}"} 4`,
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  it('call a counter nothing that can shrink', () => {
    expect(text).toContain('# TYPE skiff_uncounted_requests gauge\n');
  });

  it('tell what its monitor saw last', () => {
    const of = `endpoint="${endpoint.name}",alarm="drift-share"`;
    const figure = report.alarms.find(({ alarm }) => alarm === 'drift-share');
    expect(text).toContain(`skiff_alarm_raised{${of}} 1\n`);
    expect(text).toContain(`skiff_monitor_figure{${of}} ${figure?.value}\n`);
    expect(text).toContain(`skiff_monitor_threshold{${of}} ${figure?.threshold}\n`);
    expect(text).toContain(`skiff_monitor_rows{endpoint="${endpoint.name}"} ${report.rows}\n`);
  });

  it('say so where there is no endpoint', () => {
    expect(familiesOf([]).flatMap(({ samples }) => samples)).toEqual([{ labels: {}, value: 0 }]);
  });
});

describe('the dashboard for Grafana', () => {
  const file = join(import.meta.dirname, '../../../infra/grafana/skiff.json');
  const dashboard = readFileSync(file, 'utf8');
  const { panels, templating } = JSON.parse(dashboard);
  const names = new Set(
    familiesOf([]).flatMap(({ name, type }) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((s) => name + s) : [name],
    ),
  );
  const expressions: string[] = [
    ...panels.flatMap((panel: any) => (panel.targets ?? []).map((target: any) => target.expr)),
    ...templating.list.flatMap(({ query }: any) => query.query ?? []),
  ];

  it('asks for metrics and labels that are there, and for all of them', () => {
    const asked = new Set(
      expressions.flatMap((e) => e.match(/\b(skiff|model_infer|request_predict)_\w+/g) ?? []),
    );
    expect([...asked].filter((name) => !names.has(name))).toEqual([]);
    const families = familiesOf([]).filter(
      ({ name }) => ![...asked].some((a) => a.startsWith(name)),
    );
    expect(families.map(({ name }) => name)).toEqual([]);
    const labels = expressions.flatMap((e) => [...e.matchAll(/(\w+)\s*=~?"/g)].map((m) => m[1]));
    const known = ['endpoint', 'variant', 'model', 'version', 'alarm', 'reason', 'metric'];
    expect(labels.filter((label) => !known.includes(label as string))).toEqual([]);
  });
});
