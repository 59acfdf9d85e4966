import * as z from 'zod';

/**
 * The events on the bus: `source` is `skiff`, `detail-type` the name here. Fields are only ever
 * added; a change that consumers must notice gets a new name. Samples lie in `events/bus/`.
 */
const Happened = z.object({
  /** Id of the audit entry that the event came from: the same event twice has the same id. */
  id: z.string(),
  at: z.iso.datetime(),
  actor: z.string(),
});

const OfModel = Happened.extend({ model: z.string() });
const OfVersion = OfModel.extend({ version: z.int().positive() });
const OfEndpoint = Happened.extend({ endpoint: z.string(), revision: z.int().positive() });
/** The name and scopes of an API token; its text is in no event. */
const OfToken = Happened.extend({
  token: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
});

const OfJob = Happened.extend({
  job: z.string(),
  status: z.string(),
  attempt: z.int().positive(),
  endpoint: z.string().optional(),
  model: z.string().optional(),
  version: z.int().positive().optional(),
});

const OfEndpointNow = OfEndpoint.extend({
  variants: z.array(
    z.object({ name: z.string(), model: z.string(), version: z.int(), weight: z.number() }),
  ),
  reason: z.string().optional(),
});
const OfBudget = Happened.extend({ endpoint: z.string() });
/** US dollars in a day or month. */
const Amount = { amount: z.number(), period: z.enum(['day', 'month']) };

/** Something is wrong with an endpoint; in words what. */
const Alert = Happened.extend({ endpoint: z.string(), reason: z.string() });
const OfReport = Alert.extend({ report: z.string() });
const OfRollout = OfVersion.extend({
  endpoint: z.string(),
  rollout: z.string(),
  /** Counts the executions of its workflow. */
  generation: z.int().positive(),
  status: z.string(),
  /** Percent that the new version has. */
  weight: z.number(),
  reason: z.string().optional(),
});
/** Where to is told by the host alone: the rest of a URL may be a secret. */
const OfWebhook = Happened.extend({
  webhook: z.string(),
  host: z.string(),
  events: z.array(z.string()),
});
const OfMonitor = Happened.extend({ endpoint: z.string() });

export const catalogue = {
  ModelRegistered: OfModel.extend({ task: z.string() }),
  ModelUpdated: OfModel,
  ModelDeleted: OfModel,
  ModelVersionRegistered: OfVersion.extend({ artifactSha256: z.string() }),
  /** It has a number and cannot be served: not ONNX (`kept`), or not registered yet (`pending`). */
  ModelVersionKept: OfVersion.extend({ status: z.enum(['kept', 'pending']), why: z.string() }),
  ModelVersionUpdated: OfVersion.extend({
    status: z.string(),
    /** Those that changed, cut to 5000 characters; null: taken away. */
    tags: z.record(z.string(), z.string().nullable()).optional(),
  }),
  ValidationRequested: OfVersion.extend({ validation: z.string() }),
  ValidationFinished: OfVersion.extend({ validation: z.string(), status: z.string() }),
  ModelCardUpdated: OfVersion.extend({ revision: z.int().positive() }),
  PolicyUpdated: Happened.extend({ policy: z.string(), revision: z.int().positive() }),
  AliasMoved: OfVersion.extend({ alias: z.string(), from: z.int().positive().nullable() }),
  AliasRemoved: OfVersion.extend({ alias: z.string() }),
  DatasetRegistered: Happened.extend({
    dataset: z.string(),
    digest: z.string(),
    role: z.string(),
    rows: z.int(),
  }),
  DatasetDeleted: Happened.extend({ dataset: z.string() }),
  EndpointUpdated: OfEndpointNow,
  EndpointRolledBack: OfEndpointNow.extend({
    restoredFrom: z.int().positive(),
    /** Absent where the endpoint was deleted. */
    rolledBackFrom: z.int().positive().optional(),
  }),
  EndpointDeleted: OfEndpoint,
  BundleCreated: OfEndpoint.extend({ sha256: z.string(), rollout: z.number() }),
  BundleRolloutUpdated: OfEndpoint.extend({ rollout: z.number() }),
  /** An experiment or a run of MLflow clients. */
  TrackingChanged: Happened.extend({
    workspace: z.string(),
    experiment: z.string(),
    /** Absent where it is the experiment itself. */
    run: z.string().optional(),
    change: z.enum(['created', 'renamed', 'deleted', 'restored']),
  }),
  BudgetUpdated: OfBudget.extend(Amount),
  BudgetRemoved: OfBudget,
  BudgetExceeded: OfBudget.extend({ ...Amount, spent: z.number(), in: z.string() }),
  ExperimentStarted: Happened.extend({
    endpoint: z.string(),
    experiment: z.string(),
    control: z.string(),
    treatments: z.array(z.string()),
  }),
  ExperimentEnded: Happened.extend({
    endpoint: z.string(),
    experiment: z.string(),
    verdict: z.string(),
    variant: z.string().optional(),
    words: z.string(),
  }),
  MonitorUpdated: OfMonitor.extend({ revision: z.int().positive() }),
  MonitorRemoved: OfMonitor,
  MonitorCompleted: OfMonitor.extend({ report: z.string(), status: z.string() }),
  DriftDetected: OfReport,
  PerformanceDegraded: OfReport,
  DataQualityViolated: OfReport,
  JobRequested: OfJob,
  JobStarted: OfJob,
  JobFinished: OfJob,
  RolloutStarted: OfRollout,
  RolloutAdvanced: OfRollout,
  RolloutPaused: OfRollout,
  RolloutResumed: OfRollout,
  RolloutEnded: OfRollout,
  GuardUpdated: OfEndpoint,
  TokenCreated: OfToken,
  TokenRevoked: OfToken,
  WebhookCreated: OfWebhook,
  WebhookUpdated: OfWebhook,
  WebhookDeleted: OfWebhook,
} as const;

/** What an endpoint may be rolled back for, long after its rollout. */
export const ALERTS = [
  'DriftDetected',
  'PerformanceDegraded',
  'DataQualityViolated',
  'BudgetExceeded',
] as const satisfies readonly EventName[];

export const EVENT_SOURCE = 'skiff';
export type EventName = keyof typeof catalogue;
/** What a slice says of an event; id, time and actor come from the audit entry. */
export type EventDetail<N extends EventName> = Omit<
  z.infer<(typeof catalogue)[N]>,
  'id' | 'at' | 'actor'
>;
