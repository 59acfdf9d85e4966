import * as z from 'zod';
import { catalogue, type EventName } from '../events/catalogue.ts';
import { Issuers } from '../functions/access/issuers.ts';
import { nameOf, Stream } from './stream-config.ts';

const RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
];

const ENDPOINT_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const SAGEMAKER_NAMES = /^([a-zA-Z0-9](-?[a-zA-Z0-9]){0,62}(,|$))*$/;

/** An endpoint with a function of its own: docs/endpoints.md. */
const Dedicated = z.strictObject({
  endpoint: z.string().regex(ENDPOINT_NAME, 'must be the name of an endpoint'),
  memoryMb: z.int().min(512).max(10_240),
  provisionedConcurrency: z.int().min(0).max(1000).default(0),
});
export type Dedicated = z.infer<typeof Dedicated>;

/** The edge server in containers behind a load balancer: docs/edge.md. */
const EdgeService = z.strictObject({
  endpoint: z.string().regex(ENDPOINT_NAME, 'must be the name of an endpoint'),
  /** Of Secrets Manager: holds an API token with the scope `device`. */
  tokenSecret: z.string().min(1),
  /** As GET /api/v1/bundle-key answers it. */
  publicKey: z.string().startsWith('-----BEGIN PUBLIC KEY-----', 'must be a public key (PEM)'),
  cpu: z.int().default(1024),
  memoryMb: z.int().min(1024).default(2048),
  minTasks: z.int().min(1).default(2),
  maxTasks: z.int().min(1).default(10),
  send: z.enum(['captures', 'profiles', 'traffic']).default('captures'),
});
export type EdgeService = z.infer<typeof EdgeService>;

/** What tells functions apart. */
const idOf = ({ endpoint }: Pick<Dedicated, 'endpoint'>): string => endpoint.replace(/[._-]/g, '');

const Throttles = z.record(
  z.string().regex(/^(ANY|GET|POST|PUT|PATCH|DELETE) \//, 'must be a route such as "ANY /v2"'),
  z.strictObject({ rate: z.number().positive(), burst: z.int().positive() }),
);

const EVENT_NAMES = Object.keys(catalogue) as [EventName, ...EventName[]];

/** A state machine of the deployer's, and of what it hears. */
const StartOnEvents = z.strictObject({
  stateMachine: z
    .string()
    .regex(
      /^arn:aws[\w-]*:states:[\w-]+:\d{12}:stateMachine:[\w-]{1,80}$/,
      'must be the ARN of a state machine',
    ),
  events: z.array(z.enum(EVENT_NAMES)).min(1),
  endpoint: z.string().regex(ENDPOINT_NAME, 'must be the name of an endpoint').optional(),
});

/** What nobody needs by the thousand: making tokens, and reading the whole audit log. */
const DEFAULT_THROTTLES: z.input<typeof Throttles> = {
  'ANY /api/v1/audit/verification': { rate: 5, burst: 10 },
  'ANY /api/v1/tokens': { rate: 5, burst: 10 },
  'ANY /api/v1/tokens/{token}': { rate: 5, burst: 10 },
};

/** A list, or its text where it comes from the command line. */
const fromText = (value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};

/** Everything that a deployer may choose, in one place: `-c stage=…` and `-c <name>=<value>`. */
export const Config = z.strictObject({
  stage: z.enum(['prod', 'local']).default('prod'),
  architecture: z.enum(['arm64', 'x86_64']).default('arm64'),
  /** One of the periods that CloudWatch has. */
  logRetentionDays: z.coerce
    .number()
    .refine((days) => RETENTIONS.includes(days), {
      error: `must be one of ${RETENTIONS.join(', ')}`,
    })
    .default(30),
  /** Keeps table and buckets when the stacks are deleted. */
  retainData: z.stringbool().or(z.boolean()).default(true),
  inferenceMemoryMb: z.coerce.number().int().min(512).max(10_240).default(1769),
  /** How often a bandit moves its weights at most. */
  banditPeriodSeconds: z.coerce.number().int().min(1).max(86_400).default(900),
  /** Age at which what was captured is written: more files, or later ones. */
  captureFlushSeconds: z.coerce.number().positive().max(900).default(15),
  /** Endpoints with functions of their own (JSON). */
  dedicated: z
    .preprocess(fromText, z.array(Dedicated))
    .refine((all) => new Set(all.map(idOf)).size === all.length, {
      error: 'names an endpoint twice, or two whose names differ in punctuation only',
    })
    .default([]),
  /** Containers for an endpoint with much traffic all day (JSON); none by default. */
  edgeService: z.preprocess(fromText, EdgeService.optional()),
  /** Endpoints that score streams (JSON): docs/streaming.md. */
  streams: z
    .preprocess(fromText, z.array(Stream))
    .refine(
      (all) => new Set(all.map((one) => idOf({ endpoint: nameOf(one) }))).size === all.length,
      {
        error:
          'names a stream twice, or two whose names differ in punctuation only: give them names',
      },
    )
    .default([]),
  /** SageMaker endpoints that variants may run on, comma separated; none by default. */
  sagemakerEndpoints: z
    .string()
    .regex(SAGEMAKER_NAMES, 'must be names of SageMaker endpoints, comma separated')
    .default(''),
  /** How long captures and shadows' answers are kept. */
  captureRetentionDays: z.coerce.number().int().min(1).default(365),
  registrationMemoryMb: z.coerce.number().int().min(512).max(10_240).default(3008),
  batchMemoryMb: z.coerce.number().int().min(1024).max(10_240).default(1769),
  /** Shards of one job that are scored at a time; other functions need some of the account's too. */
  batchConcurrency: z.coerce.number().int().min(1).max(10_000).default(100),
  /** Artifacts above this are registered by a function of their own, after a 202. */
  syncArtifactMb: z.coerce.number().int().min(1).max(500).default(100),
  /** What AWS charges where that differs from the built-in table (JSON): docs/capture.md. */
  prices: z.string().default('{}'),
  throttleRate: z.coerce.number().positive().default(1000),
  throttleBurst: z.coerce.number().int().positive().default(2000),
  /** Routes with rates of their own beside the default ones, in requests per second (JSON): docs/access.md. */
  throttles: z
    .preprocess(fromText, Throttles)
    .default({})
    .transform((given) => ({ ...DEFAULT_THROTTLES, ...given })),
  /** How long API Gateway trusts an authoriser's answer: a revoked token lives on that long. */
  authorizerCacheSeconds: z.coerce.number().int().min(0).max(3600).default(300),
  /** Whose JWTs are taken, and what their claims give (JSON): docs/access.md. */
  oidcIssuers: z.preprocess(fromText, Issuers).default([]),
  /** A Cognito user pool whose JWTs are taken too. */
  cognito: z.stringbool().or(z.boolean()).default(false),
  /** A host for artifacts of any size of MLflow clients (CloudFront): docs/mlflow.md. */
  artifactHost: z.stringbool().or(z.boolean()).default(false),
  /** Origins that browsers may call from, comma separated; none by default. */
  corsOrigins: z.string().default(''),
  /** Further buckets that `s3://` artifacts may come from, comma separated. */
  sourceBuckets: z.string().default(''),
  /** One alarm per monitored endpoint in the place of each by itself. */
  compositeAlarms: z.stringbool().or(z.boolean()).default(true),
  /** Whether webhooks may be http, and lead to addresses of the inside. */
  webhookPrivateAddresses: z.stringbool().or(z.boolean()).default(false),
  /** State machines of the deployer's that events start (JSON): docs/webhooks.md. */
  startOnEvents: z.preprocess(fromText, z.array(StartOnEvents)).default([]),
  /** A dashboard for each monitored endpoint: $3 a month each beyond the account's first three. */
  endpointDashboards: z.stringbool().or(z.boolean()).default(true),
  /** Address that alarms are sent to. */
  alarmEmail: z.string().default(''),
});
export type Config = z.infer<typeof Config>;

const LOCAL = {
  architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64',
  retainData: false,
  authorizerCacheSeconds: 0,
  /** The emulator stores them and never evaluates them. */
  compositeAlarms: false,
  webhookPrivateAddresses: true,
  syncArtifactMb: 16,
  banditPeriodSeconds: 2,
  captureFlushSeconds: 1,
  batchConcurrency: 2,
  streams: [
    {
      endpoint: 'observations',
      source: { kinesis: 'new', shards: 2 },
      sink: { kinesis: 'new', shards: 1 },
    },
    { endpoint: 'sightings', source: { sqs: 'new' }, sink: { sqs: 'new' }, idField: 'id' },
  ],
  /** For a stub of SageMaker's runtime, and one function of its own: docs/local-aws.md. */
  sagemakerEndpoints: 'local-stub',
  dedicated: [{ endpoint: 'local-dedicated', memoryMb: 1024, provisionedConcurrency: 1 }],
};

/** @throws Error naming each setting that does not fit */
export function readConfig(context: (name: string) => unknown): Config {
  const given = Object.fromEntries(
    Object.keys(Config.shape)
      .map((name) => [name, context(name)])
      .filter(([, value]) => value !== undefined),
  );
  const parsed = Config.safeParse({ ...(given.stage === 'local' && LOCAL), ...given });
  if (parsed.success) return parsed.data;
  throw new Error(`configuration: ${z.prettifyError(parsed.error)}`);
}

export const list = (commaSeparated: string): string[] => commaSeparated.split(',').filter(Boolean);
