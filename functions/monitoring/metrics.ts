import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { ALARM_NAMES, type AlarmName, type AlarmStates, alarmOf } from './alarms.ts';
import type { AlarmFigure, ReportContent } from './report-schema.ts';
import { settings } from './settings.ts';

const cloudwatch = new CloudWatchClient({});
const NAMESPACE = 'Skiff';

/** Names of endpoints hold no slash: no alarm of one is that of another. */
const allName = (endpoint: string): string => `${settings().NAME_PREFIX}-monitor/${endpoint}`;
export const alarmName = (endpoint: string, alarm: string): string =>
  `${allName(endpoint)}/${alarm}`;
const raisedMetric = (alarm: AlarmName): string => `${alarmOf(alarm).metric}Raised`;
const dimensions = (endpoint: string) => [{ Name: 'Endpoint', Value: endpoint }];

/** The alarms of an endpoint; made anew, they are the same. */
export async function putAlarms(endpoint: string): Promise<void> {
  const { ALARM_TOPIC: topic, COMPOSITE_ALARMS: composite } = settings();
  const actions = topic ? { AlarmActions: [topic], OKActions: [topic] } : {};
  for (const alarm of ALARM_NAMES) {
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: alarmName(endpoint, alarm),
        AlarmDescription: describe(endpoint, alarmOf(alarm).says, alarmOf(alarm).runbook),
        ...{ Namespace: NAMESPACE, MetricName: raisedMetric(alarm) },
        ...{ Dimensions: dimensions(endpoint), Statistic: 'Maximum' },
        // How many windows of how many must be out of bounds was decided when the metric was put.
        ...{ Period: 60, EvaluationPeriods: 1, Threshold: 1 },
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        // Between two windows nothing has changed.
        TreatMissingData: 'ignore',
        ...(!composite && actions),
      }),
    );
  }
  if (!composite) return;
  await cloudwatch.send(
    new PutCompositeAlarmCommand({
      AlarmName: allName(endpoint),
      AlarmDescription: describe(endpoint, 'Something is wrong.', 'endpoint-monitor'),
      AlarmRule: ALARM_NAMES.map((alarm) => `ALARM("${alarmName(endpoint, alarm)}")`).join(' OR '),
      ...actions,
    }),
  );
}

const describe = (endpoint: string, says: string, runbook: string): string =>
  `Endpoint ${endpoint}: ${says} What to do: docs/runbooks/${runbook}.md`;

export async function removeAlarms(endpoint: string): Promise<void> {
  const AlarmNames = ALARM_NAMES.map((alarm) => alarmName(endpoint, alarm));
  if (settings().COMPOSITE_ALARMS) AlarmNames.unshift(allName(endpoint));
  await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames }));
}

/**
 * The figures of a window, at its end; of a later revision those that the one before could not tell,
 * or had only estimated.
 */
export async function putFigures(
  { endpoint, to, alarms, rows }: ReportContent,
  before: ReportContent['alarms'] = [],
): Promise<void> {
  const sourceOf = ({ alarm, estimated }: AlarmFigure) => `${alarm}:${estimated ?? false}`;
  const told = new Set(before.filter(({ value }) => value !== null).map(sourceOf));
  const common = {
    Dimensions: dimensions(endpoint),
    Timestamp: new Date(to),
    Unit: 'None',
  } as const;
  const figures = alarms.flatMap((figure) =>
    figure.value === null || told.has(sourceOf(figure))
      ? []
      : [{ ...common, MetricName: alarmOf(figure.alarm).metric, Value: figure.value }],
  );
  const MetricData =
    before.length > 0
      ? figures
      : [...figures, { ...common, MetricName: 'MonitoredRows', Value: rows }];
  if (MetricData.length === 0) return;
  await cloudwatch.send(new PutMetricDataCommand({ Namespace: NAMESPACE, MetricData }));
}

/** Which alarms are raised now: 1 or 0 each, whatever was or was not put before. */
export async function putRaised(endpoint: string, states: AlarmStates): Promise<void> {
  const MetricData = ALARM_NAMES.map((alarm) => ({
    MetricName: raisedMetric(alarm),
    Dimensions: dimensions(endpoint),
    Value: states[alarm]?.isRaised ? 1 : 0,
  }));
  await cloudwatch.send(new PutMetricDataCommand({ Namespace: NAMESPACE, MetricData }));
}
