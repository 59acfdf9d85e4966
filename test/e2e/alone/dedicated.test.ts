import { beforeAll, describe, expect, it } from '@jest/globals';
import { readExample } from '../../../local/examples.ts';
import { withFault } from '../../helpers/faults.ts';
import { api, force, UNEXAMINED, unique, writeUnexaminedPolicy } from '../../helpers/stack.ts';

const example = readExample('breast-cancer');
const model = unique('model');
/** The local configuration gives this endpoint a function of its own. */
const DEDICATED = 'local-dedicated';
const shared = unique('shared');

beforeAll(async () => {
  await writeUnexaminedPolicy();
  const body = { name: model, task: 'binary', policy: UNEXAMINED };
  await api.call('POST', '/api/v1/models', { body });
  const base64 = Buffer.from(example.artifact).toString('base64');
  const { signature } = example.version;
  const version = { artifact: { base64 }, signature };
  await api.call('POST', `/api/v1/models/${model}/versions`, { body: version });
  for (const name of [DEDICATED, shared]) {
    const variants = [{ model, version: 1 }];
    await api.call('PUT', `/api/v1/endpoints/${name}`, { body: { variants, force } });
  }
});

const { request: body, rows } = example.expected;
const infer = (endpoint: string) => api.request('POST', `/v2/models/${endpoint}/infer`, { body });

describe('an endpoint with capacity of its own', () => {
  it('answers behind the same addresses while the shared function is broken', async () => {
    const { outputs } = (await infer(shared)).body;
    await withFault('Infer', 'throws', async () => {
      expect((await infer(shared)).status).toBeGreaterThanOrEqual(500);
      const answer = await infer(DEDICATED);
      expect([answer.status, answer.body.outputs]).toEqual([200, outputs]);
      expect(answer.headers.get('x-skiff-model-version')).toBe('1');
      const metadata = await api.request('GET', `/v2/models/${DEDICATED}`);
      expect(metadata.body.name).toBe(DEDICATED);
      const path = `/api/v1/endpoints/${DEDICATED}/predictions`;
      const { predictions } = await api.call('POST', path, { body: { rows } });
      expect(predictions).toHaveLength(rows?.length ?? 0);
    });
    expect((await infer(shared)).status).toBe(200);
  });
});
