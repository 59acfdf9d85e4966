import type { Signature } from '#core/signature/schema.ts';
import type { ServingEndpoint } from '#slices/deployments';
import { normal, random } from '../test/helpers/random.ts';
import { artifactOf } from '../test/helpers/tiny-model.ts';
import { treeModel } from '../test/helpers/tree-model.ts';

export const FEATURES = 30;

/** 300 complete trees of depth 6, of random thresholds: the work of the trained ones, or more. */
const { model, signature } = treeModel({ trees: 300, depth: 6, features: FEATURES });

export const MODEL: Uint8Array = model;
export const INPUT = 'x';

const endpointOf = (bytes: Uint8Array, contract: Signature): ServingEndpoint => ({
  name: 'bench',
  revision: 1,
  updatedAt: '2026-01-01T00:00:00.000Z',
  variants: [
    {
      name: 'default',
      weight: 100,
      model: 'random-trees',
      version: 1,
      artifact: artifactOf(bytes),
      signature: contract,
    },
  ],
});

export const ENDPOINT: ServingEndpoint = endpointOf(model, signature);

const next = random(7);

/** Rows of N(0,1) values, four decimals each as a client would send them, flat. */
export const randomRows = (rows: number): number[] =>
  Array.from({ length: rows * FEATURES }, () => Number(normal(next).toFixed(4)));

/** The infer request's body for such rows. */
export const inferBody = (data: readonly number[]): string =>
  JSON.stringify({
    inputs: [{ name: INPUT, shape: [data.length / FEATURES, FEATURES], datatype: 'FP32', data }],
  });

/** An infer request as API Gateway's HTTP API hands it to the function. */
export const inferEvent = (body: string) => ({
  version: '2.0',
  routeKey: 'ANY /v2/{proxy+}',
  rawPath: '/v2/models/bench/infer',
  rawQueryString: '',
  headers: {
    'content-type': 'application/json',
    host: 'bench.execute-api.us-east-1.amazonaws.com',
    'x-amzn-trace-id': 'Root=1-6745d3a1-0123456789abcdef01234567',
  },
  body,
  isBase64Encoded: false,
  requestContext: {
    requestId: 'JKJaXmPLvHcESHA=',
    http: { method: 'POST', path: '/v2/models/bench/infer' },
    authorizer: { lambda: { actor: 'bench', scopes: 'predict' } },
  },
});

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
