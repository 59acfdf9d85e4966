import {
  CloudWatchClient,
  DeleteDashboardsCommand,
  PutDashboardCommand,
} from '@aws-sdk/client-cloudwatch';
import { ALARM_NAMES, alarmOf } from './alarms.ts';
import { alarmName } from './metrics.ts';
import { settings } from './settings.ts';

const cloudwatch = new CloudWatchClient({});
const NAMESPACE = 'Skiff';
const ACCOUNT = /^arn:([\w-]+):lambda:([\w-]+):(\d{12}):/;

/** CloudWatch takes no dots in these names, and none of ours holds two underscores in a row. */
const nameOf = (endpoint: string): string =>
  `${settings().NAME_PREFIX}-endpoint-${endpoint.replaceAll('.', '__')}`;

/** The dashboard of an endpoint; made anew, it is the same. */
export async function putDashboard(endpoint: string): Promise<void> {
  if (!settings().ENDPOINT_DASHBOARDS) return;
  const DashboardBody = JSON.stringify({ start: '-P1D', widgets: widgetsOf(endpoint) });
  const DashboardName = nameOf(endpoint);
  await cloudwatch.send(new PutDashboardCommand({ DashboardName, DashboardBody }));
}

/** Removing what is not there is no error. */
export async function removeDashboard(endpoint: string): Promise<void> {
  try {
    const DashboardNames = [nameOf(endpoint)];
    await cloudwatch.send(new DeleteDashboardsCommand({ DashboardNames }));
  } catch (error) {
    if (!/NotFound/.test((error as Error).name)) throw error;
  }
}

const HALF = 12;
const HEIGHT = 6;

function widgetsOf(endpoint: string): object[] {
  const [, partition, region, account] = ACCOUNT.exec(settings().RUN_MONITOR_ARN) ?? [];
  const arn = (name: string) =>
    `arn:${partition}:cloudwatch:${region}:${account}:alarm:${alarmName(endpoint, name)}`;
  const of = (metric: string, stat: string) => [
    ...[NAMESPACE, metric, 'Endpoint', endpoint],
    { stat, label: `${metric} ${stat}` },
  ];
  const graphs = [
    graph('Predictions and errors', [of('Predictions', 'Sum'), of('Errors', 'Sum')]),
    graph(
      'Latency in the handler, ms',
      ['p50', 'p95', 'p99'].map((stat) => of('LatencyMs', stat)),
    ),
    graph('Rows', [of('Rows', 'Sum'), of('MonitoredRows', 'Sum')]),
    graph('Drifted share', [of('DriftedShare', 'Maximum')]),
    graph('Worst feature, in times of its threshold', [of('WorstFeature', 'Maximum')]),
    graph('Findings of data quality', [of('QualityFindings', 'Maximum')]),
    graph('Performance lost', [of('PerformanceLoss', 'Maximum')]),
  ];
  return [
    {
      ...{ type: 'alarm', x: 0, y: 0, width: 2 * HALF, height: 3 },
      properties: { title: `Alarms of ${endpoint}`, alarms: ALARM_NAMES.map(arn) },
    },
    ...graphs.map((properties, i) => ({
      ...{ type: 'metric', x: (i % 2) * HALF, y: 3 + Math.floor(i / 2) * HEIGHT },
      ...{ width: HALF, height: HEIGHT },
      properties: { ...properties, region },
    })),
    {
      ...{ type: 'text', x: HALF, y: 3 + 3 * HEIGHT, width: HALF, height: HEIGHT },
      properties: { markdown: runbooks(endpoint) },
    },
  ];
}

const graph = (title: string, metrics: readonly unknown[]) => ({
  ...{ title, metrics, view: 'timeSeries', period: 60 },
});

function runbooks(endpoint: string): string {
  const lines = ALARM_NAMES.map(
    (name) => `- **${name}** ${alarmOf(name).says} docs/runbooks/${alarmOf(name).runbook}.md`,
  );
  return [`Reports: \`GET /api/v1/endpoints/${endpoint}/reports\``, '', ...lines].join('\n');
}
