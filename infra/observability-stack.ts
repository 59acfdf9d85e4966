import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Config } from './config.ts';
import type { PlatformFunction } from './constructs/platform-function.ts';
import type { DataStack } from './data-stack.ts';
import type { NotebooksStack } from './notebooks-stack.ts';
import type { PlatformStack } from './platform-stack.ts';
import { nameOf } from './stream-config.ts';

interface ObservabilityProps extends StackProps {
  readonly config: Config;
  readonly data: DataStack;
  readonly platform: PlatformStack;
  readonly notebooks: NotebooksStack;
}

/** When an alarm rings; what to do then is in docs/runbooks/<runbook>.md. */
interface Watch {
  readonly id: string;
  readonly runbook: string;
  readonly says: string;
  readonly metric: cloudwatch.Metric;
  readonly threshold: number;
  readonly periods: number;
}

/** Watches table, functions, queues and API, and shows them on one dashboard. */
export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id, props);
    const watches = [
      ...apiWatches(props.platform),
      ...functionWatches(functionsOf(props)),
      ...workflowWatches(props.platform),
      ...queueWatches(props),
      ...streamWatches(props.platform),
      ...tableWatches(props.data),
    ];
    const alarms = watches.map((watch) => this.addAlarm(watch, props.platform.alarms));
    this.addDashboard(props, alarms);
  }

  private addAlarm(watch: Watch, topic: sns.ITopic): cloudwatch.Alarm {
    const alarm = new cloudwatch.Alarm(this, watch.id, {
      alarmDescription: `${watch.says} What to do: docs/runbooks/${watch.runbook}.md`,
      metric: watch.metric,
      threshold: watch.threshold,
      evaluationPeriods: watch.periods,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(topic));
    alarm.addOkAction(new SnsAction(topic));
    return alarm;
  }

  private addDashboard(props: ObservabilityProps, alarms: cloudwatch.Alarm[]): void {
    const { platform, data } = props;
    const functions = Object.values(functionsOf(props));
    const graph = (title: string, left: cloudwatch.IMetric[]) =>
      new cloudwatch.GraphWidget({ title, left, width: 12 });
    new cloudwatch.Dashboard(this, 'Platform', {
      widgets: [
        [new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms, width: 24 })],
        [
          graph('Requests', [
            platform.api.metricCount(),
            platform.api.metricClientError(),
            platform.api.metricServerError(),
          ]),
          graph('Latency', [
            platform.api.metricLatency({ statistic: 'p50' }),
            platform.api.metricLatency({ statistic: 'p99' }),
          ]),
        ],
        [
          graph(
            'Function errors',
            functions.map((fn) => fn.metricErrors()),
          ),
          graph(
            'Function duration, p95',
            functions.map((fn) => fn.metricDuration({ statistic: 'p95' })),
          ),
        ],
        [
          graph('Table, read units', [data.table.metricConsumedReadCapacityUnits()]),
          graph('Table, write units', [data.table.metricConsumedWriteCapacityUnits()]),
        ],
      ],
    });
  }
}

const FIVE_MINUTES = { period: Duration.minutes(5), statistic: 'Sum' };

const apiWatches = ({ api }: PlatformStack): Watch[] => [
  {
    id: 'ApiServerErrors',
    runbook: 'api-server-errors',
    says: 'The API answers with 5xx.',
    metric: api.metricServerError(FIVE_MINUTES),
    threshold: 5,
    periods: 1,
  },
];

const functionsOf = ({ platform, notebooks }: ObservabilityProps) => ({
  ...platform.functions,
  ...notebooks.functions,
});

const functionWatches = (functions: Record<string, PlatformFunction>): Watch[] =>
  Object.entries(functions).flatMap(([name, fn]) => [
    {
      id: `${name}Errors`,
      runbook: 'function-errors',
      says: `The function ${name} fails.`,
      metric: fn.metricErrors(FIVE_MINUTES),
      threshold: 1,
      periods: 2,
    },
    {
      id: `${name}Throttles`,
      runbook: 'function-throttles',
      says: `The function ${name} is throttled.`,
      metric: fn.metricThrottles(FIVE_MINUTES),
      threshold: 1,
      periods: 2,
    },
  ]);

const workflowWatches = ({ stateMachines }: PlatformStack): Watch[] =>
  Object.entries(stateMachines).flatMap(([name, machine]) => {
    const watch = { runbook: 'workflow-failures', threshold: 1, periods: 1 };
    return [
      {
        ...watch,
        id: `${name}WorkflowFailed`,
        says: `Executions of the workflow ${name} break off.`,
        metric: machine.metricFailed(FIVE_MINUTES),
      },
      {
        ...watch,
        id: `${name}WorkflowTimedOut`,
        says: `Executions of the workflow ${name} run out of time.`,
        metric: machine.metricTimedOut(FIVE_MINUTES),
      },
    ];
  });

const queueWatches = ({
  platform: { functions, deadLetterQueues },
  notebooks,
}: ObservabilityProps): Watch[] => [
  ...Object.entries({ ...deadLetterQueues, ...notebooks.deadLetterQueues }).map(
    ([name, queue]) => ({
      id: `${name}DeadLettersDepth`,
      runbook: 'dead-letters',
      says: `Work of ${name} failed every attempt.`,
      metric: queue.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(1),
        statistic: 'Maximum',
      }),
      threshold: 1,
      periods: 1,
    }),
  ),
  {
    id: 'EventsLate',
    runbook: 'events-late',
    says: 'Events reach the bus more than five minutes late.',
    metric: (functions.PublishEvents as NonNullable<(typeof functions)[string]>).metric(
      'IteratorAge',
      {
        period: Duration.minutes(5),
        statistic: 'Maximum',
      },
    ),
    threshold: 5 * 60 * 1000,
    periods: 1,
  },
  {
    id: 'AuditChainLate',
    runbook: 'audit-chain',
    says: 'Audit entries become part of the chain more than ten minutes late.',
    metric: (functions.ChainAudit as NonNullable<(typeof functions)[string]>).metric(
      'IteratorAge',
      { period: Duration.minutes(5), statistic: 'Maximum' },
    ),
    threshold: 10 * 60 * 1000,
    periods: 1,
  },
];

const streamWatches = ({ streams }: PlatformStack): Watch[] =>
  Object.entries(streams).flatMap(([id, { stream, lag, unitsPerSecond, rejects }]) => [
    {
      id: `${id}Late`,
      runbook: 'stream-late',
      says: `Records of the stream ${nameOf(stream)} wait for ${stream.lagSeconds} seconds or more.`,
      metric: lag,
      threshold: stream.lagSeconds * unitsPerSecond,
      periods: 3,
    },
    {
      id: `${id}Rejected`,
      runbook: 'stream-rejects',
      says: `Records of the stream ${nameOf(stream)} cannot be scored.`,
      metric: rejects.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(1),
        statistic: 'Maximum',
      }),
      threshold: 1,
      periods: 1,
    },
  ]);

const tableWatches = ({ table }: DataStack): Watch[] => [
  {
    id: 'TableThrottles',
    runbook: 'table-throttles',
    says: 'The table refuses requests for load.',
    metric: table.metric('ThrottledRequests', FIVE_MINUTES),
    threshold: 1,
    periods: 2,
  },
];
