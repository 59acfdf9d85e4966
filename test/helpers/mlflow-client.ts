import { spawn, spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inTurn } from '../../local/lock.ts';
import { pythonWith } from '../../local/python.ts';
import { stack } from './stack.ts';

const folder = join(import.meta.dirname, '../interop/mlflow');

/** The versions of MLflow's client that are tried: the newest, and the oldest that is promised. */
export const CLIENTS = ['3.17.2', '3.6.0'] as const;
export type Client = (typeof CLIENTS)[number];

/** One environment for all tests with MLflow's client, made once; installing takes a minute. */
export const mlflowPython = (): string =>
  pythonWith({
    ...{ name: 'mlflow', requirements: join(folder, 'requirements.txt'), log: () => {} },
    what: 'the MLflow client',
  });

/** Where the older client lies alone, above the packages of the newer one. */
function olderClient(python: string): string {
  const older = join(python, '../../older');
  return inTurn(`${older}.lock`, () => {
    if (existsSync(older)) return older;
    const requirements = join(folder, 'requirements-older.txt');
    const unfinished = `${older}.new`;
    rmSync(unfinished, { recursive: true, force: true });
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', unfinished];
    const { status, stderr } = spawnSync(python, [...pip, '-r', requirements], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    renameSync(unfinished, older);
    return older;
  });
}

/** Before the tests, so that the first of them need not wait for it. */
export function installClients(): void {
  olderClient(mlflowPython());
}

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Python with a client that is pointed at the deployed stack; `args` begin with a script. */
export async function runMlflow(
  client: Client,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  const { apiUrl, token } = stack();
  const python = mlflowPython();
  const child = spawn(python, args, {
    env: {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME },
      PYTHONPATH: client === CLIENTS[0] ? '' : olderClient(python),
      ...{ MLFLOW_TRACKING_URI: apiUrl, MLFLOW_TRACKING_TOKEN: token },
      MLFLOW_HTTP_REQUEST_MAX_RETRIES: '2',
      ...{ MLFLOW_DISABLE_TELEMETRY: 'true', GIT_PYTHON_REFRESH: 'quiet' },
      ...env,
    },
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text) => {
      said[name] += text;
    });
  }
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, ...said };
}
