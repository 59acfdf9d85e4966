import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { pythonWith } from '../../local/python.ts';
import { stack } from '../helpers/stack.ts';

const folder = join(import.meta.dirname, 'mlflow');
const log = () => {};
let python: string;
/** Where the older client lies alone, above the packages of the newer one. */
let older: string;

beforeAll(() => {
  const what = 'the MLflow client';
  python = pythonWith({
    ...{ name: 'mlflow', requirements: join(folder, 'requirements.txt'), log, what },
  });
  const requirements = join(folder, 'requirements-older.txt');
  older = join(python, '../../older');
  if (existsSync(older)) return;
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--no-deps',
    '--target',
    older,
    '-r',
    requirements,
  ];
  const { status, stderr } = spawnSync(python, pip, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}, 600_000);

function run(script: string, path: string) {
  const { apiUrl, token } = stack();
  return spawnSync(python, [join(folder, script)], {
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PYTHONPATH: path,
      MLFLOW_TRACKING_URI: apiUrl,
      MLFLOW_TRACKING_TOKEN: token,
      MLFLOW_HTTP_REQUEST_MAX_RETRIES: '2',
      MLFLOW_DISABLE_TELEMETRY: 'true',
      GIT_PYTHON_REFRESH: 'quiet',
    },
  });
}

describe('the unmodified MLflow client, deployed', () => {
  it.each([
    ['3.17.2', () => ''],
    ['3.6.0', () => older],
  ])(
    '%s tracks',
    (version, path) => {
      const { status, stderr } = run('tracking_test.py', path());
      expect(stderr).toContain(`MLflow ${version}`);
      expect(status === 0 ? '' : stderr).toBe('');
      expect(stderr).toMatch(/\nOK\n/);
    },
    600_000,
  );
});
