import type { Examples } from '#shared/examples.ts';
import { ENDPOINT, MODEL } from '#shared/story.ts';
import { examples as access } from '#slices/access';
import { examples as bundles } from '#slices/bundles';
import { examples as cards } from '#slices/cards';
import { examples as costs } from '#slices/costs';
import { examples as datasets } from '#slices/datasets';
import { examples as deployments } from '#slices/deployments';
import { examples as experiments } from '#slices/experiments';
import { examples as feedback } from '#slices/feedback';
import { examples as governance } from '#slices/governance';
import { examples as jobs } from '#slices/jobs';
import { examples as monitoring } from '#slices/monitoring';
import { examples as registry } from '#slices/registry';
import { examples as rollouts } from '#slices/rollouts';
import { examples as runs } from '#slices/runs';
import { examples as traffic } from '#slices/traffic';
import { examples as validation } from '#slices/validation';
import { examples as webhooks } from '#slices/webhooks';

const OfEndpoint = { endpoint: ENDPOINT };
const OfVersion = { endpoint: ENDPOINT, version: 1 };
const inputs = [{ name: 'X', datatype: 'FP32', shape: [2, 3], data: [82, 3, 24, 120, 5, 3] }];
const inferred = {
  model_name: ENDPOINT,
  model_version: '1',
  outputs: [{ name: 'price', datatype: 'FP32', shape: [2, 1], data: [315.8, 470.2] }],
};
const metadata = {
  name: ENDPOINT,
  versions: ['1'],
  platform: 'onnx_onnxv1',
  inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 3] }],
  outputs: [{ name: 'price', datatype: 'FP32', shape: [-1, 1] }],
};
const ready = { name: ENDPOINT, ready: true };

/** Of the operations that no slice has as a route: health, this reference, predictions. */
const own: Examples = {
  health: { answer: { status: 'ok' } },
  docs: {},
  getMetrics: {},
  openApi: { answer: { openapi: '3.1.0' } },
  predictRows: {
    params: OfEndpoint,
    body: { rows: [{ area: 82, rooms: 3, age: 24 }] },
    answer: {
      endpoint: ENDPOINT,
      revision: 1,
      model: MODEL,
      modelVersion: 1,
      predictions: [
        { predictionId: `01KB1ZE5H8J1K4M7N0P3Q6R9S2.${ENDPOINT}.1.default:0`, value: 315.8 },
      ],
    },
  },
  infer: {
    params: OfEndpoint,
    body: { id: 'morning-7', inputs },
    answer: { ...inferred, id: 'morning-7' },
  },
  inferVersion: {
    params: OfVersion,
    body: { inputs, outputs: [{ name: 'price' }] },
    answer: inferred,
  },
  modelMetadata: { params: OfEndpoint, answer: metadata },
  versionMetadata: { params: OfVersion, answer: metadata },
  modelReady: { params: OfEndpoint, answer: ready },
  versionReady: { params: OfVersion, answer: ready },
  serverMetadata: {
    answer: { name: 'skiff', version: '2', extensions: ['binary_tensor_data'] },
  },
  serverLive: { answer: { live: true } },
  serverReady: { answer: { ready: true } },
};

export const examples: Examples = {
  ...own,
  ...registry,
  ...datasets,
  ...validation,
  ...cards,
  ...deployments,
  ...traffic,
  ...bundles,
  ...costs,
  ...feedback,
  ...experiments,
  ...rollouts,
  ...monitoring,
  ...governance,
  ...jobs,
  ...runs,
  ...access,
  ...webhooks,
};
