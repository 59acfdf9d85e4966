import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { assignSlots } from '#core/routing/slots.ts';
import type { Signature } from '#core/signature/schema.ts';
import type { ServingEndpoint } from '#slices/deployments';
import { PLAIN_ENDPOINT } from '../../../functions/inference/plain-endpoint.ts';
import { createService } from '../../../functions/inference/service.ts';
import { clientOf } from '../../helpers/inference.ts';
import {
  type Invocation,
  type StubAnswer,
  startSageMakerStub,
} from '../../helpers/sagemaker-stub.ts';
import { artifactOf, tinyModel } from '../../helpers/tiny-model.ts';

let stub: Awaited<ReturnType<typeof startSageMakerStub>>;
let answer: (call: Invocation) => StubAnswer;

beforeAll(async () => {
  stub = await startSageMakerStub((call) => answer(call));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: stub.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
});
afterAll(() => stub.close());
beforeEach(() => {
  stub.calls.length = 0;
  answer = negate;
});

/** A server of the Open Inference Protocol: y = −x. */
const negate = ({ body }: Invocation) => {
  const [x] = JSON.parse(body).inputs;
  return { body: { outputs: [{ ...x, name: 'y', data: x.data.map((v: number) => -v) }] } };
};

const x = { name: 'x', datatype: 'FP32' as const, shape: ['rows', 2] };
const signature: Signature = {
  inputs: [x],
  outputs: [{ ...x, name: 'y', shape: ['rows', 2] }],
};
const model = tinyModel({
  nodes: [{ operator: 'Identity', inputs: ['x'], outputs: ['y'] }],
  inputs: [x],
  outputs: [{ ...x, name: 'y' }],
});

function endpointOf(more: object = {}, own: Partial<Signature> = {}): ServingEndpoint {
  const sagemaker = {
    endpointName: 'there',
    contentType: 'application/json' as const,
    timeoutMs: 5_000,
    ...more,
  };
  return {
    ...PLAIN_ENDPOINT,
    name: 'e',
    revision: 1,
    updatedAt: '2026-01-01T00:00:00.000Z',
    variants: [
      {
        name: 'remote',
        model: 'm',
        version: 4,
        weight: 100,
        signature: { ...signature, ...own },
        sagemaker,
      },
    ],
  };
}

const clientFor = (endpoint: ServingEndpoint, lines: string[] = []) =>
  clientOf(
    createService({
      fetchEndpoint: async () => endpoint,
      fetchArtifact: async () => model,
      warn: () => {},
      functionMegabytes: 1769,
    }),
    lines,
  );
const tensor = { name: 'x', datatype: 'FP32', shape: [2, 2], data: [1, 2, 3, 4.5] };
const infer = (endpoint: ServingEndpoint, lines: string[] = []) =>
  clientFor(
    endpoint,
    lines,
  )({ path: '/v2/models/e/infer', body: { id: 'mine', inputs: [tensor] } });
const rows = (endpoint: ServingEndpoint, list: object[]) =>
  clientFor(endpoint)({ path: '/api/v1/endpoints/e/predictions', body: { rows: list } });

describe('a variant on SageMaker', () => {
  it('answers as any other: protocol, headers and metric line', async () => {
    const lines: string[] = [];
    const { status, json, headers } = await infer(endpointOf(), lines);
    expect([status, json]).toEqual([
      200,
      {
        model_name: 'e',
        model_version: '4',
        id: 'mine',
        outputs: [{ name: 'y', datatype: 'FP32', shape: [2, 2], data: [-1, -2, -3, -4.5] }],
      },
    ]);
    expect(headers).toMatchObject({
      'x-skiff-variant': 'remote',
      'x-skiff-model-version': '4',
      'x-skiff-prediction-id': expect.stringMatching(/\.e\.1\.remote$/),
    });
    expect(JSON.parse(lines[0] as string)).toMatchObject({ Predictions: 1, Rows: 2 });
    expect(stub.calls[0]?.endpoint).toBe('there');
    expect(JSON.parse(stub.calls[0]?.body as string)).toEqual({
      inputs: [tensor],
      outputs: [{ name: 'y' }],
    });
  });

  it('takes rows, and is checked like any other before anything is sent', async () => {
    const { json } = await rows(endpointOf(), [{ x_0: 1, x_1: 2 }]);
    expect(json.predictions[0].outputs).toEqual({ y: [-1, -2] });
    expect((await rows(endpointOf(), [{ x_0: 'a', x_1: 2 }])).status).toBe(400);
    expect(stub.calls).toHaveLength(1);
  });

  it('can be one of its endpoint’s own variants or an inference component', async () => {
    await infer(endpointOf({ targetVariant: 'Blue', inferenceComponent: 'part-1' }));
    expect(stub.calls[0]?.headers).toMatchObject({
      'x-amzn-sagemaker-target-variant': 'Blue',
      'x-amzn-sagemaker-inference-component': 'part-1',
      'content-type': 'application/json',
    });
  });

  it('shares traffic with one that runs here', async () => {
    const [remote] = endpointOf().variants as [ServingEndpoint['variants'][number]];
    const { sagemaker, ...rest } = remote;
    const local = { ...rest, name: 'local', version: 3, artifact: artifactOf(model) };
    const variants = [remote, local].map((variant) => ({ ...variant, weight: 50 }));
    const { slots } = assignSlots(variants, undefined, 3);
    const call = clientFor({ ...endpointOf(), variants, slots });
    const seen = new Set<string>();
    for (let i = 0; i < 40; i++) {
      const headers = { 'x-request-id': `r${i}` };
      const { json } = await call({
        path: '/v2/models/e/infer',
        body: { inputs: [tensor] },
        headers,
      });
      seen.add(`${json.model_version} ${json.outputs[0].data[0]}`);
    }
    expect([...seen].sort()).toEqual(['3 1', '4 -1']);
  });
});

describe('comma-separated values', () => {
  const csv = { contentType: 'text/csv' as const };
  const features: Signature['features'] = [
    { name: 'age', type: 'number', input: 'x', column: 1, nullable: true },
    { name: 'size', type: 'number', input: 'x', column: 0, nullable: false },
  ];
  const score: Signature['outputs'] = [
    { name: 'score', datatype: 'FP32', shape: ['rows'], role: 'value' },
  ];

  it.each([
    ['a line per row', '0.25\n0.75\n'],
    ['all in one line', '0.25,0.75'],
  ])('go out in the order of the signature, and come back as %s', async (_, body) => {
    answer = () => ({ body });
    const endpoint = endpointOf(csv, { features, outputs: score });
    const { json } = await rows(endpoint, [
      { age: 41, size: 1.5 },
      { age: null, size: 2 },
    ]);
    expect(stub.calls[0]?.body).toBe('41,1.5\n,2\n');
    expect(stub.calls[0]?.headers['content-type']).toBe('text/csv');
    expect(json.predictions.map((p: { value: number }) => p.value)).toEqual([0.25, 0.75]);
  });

  it('carry texts, quoted where they have to be, and whole numbers of 64 bits', async () => {
    answer = () => ({ body: '"yes",9007199254740993' });
    const word = { name: 'word', datatype: 'BYTES' as const, shape: ['rows', 1] };
    const outputs: Signature['outputs'] = [
      { name: 'label', datatype: 'BYTES', shape: ['rows'], role: 'label' },
      { name: 'id', datatype: 'INT64', shape: ['rows'] },
    ];
    const endpoint = endpointOf(csv, { inputs: [word], outputs });
    const { text } = await rows(endpoint, [{ word: 'a "b", c' }]);
    expect(stub.calls[0]?.body).toBe('"a ""b"", c"\n');
    expect(text).toContain('"label":"yes","outputs":{"id":9007199254740993}');
  });

  it('are refused where there are too few or too many of them', async () => {
    answer = () => ({ body: '1,2,3' });
    const { status, json } = await rows(endpointOf(csv, { features, outputs: score }), [
      { age: 1, size: 1 },
    ]);
    expect([status, json.detail]).toEqual([502, expect.stringContaining('3 values for 1 rows')]);
  });
});

describe('what goes wrong on SageMaker', () => {
  const failing = (status: number, error: string, more: object = {}) => {
    answer = () => ({ status, error, body: { Message: 'no', ...more } });
  };

  it.each([
    [
      'its container refuses the input',
      {
        status: 424,
        error: 'ModelError',
        more: { OriginalStatusCode: 400, OriginalMessage: 'bad  x' },
      },
      422,
      'refuses the input: bad x',
    ],
    [
      'its container fails',
      {
        status: 424,
        error: 'ModelError',
        more: { OriginalStatusCode: 500, OriginalMessage: 'secret' },
      },
      502,
      'its container answered 500',
    ],
    ['it is not there', { status: 400, error: 'ValidationError', more: {} }, 502, 'is not there'],
    [
      'it may not be called',
      { status: 403, error: 'AccessDeniedException', more: {} },
      502,
      '-c sagemakerEndpoints',
    ],
  ])('%s: once, and the caller is told whose fault it is', async (_, fault, status, text) => {
    failing(fault.status, fault.error, fault.more);
    const got = await infer(endpointOf());
    expect([got.status, got.json.error]).toEqual([status, expect.stringContaining(text)]);
    expect(got.text).not.toContain('secret');
    expect(got.headers['x-skiff-variant']).toBe('remote');
    expect(stub.calls).toHaveLength(1);
  });

  it.each([
    [429, 'ThrottlingException', 2],
    [503, 'ServiceUnavailable', 2],
    [429, 'ModelNotReadyException', 2],
    [530, 'InternalDependencyException', 1],
  ])('it is busy (%i %s): the caller may try again, after us', async (status, error, attempts) => {
    failing(status, error);
    const got = await infer(endpointOf());
    expect([got.status, got.headers['retry-after']]).toEqual([503, '1']);
    expect(got.json.error).toContain('is busy: try again');
    expect(stub.calls).toHaveLength(attempts);
  });

  it('it is busy once: the caller notices nothing', async () => {
    let first = true;
    answer = (call) => {
      if (!first) return negate(call);
      first = false;
      return { status: 429, error: 'ThrottlingException', body: { Message: 'slow down' } };
    };
    expect((await infer(endpointOf())).status).toBe(200);
  });

  it('it takes too long', async () => {
    answer = (call) => ({ ...negate(call), after: 2_000 });
    const got = await infer(endpointOf({ timeoutMs: 100 }));
    expect([got.status, got.json.error]).toEqual([
      504,
      expect.stringContaining('did not answer within 100 ms'),
    ]);
  });

  it.each([
    ['no JSON', 'oops'],
    ['no outputs', {}],
    ['another output', { outputs: [{ name: 'z' }] }],
    [
      'another datatype',
      { outputs: [{ name: 'y', datatype: 'INT64', shape: [2, 2], data: [1, 2, 3, 4] }] },
    ],
    [
      'another shape',
      { outputs: [{ name: 'y', datatype: 'FP32', shape: [2, 3], data: [1, 2, 3, 4, 5, 6] }] },
    ],
    ['too few values', { outputs: [{ name: 'y', datatype: 'FP32', shape: [2, 2], data: [1] }] }],
  ])('its answer is not what the signature says: %s', async (_, body) => {
    answer = () => ({ body });
    const { status, json } = await infer(endpointOf());
    expect([status, json.error]).toEqual([502, expect.stringContaining('than its signature says')]);
  });
});
