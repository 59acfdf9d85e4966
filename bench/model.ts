import { readFileSync } from 'node:fs';
import { inspectModel } from '#core/onnx/inspect.ts';
import { removeZipMaps } from '#core/onnx/zip-map.ts';
import { completeSignature } from '#core/signature/complete.ts';
import { deriveSignature } from '#core/signature/derive.ts';
import type { ServingEndpoint } from '#slices/deployments';
import { PLAIN_ENDPOINT } from '../functions/inference/plain-endpoint.ts';
import { random } from '../test/helpers/random.ts';
import { artifactOf } from '../test/helpers/tiny-model.ts';

const example = (file: string): Buffer =>
  readFileSync(new URL(`../examples/boosted-trees/${file}`, import.meta.url));

export const FEATURES = 30;
export const INPUT = 'X';

const uploaded = example('model.onnx');

/** 300 trees of depth 6 on 30 features, as registration stores it. */
export const MODEL: Uint8Array = removeZipMaps(uploaded)?.bytes ?? uploaded;

const { signature } = JSON.parse(example('model.json').toString()).version;

export const ENDPOINT: ServingEndpoint = {
  ...PLAIN_ENDPOINT,
  name: 'bench',
  revision: 1,
  updatedAt: '2026-01-01T00:00:00.000Z',
  variants: [
    {
      name: 'default',
      weight: 100,
      model: 'boosted-trees',
      version: 1,
      artifact: artifactOf(MODEL),
      signature: completeSignature(deriveSignature(inspectModel(MODEL)), signature),
    },
  ],
};

const [, ...lines] = example('sample.csv').toString().trim().split('\n');
const samples = lines.map((line) => line.split(',').slice(0, FEATURES).map(Number));
const next = random(7);

/** Pixels of the sample's rows, each moved by up to a tenth so that no two are alike, flat. */
export const randomRows = (rows: number): number[] =>
  Array.from({ length: rows }, () => samples[Math.floor(next() * samples.length)] as number[])
    .flat()
    .map((value) => Math.min(16, Number((value * (0.9 + 0.2 * next())).toPrecision(4))));

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
