/**
 * Every key of the one table, with the access patterns that it serves.
 *
 * | item            | pk                | sk                        | gsi1pk            | gsi1sk |
 * | --------------- | ----------------- | ------------------------- | ----------------- | ------ |
 * | model           | MODEL#name        | CURRENT                   | MODELS            | name   |
 * | model version   | MODEL#name        | VERSION#000000001         |                   |        |
 * | golden sample   | MODEL#name        | GOLDEN#000000001          |                   |        |
 * | alias           | MODEL#name        | ALIAS#alias               |                   |        |
 * | alias, history  | MODEL#name        | HISTORY#alias#000000001   |                   |        |
 * | endpoint        | ENDPOINT#name     | CURRENT                   | ENDPOINTS         | name   |
 * | a deleted one   | ENDPOINT#name     | CURRENT                   | DELETED-ENDPOINTS | name   |
 * | its revisions   | ENDPOINT#name     | REVISION#000000001        |                   |        |
 * | its bundles     | BUNDLE#endpoint   | REVISION#000000001        |                   |        |
 * | its rollouts    | ROLLOUT#endpoint  | RUN#id                    |                   |        |
 * | the one under way | ROLLOUT#endpoint | CURRENT                  |                   |        |
 * | its guard       | ROLLOUT#endpoint  | GUARD                     |                   |        |
 * | validation      | MODEL#name        | VALIDATION#000000001#id   |                   |        |
 * | its checks      | VALIDATION#id     | CHECK#check               |                   |        |
 * | approval        | MODEL#name        | APPROVAL#000000001#id     |                   |        |
 * | card's prose    | MODEL#name        | CARD#000000001            |                   |        |
 * | policy          | POLICY#name       | CURRENT                   | POLICIES          | name   |
 * | its revisions   | POLICY#name       | REVISION#000000001        |                   |        |
 * | dataset         | DATASET#name      | CURRENT                   | DATASETS          | name   |
 * | dataset version | DATASET#name      | VERSION#digest            | DATASET#name      | 000000001#digest |
 * | its profiling   | DATASET#name      | REGISTRATION#id           |                   |        |
 * | feedback        | FEEDBACK#endpoint#day | prediction id#000000000 |              |        |
 * | experiment      | ENDPOINT#name     | EXPERIMENT#ULID           |                   |        |
 * | the one running | ENDPOINT#name     | RUNNING-EXPERIMENT        | EXPERIMENTS       | endpoint |
 * | budget          | BUDGET#endpoint   | CURRENT                   | BUDGETS           | endpoint |
 * | monitor         | MONITOR#endpoint  | CURRENT                   |                   |        |
 * | its state       | MONITOR#endpoint  | STATE                     |                   |        |
 * | its reports     | MONITOR#endpoint  | REPORT#window#000000001   |                   |        |
 * | webhook         | WEBHOOK#id        | CURRENT                   | WEBHOOKS          | id     |
 * | its deliveries  | WEBHOOK#id        | DELIVERY#event id         |                   |        |
 * | its secret      | WEBHOOK_SECRET#id | CURRENT                   |                   |        |
 * | batch job       | JOB#id            | CURRENT                   | JOBS              | createdAt#id |
 * | its shards      | JOB#id            | SHARD#000000001           |                   |        |
 * | traffic summary | TRAFFIC#endpoint  | minute#variant#revision#instance |           |        |
 * | hour with late traffic | TRAFFIC#endpoint | LATE#hour           |                   |        |
 * | record of a stream | STREAM#stream#digest | RECORD or REJECT   |                   |        |
 * | upload          | UPLOAD#id         | CURRENT                   |                   |        |
 * | registration    | REGISTRATION#id   | CURRENT                   |                   |        |
 * | API token       | TOKEN#id          | CURRENT                   | TOKENS            | id     |
 * | idempotency key | IDEMPOTENCY#hash  | CURRENT                   |                   |        |
 * | audit entry     | AUDIT             | ULID                      | AUDIT#kind/name   | ULID   |
 * | link of its chain | AUDIT_CHAIN     | LINK#000000001            |                   |        |
 * | link by entry   | AUDIT_CHAIN       | ENTRY#ULID                |                   |        |
 * | MLflow experiment | TRACKING#space  | EXPERIMENT#id             |                   |        |
 * | its name        | TRACKING#space    | NAME#hash                 |                   |        |
 * | its indexes     | TRACKING#space#INDEX#experiment#index | value, time, id |         |        |
 * | run             | TRACKING#space#RUN#id | RUN, RUN#METRICS#0000, RUN#IO … |         |        |
 * | history of a metric | TRACKING#space#HISTORY#run#metric | time#hash |             |        |
 * | logged model    | TRACKING#space#MODEL#id | CURRENT             |                   |        |
 *
 * Lists of models and endpoints read the index by name; everything that belongs to one model or
 * endpoint lies in its partition, so that one transaction can change it and one query can list it.
 * Uploads, registrations, idempotency keys, traffic summaries, feedback and deliveries expire by
 * `expiresAt`.
 * Uploads, registrations, idempotency keys, traffic summaries, feedback and records of streams expire by `expiresAt`.
 */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Zero-padded, so that the order of keys is the order of numbers. */
export const ordinal = (n: number): string => String(n).padStart(9, '0');

const CURRENT = 'CURRENT';

export const keys = {
  model: (name: string): Key => ({ pk: `MODEL#${name}`, sk: CURRENT }),
  version: (name: string, version: number): Key => ({
    pk: `MODEL#${name}`,
    sk: `VERSION#${ordinal(version)}`,
  }),
  goldenSample: (name: string, version: number): Key => ({
    pk: `MODEL#${name}`,
    sk: `GOLDEN#${ordinal(version)}`,
  }),
  alias: (name: string, alias: string): Key => ({ pk: `MODEL#${name}`, sk: `ALIAS#${alias}` }),
  aliasHistory: (name: string, alias: string, revision: number): Key => ({
    pk: `MODEL#${name}`,
    sk: `HISTORY#${alias}#${ordinal(revision)}`,
  }),
  endpoint: (name: string): Key => ({ pk: `ENDPOINT#${name}`, sk: CURRENT }),
  endpointRevision: (name: string, revision: number): Key => ({
    pk: `ENDPOINT#${name}`,
    sk: `REVISION#${ordinal(revision)}`,
  }),
  bundle: (endpoint: string, revision: number): Key => ({
    pk: `BUNDLE#${endpoint}`,
    sk: `REVISION#${ordinal(revision)}`,
  }),
  activeRollout: (endpoint: string): Key => ({ pk: `ROLLOUT#${endpoint}`, sk: CURRENT }),
  rollout: (endpoint: string, id: string): Key => ({ pk: `ROLLOUT#${endpoint}`, sk: `RUN#${id}` }),
  guard: (endpoint: string): Key => ({ pk: `ROLLOUT#${endpoint}`, sk: 'GUARD' }),
  validation: (name: string, version: number, id: string): Key => ({
    pk: `MODEL#${name}`,
    sk: `VALIDATION#${ordinal(version)}#${id}`,
  }),
  check: (validation: string, check: string): Key => ({
    pk: `VALIDATION#${validation}`,
    sk: `CHECK#${check}`,
  }),
  approval: (name: string, version: number, id: string): Key => ({
    pk: `MODEL#${name}`,
    sk: `APPROVAL#${ordinal(version)}#${id}`,
  }),
  card: (name: string, version: number): Key => ({
    pk: `MODEL#${name}`,
    sk: `CARD#${ordinal(version)}`,
  }),
  policy: (name: string): Key => ({ pk: `POLICY#${name}`, sk: CURRENT }),
  policyRevision: (name: string, revision: number): Key => ({
    pk: `POLICY#${name}`,
    sk: `REVISION#${ordinal(revision)}`,
  }),
  dataset: (name: string): Key => ({ pk: `DATASET#${name}`, sk: CURRENT }),
  datasetVersion: (name: string, digest: string): Key => ({
    pk: `DATASET#${name}`,
    sk: `VERSION#${digest}`,
  }),
  datasetRegistration: (name: string, id: string): Key => ({
    pk: `DATASET#${name}`,
    sk: `REGISTRATION#${id}`,
  }),
  /** @param day of the prediction, `2026-11-25`; ids begin with its time, so that keys follow it */
  feedback: (endpoint: string, day: string, predictionId: string, row: number): Key => ({
    pk: `FEEDBACK#${endpoint}#${day}`,
    sk: `${predictionId}#${ordinal(row)}`,
  }),
  experiment: (endpoint: string, id: string): Key => ({
    pk: `ENDPOINT#${endpoint}`,
    sk: `EXPERIMENT#${id}`,
  }),
  runningExperiment: (endpoint: string): Key => ({
    pk: `ENDPOINT#${endpoint}`,
    sk: 'RUNNING-EXPERIMENT',
  }),
  budget: (endpoint: string): Key => ({ pk: `BUDGET#${endpoint}`, sk: CURRENT }),
  monitor: (endpoint: string): Key => ({ pk: `MONITOR#${endpoint}`, sk: CURRENT }),
  monitorState: (endpoint: string): Key => ({ pk: `MONITOR#${endpoint}`, sk: 'STATE' }),
  /** @param window its id, which begins with its time */
  monitorReport: (endpoint: string, window: string, revision: number): Key => ({
    pk: `MONITOR#${endpoint}`,
    sk: `REPORT#${window}#${ordinal(revision)}`,
  }),
  webhook: (id: string): Key => ({ pk: `WEBHOOK#${id}`, sk: CURRENT }),
  webhookDelivery: (webhook: string, id: string): Key => ({
    pk: `WEBHOOK#${webhook}`,
    sk: `DELIVERY#${id}`,
  }),
  /** A partition of its own: only who signs may read it. */
  webhookSecret: (id: string): Key => ({ pk: `WEBHOOK_SECRET#${id}`, sk: CURRENT }),
  /** @param source who wrote it: an instance of the serving function, or a capture file */
  traffic: (endpoint: string, minute: string, variant: string, source: string): Key => ({
    pk: `TRAFFIC#${endpoint}`,
    sk: `${minute}#${variant}#${source}`,
  }),
  /** An hour that has to be counted again. @param hour its start, in milliseconds */
  lateTraffic: (endpoint: string, hour: number): Key => ({
    pk: `TRAFFIC#${endpoint}`,
    sk: `LATE#${new Date(hour).toISOString()}`,
  }),
  job: (id: string): Key => ({ pk: `JOB#${id}`, sk: CURRENT }),
  jobShard: (job: string, shard: number): Key => ({
    pk: `JOB#${job}`,
    sk: `SHARD#${ordinal(shard)}`,
  }),
  /** @param digest of the record's id: each in a partition of its own */
  streamRecord: (stream: string, digest: string, kind: 'RECORD' | 'REJECT'): Key => ({
    pk: `STREAM#${stream}#${digest}`,
    sk: kind,
  }),
  upload: (id: string): Key => ({ pk: `UPLOAD#${id}`, sk: CURRENT }),
  registration: (id: string): Key => ({ pk: `REGISTRATION#${id}`, sk: CURRENT }),
  token: (id: string): Key => ({ pk: `TOKEN#${id}`, sk: CURRENT }),
  idempotency: (hash: string): Key => ({ pk: `IDEMPOTENCY#${hash}`, sk: CURRENT }),
  audit: (id: string): Key => ({ pk: 'AUDIT', sk: id }),
  auditLink: (sequence: number): Key => ({ pk: 'AUDIT_CHAIN', sk: `LINK#${ordinal(sequence)}` }),
  /** @param space a workspace of MLflow clients */
  trackedExperiment: (space: string, id: string): Key => ({
    pk: `TRACKING#${space}`,
    sk: `EXPERIMENT#${id}`,
  }),
  trackedName: (space: string, hash: string): Key => ({
    pk: `TRACKING#${space}`,
    sk: `NAME#${hash}`,
  }),
  /** @param index what it is of; @param entry value, time and id as `core/tracking/plan.ts` writes them */
  trackedEntry: (space: string, experiment: string, index: string, entry: string): Key => ({
    pk: `TRACKING#${space}#INDEX#${experiment}#${index}`,
    sk: entry,
  }),
  trackedRun: (space: string, id: string, sheet: string): Key => ({
    pk: `TRACKING#${space}#RUN#${id}`,
    sk: sheet,
  }),
  trackedHistory: (space: string, run: string, metric: string, chunk: string): Key => ({
    pk: `TRACKING#${space}#HISTORY#${run}#${metric}`,
    sk: chunk,
  }),
  trackedModel: (space: string, id: string): Key => ({
    pk: `TRACKING#${space}#MODEL#${id}`,
    sk: CURRENT,
  }),
  auditMark: (entry: string): Key => ({ pk: 'AUDIT_CHAIN', sk: `ENTRY#${entry}` }),
} as const;

export const MODELS_INDEX = 'MODELS';
export const POLICIES_INDEX = 'POLICIES';
export const ENDPOINTS_INDEX = 'ENDPOINTS';
/** What they did before may still be asked for. */
export const DELETED_ENDPOINTS_INDEX = 'DELETED-ENDPOINTS';
export const BUDGETS_INDEX = 'BUDGETS';
export const DATASETS_INDEX = 'DATASETS';
export const EXPERIMENTS_INDEX = 'EXPERIMENTS';
export const JOBS_INDEX = 'JOBS';
export const TOKENS_INDEX = 'TOKENS';
export const WEBHOOKS_INDEX = 'WEBHOOKS';
/** The versions of one dataset in the order of their registration. */
export const datasetIndex = (name: string): string => `DATASET#${name}`;
export const auditIndex = (resource: string): string => `AUDIT#${resource}`;
