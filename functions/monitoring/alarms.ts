import type { AlarmState } from '#core/monitoring/alarm.ts';
import type { EventName } from '../../events/catalogue.ts';

interface Alarm {
  /** The figure that it is about, as the metric is called. */
  readonly metric: string;
  readonly runbook: string;
  readonly says: string;
  /** Tells the bus. */
  readonly event?: Extract<
    EventName,
    'DriftDetected' | 'PerformanceDegraded' | 'DataQualityViolated'
  >;
  /** Shows in the window where it happens and not in those after: one of them is enough. */
  readonly once?: boolean;
}

/** What each monitor watches, window by window. */
export const ALARMS = {
  'drift-share': {
    metric: 'DriftedShare',
    runbook: 'drift',
    says: 'So many features have moved that the data as a whole have drifted.',
    event: 'DriftDetected',
  },
  'worst-feature': {
    metric: 'WorstFeature',
    runbook: 'drift',
    says: 'One feature has moved far beyond its threshold.',
    event: 'DriftDetected',
  },
  'multivariate-drift': {
    metric: 'MultivariateDrift',
    runbook: 'drift',
    says: 'Rows as a whole have moved, even where no feature alone shows it.',
    event: 'DriftDetected',
  },
  'data-quality': {
    metric: 'QualityFindings',
    runbook: 'data-quality',
    says: 'Values are missing, unknown, out of range or all the same.',
    event: 'DataQualityViolated',
  },
  'accuracy-drop': {
    metric: 'PerformanceLoss',
    runbook: 'performance-degraded',
    says: 'Predictions are worse than they were when the version was examined.',
    event: 'PerformanceDegraded',
  },
  'concept-drift': {
    metric: 'ConceptDrifts',
    runbook: 'concept-drift',
    says: 'Errors have grown for good: the relation of inputs and truth has changed.',
    event: 'DriftDetected',
    once: true,
  },
  'error-rate': {
    metric: 'ErrorRate',
    runbook: 'endpoint-errors',
    says: 'Too many requests are answered with 5xx.',
  },
  'p95-latency': {
    metric: 'P95Latency',
    runbook: 'endpoint-latency',
    says: 'The slowest twentieth of the requests takes too long.',
  },
  'no-traffic': {
    metric: 'MonitoredRequests',
    runbook: 'no-traffic',
    says: 'Fewer requests come than are to be expected.',
  },
} as const satisfies Record<string, Alarm>;

export type AlarmName = keyof typeof ALARMS;
export const ALARM_NAMES = Object.keys(ALARMS) as AlarmName[];
export const alarmOf = (name: AlarmName): Alarm => ALARMS[name];

export type AlarmStates = Partial<Record<AlarmName, AlarmState>>;
