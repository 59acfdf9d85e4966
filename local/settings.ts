import { createHash } from 'node:crypto';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');
export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';

/** Where one local AWS lives: the user's own, or the one of the end-to-end tests. */
export interface Place {
  readonly port: number;
  /** State, logs and `local.json`. */
  readonly folder: string;
  /** What functions write to; outside the project, whose package.json would change their modules. */
  readonly temporary: string;
  readonly endpoint: string;
  /** An emulator that the user runs: neither started nor stopped here. */
  readonly external: boolean;
}

export function placeOf(name: 'local' | 'e2e', env: NodeJS.ProcessEnv = process.env): Place {
  const port = name === 'e2e' ? 4599 : Number(env.SKIFF_PORT ?? 4566);
  const folder = join(ROOT, '.skiff', ...(name === 'e2e' ? ['e2e'] : []));
  const external = name === 'local' && Boolean(env.AWS_ENDPOINT_URL);
  const endpoint = external ? String(env.AWS_ENDPOINT_URL) : `http://127.0.0.1:${port}`;
  const id = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  return { port, folder, temporary: join(tmpdir(), `skiff-${id}`), endpoint, external };
}

/** Kept between checkouts: making it costs a download. */
export const cacheFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'skiff');

/** Credentials of nobody, so that no command here can reach a real account. */
export const localCredentials = (endpoint: string): Record<string, string> => ({
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  AWS_ENDPOINT_URL: endpoint,
});
