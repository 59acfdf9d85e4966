import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { CLIENTS, runMlflow } from '../helpers/mlflow-client.ts';

const script = join(import.meta.dirname, 'mlflow/webhooks_test.py');

it.each(CLIENTS)(
  'MLflow’s client %s, deployed, has webhooks told what happens in the registry',
  async (client) => {
    const { status, stderr } = await runMlflow(client, [script]);
    expect(status === 0 ? '' : stderr).toBe('');
    expect(stderr).toMatch(/\nOK\n/);
  },
  300_000,
);
