import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { readExample } from '../../local/examples.ts';
import { CLIENTS, runMlflow } from '../helpers/mlflow-client.ts';
import { api, force, stack, UNEXAMINED, unique, writeUnexaminedPolicy } from '../helpers/stack.ts';

const script = join(import.meta.dirname, 'mlflow/scoring_test.py');

/** An endpoint with a model whose columns have no names. */
async function serveDiabetes(): Promise<string> {
  await writeUnexaminedPolicy();
  const name = unique('scored');
  const model = `/api/v1/models/${name}`;
  const body = { name, task: 'regression', policy: UNEXAMINED };
  await api.call('POST', '/api/v1/models', { body });
  const artifact = { base64: Buffer.from(readExample('diabetes').artifact).toString('base64') };
  await api.call('POST', `${model}/versions`, { body: { artifact } });
  const variants = [{ model: name, version: 1 }];
  await api.call('PUT', `/api/v1/endpoints/${name}`, { body: { variants, force } });
  return name;
}

it('MLflow’s client scores with an endpoint, deployed, as with `mlflow models serve`', async () => {
  const url = `${stack().apiUrl}/endpoints/${await serveDiabetes()}`;
  const { status, stderr } = await runMlflow(CLIENTS[0], [script], { SCORING_URL: url });
  expect(status === 0 ? '' : stderr).toBe('');
  expect(stderr).toMatch(/\nOK\n/);
}, 300_000);
