import type { Examples } from '#shared/examples.ts';
import {
  ACTOR,
  AT,
  MODEL,
  ONNX_BASE64,
  ONNX_BYTES,
  ONNX_SHA256,
  POLICY,
  SIGNATURE,
  VALIDATION,
} from '#shared/story.ts';

const REGISTRATION = '01KB1Z5Q8R3V6W9XAYBZC0D1E2';
const OfModel = { model: MODEL };
const OfVersion = { model: MODEL, version: 1 };
const OfAlias = { model: MODEL, alias: 'champion' };

const model = {
  name: MODEL,
  task: 'regression',
  description: 'What a house sells for, in thousands',
  tags: { team: 'valuation' },
  policy: POLICY,
  owner: ACTOR,
  latestVersion: 0,
  revision: 1,
  createdAt: AT,
  updatedAt: AT,
};
const changed = {
  ...model,
  owner: 'valuation',
  tags: { team: 'valuation', tier: '1' },
  revision: 2,
};

const lineage = {
  code: { repository: 'https://example.com/valuation.git', version: '4f2c9d1' },
  hyperparameters: { regularisation: 0.1 },
};
const metrics = { training: { rmse: 13.9 } };
const digest = { sha256: ONNX_SHA256, sizeBytes: ONNX_BYTES };
const version = {
  ...OfVersion,
  status: 'registered',
  artifact: { ...digest, uploaded: digest, changes: [] },
  signature: SIGNATURE,
  graph: {
    irVersion: 8,
    opsets: [
      { domain: '', version: 16 },
      { domain: 'ai.onnx.ml', version: 3 },
    ],
    producer: { name: '', version: '' },
    domain: '',
    modelVersion: 0,
    docString: '',
    operators: [{ domain: 'ai.onnx.ml', name: 'LinearRegressor', count: 1 }],
    parameterCount: 0,
    initializerBytes: 0,
    metadata: {},
  },
  lineage,
  metrics,
  description: 'Linear, three columns',
  tags: {},
  revision: 1,
  createdAt: AT,
  createdBy: ACTOR,
  updatedAt: AT,
};

const registration = {
  id: REGISTRATION,
  model: MODEL,
  status: 'running',
  createdAt: AT,
};
const alias = {
  alias: 'champion',
  ...OfVersion,
  revision: 1,
  updatedAt: AT,
  updatedBy: ACTOR,
};

export const examples: Examples = {
  createModel: {
    body: {
      name: MODEL,
      task: 'regression',
      description: model.description,
      tags: model.tags,
      policy: POLICY,
    },
    answer: model,
  },
  listModels: { query: { tag: 'team:valuation', limit: 10 }, answer: { items: [model] } },
  getModel: { params: OfModel, answer: model },
  updateModel: {
    params: OfModel,
    body: { owner: changed.owner, tags: changed.tags },
    answer: changed,
  },
  deleteModel: { params: OfModel },
  createUpload: {
    body: { sizeBytes: ONNX_BYTES, sha256: ONNX_SHA256 },
    answer: {
      uploadId: '01KB1Z4N7P0Q3R6S9T2V5W8X1Y',
      method: 'PUT',
      url: 'https://artifacts.s3.eu-central-1.amazonaws.com/uploads/01KB1Z4N7P0Q3R6S9T2V5W8X1Y?X-Amz-Signature=8697a647',
      headers: {
        'content-length': `${ONNX_BYTES}`,
        'x-amz-checksum-sha256': 'jsfMp8ZXvmBaUadgxDy5F7tvHkYXm3BnbW8Nmpt8/a4=',
      },
      expiresAt: '2026-11-02T10:00:00.000Z',
    },
  },
  registerVersion: {
    params: OfModel,
    headers: { 'Idempotency-Key': 'training-run-17' },
    body: {
      artifact: { base64: ONNX_BASE64 },
      signature: {
        features: [
          { name: 'area', unit: 'm²', min: 0 },
          { name: 'rooms', type: 'integer', min: 1, max: 50 },
          { name: 'age', unit: 'years' },
        ],
        outputs: { price: 'value' },
      },
      lineage,
      metrics,
      description: version.description,
    },
    answer: version,
    or: registration,
  },
  listVersions: { params: OfModel, query: { limit: 10 }, answer: { items: [version] } },
  getVersion: {
    params: OfVersion,
    answer: { ...version, status: 'approved', validation: VALIDATION, revision: 4 },
  },
  updateVersion: {
    params: OfVersion,
    body: { description: 'Linear; trained on the spring sales' },
    answer: { ...version, description: 'Linear; trained on the spring sales', revision: 2 },
  },
  getRegistration: {
    params: { registration: REGISTRATION },
    answer: { ...registration, status: 'succeeded', version: 2 },
  },
  listAliases: { params: OfModel, answer: { items: [alias] } },
  getAlias: { params: OfAlias, answer: alias },
  setAlias: { params: OfAlias, body: { version: 1 }, answer: alias },
  removeAlias: { params: OfAlias },
};
