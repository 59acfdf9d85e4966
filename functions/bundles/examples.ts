import type { Examples } from '#shared/examples.ts';
import { ACTOR, AT, ENDPOINT, MODEL, ONNX_SHA256 } from '#shared/story.ts';

const params = { endpoint: ENDPOINT, revision: 1 };
const device = { endpoint: ENDPOINT, device: 'till-17' };

const bundle = {
  ...{ endpoint: ENDPOINT, revision: 1, rollout: 10, changes: 1 },
  ...{ sha256: ONNX_SHA256, sizeBytes: 9216, manifestSha256: ONNX_SHA256 },
  keyId: '5f1c2a9d0b7e4836',
  variants: [
    {
      ...{ name: 'default', model: MODEL, version: 1, weight: 100 },
      ...{ goldenSample: false, reference: true },
    },
  ],
  ...{ createdAt: AT, createdBy: ACTOR, updatedAt: AT },
};
const download = {
  ...bundle,
  url: 'https://artifacts.s3.amazonaws.com/bundles/valuations/1-8ec7cca7c657be60.tar?X-Amz-Signature=…',
  expiresAt: '2026-11-02T09:15:00.000Z',
};

const NOTHING = { count: 0, levels: [], keepsOdd: [] };
const minute = {
  kind: 'summary',
  id: '01KB1ZE5H8J1K4M7N0P3Q6R9S2-2026-11-02T09:00Z-default',
  instance: '01KB1ZE5H8J1K4M7N0P3Q6R9S2',
  ...{ variant: 'default', revision: 1, minute: '2026-11-02T09:00Z', before: 0 },
  summary: {
    ...{ requests: 1, rows: 0, clientErrors: 1, serverErrors: 0 },
    ...{ latency: NOTHING, latencySum: 0, selected: 0, captured: 0, files: 0, tableWrites: 1 },
    outputs: [],
  },
};

export const examples: Examples = {
  createBundle: {
    params: { endpoint: ENDPOINT },
    body: { rollout: 10 },
    answer: bundle,
    or: bundle,
  },
  listBundles: {
    params: { endpoint: ENDPOINT },
    query: { limit: 10 },
    answer: { items: [bundle] },
  },
  getBundle: { params, answer: download },
  setBundleRollout: {
    params,
    body: { rollout: 100 },
    answer: { ...bundle, rollout: 100, changes: 2 },
  },
  getBundleKey: {
    answer: {
      algorithm: 'Ed25519',
      keyId: '5f1c2a9d0b7e4836',
      publicKey:
        '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n',
    },
  },
  getDeviceBundle: { params: device, answer: { ...download, rollout: 100, changes: 2 } },
  uploadFromDevice: {
    params: device,
    body: { items: [minute] },
    answer: { items: [{ id: minute.id, result: 'stored' }] },
  },
};
