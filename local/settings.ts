import { createHash } from 'node:crypto';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalProblem } from './problems.ts';

export const ROOT = join(import.meta.dirname, '..');
export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';

/** Where one local AWS lives: the user's own, or the one of the end-to-end tests. */
export interface Place {
  readonly port: number;
  /** The environment variable that chooses the port. */
  readonly portVariable: string;
  /** State and logs; an emulator that the user runs has its own. */
  readonly folder: string;
  /** What other programs read. */
  readonly info: string;
  /** What functions write to; outside the project, whose package.json would change their modules. */
  readonly temporary: string;
  readonly endpoint: string;
  /** An emulator that the user runs: neither started nor stopped here. */
  readonly external: boolean;
}

export function placeOf(name: 'local' | 'e2e', env: NodeJS.ProcessEnv = process.env): Place {
  const portVariable = name === 'e2e' ? 'SKIFF_E2E_PORT' : 'SKIFF_PORT';
  const port = portOf(env[portVariable], portVariable) ?? (name === 'e2e' ? 4599 : 4566);
  const address = name === 'local' ? env.AWS_ENDPOINT_URL?.replace(/\/+$/, '') : undefined;
  const base = join(ROOT, '.skiff', ...(name === 'e2e' ? ['e2e'] : []));
  const folder = address ? join(base, `external-${shortDigest(address)}`) : base;
  return {
    port,
    portVariable,
    folder,
    info: join(base, 'local.json'),
    temporary: join(tmpdir(), `skiff-${shortDigest(folder)}`),
    endpoint: address || `http://127.0.0.1:${port}`,
    external: Boolean(address),
  };
}

/** Where the host of artifacts listens: the next two are for stubs of the tests. */
export const artifactPort = ({ port }: Place): number => port + 3;

/** @throws LocalProblem where it is no port that a user may take */
function portOf(text: string | undefined, variable: string): number | undefined {
  if (!text) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1024 && port <= 65_535) return port;
  throw new LocalProblem(`${variable}=${text} is not a port: give a number from 1024 to 65535`);
}

const shortDigest = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 12);

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
