import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import type { Budget } from './schema.ts';
import { settings } from './settings.ts';

const cloudwatch = new CloudWatchClient({});
const NAMESPACE = 'Skiff';
const USED = 'BudgetUsed';
/** How often budgets are looked at. */
export const CHECK_MINUTES = 15;

const nameOf = (endpoint: string): string => `${settings().ALARM_PREFIX}-budget-${endpoint}`;
const dimensions = (endpoint: string) => [{ Name: 'Endpoint', Value: endpoint }];

/** Rings when the endpoint has used up its budget; made anew, it is the same. */
export async function putAlarm({ endpoint, amount, period }: Budget): Promise<void> {
  const { ALARM_TOPIC: topic } = settings();
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: nameOf(endpoint),
      AlarmDescription: `The endpoint ${endpoint} has cost more than its budget of $${amount} a ${period}. What to do: docs/runbooks/budget-exceeded.md`,
      ...{ Namespace: NAMESPACE, MetricName: USED, Dimensions: dimensions(endpoint) },
      ...{ Statistic: 'Maximum', Period: CHECK_MINUTES * 60, EvaluationPeriods: 1 },
      ...{ Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold' },
      // Between two looks nothing has changed.
      TreatMissingData: 'ignore',
      ...(topic && { AlarmActions: [topic], OKActions: [topic] }),
    }),
  );
}

export async function removeAlarm(endpoint: string): Promise<void> {
  await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [nameOf(endpoint)] }));
}

/** @param spent US dollars in the period so far */
export async function putSpent({ endpoint, amount }: Budget, spent: number): Promise<void> {
  const Dimensions = dimensions(endpoint);
  await cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: NAMESPACE,
      MetricData: [
        { MetricName: USED, Dimensions, Value: spent / amount, Unit: 'None' },
        { MetricName: 'Cost', Dimensions, Value: spent, Unit: 'None' },
      ],
    }),
  );
}
