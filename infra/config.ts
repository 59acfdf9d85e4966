import * as z from 'zod';

const RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
];

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
  /** Age at which what was captured is written: more files, or later ones. */
  captureFlushSeconds: z.coerce.number().positive().max(900).default(15),
  registrationMemoryMb: z.coerce.number().int().min(512).max(10_240).default(3008),
  /** Artifacts above this are registered by a function of their own, after a 202. */
  syncArtifactMb: z.coerce.number().int().min(1).max(500).default(100),
  /** What AWS charges where that differs from the built-in table (JSON): docs/validation.md. */
  prices: z.string().default('{}'),
  throttleRate: z.coerce.number().positive().default(1000),
  throttleBurst: z.coerce.number().int().positive().default(2000),
  /** How long API Gateway trusts an authoriser's answer: a revoked token lives on that long. */
  authorizerCacheSeconds: z.coerce.number().int().min(0).max(3600).default(300),
  /** Origins that browsers may call from, comma separated; none by default. */
  corsOrigins: z.string().default(''),
  /** Further buckets that `s3://` artifacts may come from, comma separated. */
  sourceBuckets: z.string().default(''),
  /** Address that alarms are sent to. */
  alarmEmail: z.string().default(''),
});
export type Config = z.infer<typeof Config>;

const LOCAL = {
  architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64',
  retainData: false,
  authorizerCacheSeconds: 0,
  syncArtifactMb: 16,
  captureFlushSeconds: 1,
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
