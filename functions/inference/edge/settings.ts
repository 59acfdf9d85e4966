import { hostname } from 'node:os';
import * as z from 'zod';
import { readEnv } from '#shared/env.ts';

const Seconds = z.coerce.number().positive();
const Port = z.coerce.number().int().min(0).max(65_535);

/** Everything that whoever runs an edge server may choose: docs/edge.md. */
const Settings = z.object({
  /** What it keeps between starts: bundles, and what is to be uploaded. */
  SKIFF_EDGE_FOLDER: z.string().min(1).default('skiff-edge'),
  /** File or address of a bundle, for the first start or where nobody is asked for updates. */
  SKIFF_EDGE_BUNDLE: z.string().optional(),
  /** Whose bundles are taken: public keys (PEM), or files with them, comma separated. */
  SKIFF_EDGE_KEYS: z.string().min(1, 'name the file with the public key of bundles'),
  SKIFF_EDGE_HOST: z.string().default('127.0.0.1'),
  SKIFF_EDGE_HTTP_PORT: Port.default(8080),
  SKIFF_EDGE_GRPC_PORT: Port.default(9000),
  /** The platform: where updates come from, and captures go to. Without it nothing is sent. */
  SKIFF_URL: z.url().optional(),
  SKIFF_TOKEN: z.string().optional(),
  SKIFF_EDGE_ENDPOINT: z.string().optional(),
  SKIFF_EDGE_DEVICE: z.string().default(hostname()),
  SKIFF_EDGE_POLL_SECONDS: Seconds.default(300),
  /** What is sent of predictions: captures as the endpoint says, profiles of all, or counts only. */
  SKIFF_EDGE_SEND: z.enum(['captures', 'profiles', 'traffic']).default('captures'),
  SKIFF_EDGE_FLUSH_SECONDS: Seconds.default(15),
  SKIFF_EDGE_UPLOAD_SECONDS: Seconds.default(60),
  /** A span that one profile covers; windows of monitors should be multiples of it. */
  SKIFF_EDGE_PROFILE_SECONDS: Seconds.max(86_400).default(3600),
  SKIFF_EDGE_SPOOL_MB: z.coerce.number().positive().default(256),
  /** What models, and what is in the air, may take. */
  SKIFF_EDGE_MEMORY_MB: z.coerce.number().int().min(300).default(1769),
  SKIFF_EDGE_MAX_BODY_MB: z.coerce.number().int().min(1).max(512).default(64),
  /** What all requests that are being answered may have together. */
  SKIFF_EDGE_REQUESTS_MB: z.coerce.number().int().min(1).default(256),
  SKIFF_EDGE_DRAIN_SECONDS: Seconds.default(20),
});

export type EdgeSettings = z.infer<typeof Settings>;

/** @throws Error naming what is missing or wrong */
export function edgeSettings(): EdgeSettings {
  const settings = readEnv(Settings);
  if (settings.SKIFF_URL && !(settings.SKIFF_TOKEN && settings.SKIFF_EDGE_ENDPOINT)) {
    throw new Error('environment: SKIFF_URL needs SKIFF_TOKEN and SKIFF_EDGE_ENDPOINT beside it');
  }
  if (settings.SKIFF_EDGE_REQUESTS_MB < settings.SKIFF_EDGE_MAX_BODY_MB) {
    throw new Error('environment: SKIFF_EDGE_REQUESTS_MB is less than SKIFF_EDGE_MAX_BODY_MB');
  }
  return settings;
}
