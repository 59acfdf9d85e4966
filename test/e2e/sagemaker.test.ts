import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { placeOf } from '../../local/settings.ts';
import { type Invocation, type StubAnswer, startSageMakerStub } from '../helpers/sagemaker-stub.ts';
import { api, force, UNEXAMINED, unique, writeUnexaminedPolicy } from '../helpers/stack.ts';
import { echoModel } from '../helpers/tiny-model.ts';

const x = { name: 'x', datatype: 'FP32', shape: ['rows', 1] } as const;
const base64 = Buffer.from(echoModel([x]).model).toString('base64');
const [model, endpoint] = [unique('model'), unique('endpoint')];
const there = { endpointName: 'local-stub', timeoutMs: 2_000 };

let stub: Awaited<ReturnType<typeof startSageMakerStub>>;
let answer: (call: Invocation) => StubAnswer;
/** A server of the Open Inference Protocol: x_out = −x. */
const negate = ({ body }: Invocation): StubAnswer => {
  const [given] = JSON.parse(body).inputs;
  const data = given.data.map((value: number) => -value);
  return { body: { outputs: [{ ...given, name: 'x_out', data }] } };
};

beforeAll(async () => {
  stub = await startSageMakerStub((call) => answer(call), placeOf('e2e').port + 1);
  await writeUnexaminedPolicy();
  const body = { name: model, task: 'other', policy: UNEXAMINED };
  await api.call('POST', '/api/v1/models', { body });
  for (const description of ['here', 'there']) {
    const version = { artifact: { base64 }, description };
    await api.call('POST', `/api/v1/models/${model}/versions`, { body: version });
  }
});
afterAll(() => stub.close());
beforeEach(() => {
  answer = negate;
});

const put = (variants: object[]) =>
  api.request('PUT', `/api/v1/endpoints/${endpoint}`, { body: { variants, force } });
const rows = (id: string, value = 2) =>
  api.request('POST', `/api/v1/endpoints/${endpoint}/predictions`, {
    body: { rows: [{ x: value }] },
    headers: { 'x-request-id': id },
  });

describe('a variant on SageMaker, deployed', () => {
  it('shares the traffic of an endpoint with one that runs here', async () => {
    const made = await put([
      { name: 'here', model, version: 1, weight: 50 },
      { name: 'there', model, version: 2, weight: 50, sagemaker: there },
    ]);
    expect([made.status, made.body.variants[1].sagemaker.contentType]).toEqual([
      201,
      'application/json',
    ]);
    const seen = new Set<string>();
    for (let i = 0; i < 30; i++) {
      const { body, headers, status } = await rows(`request-${i}`);
      expect(status).toBe(200);
      seen.add(`${headers.get('x-skiff-variant')} ${body.predictions[0].value}`);
    }
    expect([...seen].sort()).toEqual(['here 2', 'there -2']);
    expect(stub.calls[0]?.headers.authorization).toContain('/sagemaker/aws4_request');
  });

  it('says whose fault it is, and does not take the other variant along', async () => {
    answer = () => ({
      status: 424,
      error: 'ModelError',
      body: { OriginalStatusCode: 400, OriginalMessage: 'too small' },
    });
    const statuses = new Set<string>();
    for (let i = 0; i < 30; i++) {
      const { status, headers } = await rows(`request-${i}`);
      statuses.add(`${headers.get('x-skiff-variant')} ${status}`);
    }
    expect([...statuses].sort()).toEqual(['here 200', 'there 422']);
  });

  it.each([
    [{ sagemaker: { endpointName: 'another' } }, 'variants[0].sagemaker.endpointName'],
    [
      { sagemaker: { endpointName: 'local-stub', timeoutMs: 1 } },
      'variants[0].sagemaker.timeoutMs',
    ],
    [{ sagemaker: { endpointName: 'no_name' } }, 'variants[0].sagemaker.endpointName'],
    [{ signature: { inputs: [x], outputs: [x] } }, 'variants[0].signature'],
  ])('is refused where it is not configured, or nonsense: %j', async (more, field) => {
    const refused = await put([{ model, version: 1, ...more }]);
    expect([refused.status, refused.body.errors[0].field]).toEqual([400, field]);
  });

  it('needs no version where it brings its signature and is forced', async () => {
    const signature = { inputs: [x], outputs: [{ ...x, name: 'x_out' }] };
    const variant = { sagemaker: there, signature };
    const unforced = await api.request('PUT', `/api/v1/endpoints/${endpoint}`, {
      body: { variants: [variant] },
    });
    expect(unforced.status).toBe(409);
    const { body } = await put([variant]);
    expect(body.variants[0]).toMatchObject({ model: 'sagemaker:local-stub', version: 0 });
    const back = await api.request('POST', `/api/v1/endpoints/${endpoint}/rollbacks`, {});
    expect(back.body.variants).toHaveLength(2);
    const again = { body: { revision: body.revision } };
    const { status } = await api.request('POST', `/api/v1/endpoints/${endpoint}/rollbacks`, again);
    expect(status).toBe(201);
  });
});
