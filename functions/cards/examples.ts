import type { Examples } from '#shared/examples.ts';
import {
  ACTOR,
  AT,
  CSV_SHA256,
  DATASET,
  MODEL,
  ONNX_BYTES,
  ONNX_SHA256,
  POLICY,
  SIGNATURE,
  VALIDATION,
} from '#shared/story.ts';

const OfVersion = { model: MODEL, version: 1 };

const written = {
  intendedUse: 'First estimate of a price, before anybody visits the house',
  users: ['Agents'],
  outOfScopeUse: ['Deciding on a mortgage'],
  limitations: ['Houses above 180 m² were not among the sales'],
  riskRating: 'low',
};
const prose = {
  ...written,
  tradeoffs: [],
  ethicalConsiderations: [],
  riskExplanation: '',
  licence: '',
  references: [],
  citations: [],
  version: 1,
  revision: 1,
  updatedAt: AT,
  updatedBy: ACTOR,
};
const without = { measured: false, reason: 'left out of this example' };

export const examples: Examples = {
  getCard: {
    params: OfVersion,
    answer: {
      details: {
        ...OfVersion,
        status: 'approved',
        task: 'regression',
        owner: 'valuation',
        description: 'What a house sells for, in thousands',
        versionDescription: 'Linear; trained on the spring sales',
        licence: null,
        tags: { team: 'valuation' },
        createdAt: AT,
        createdBy: ACTOR,
        artifact: { format: 'ONNX', sha256: ONNX_SHA256, sizeBytes: ONNX_BYTES, changes: [] },
        producer: { name: '', version: '' },
        irVersion: 8,
        opsets: [{ domain: 'ai.onnx.ml', version: 3 }],
        operators: [{ domain: 'ai.onnx.ml', name: 'LinearRegressor', count: 1 }],
        parameterCount: 0,
        ...SIGNATURE,
        classes: null,
      },
      verdict: {
        validation: VALIDATION,
        status: 'approved',
        policy: { name: POLICY, revision: 1 },
        finishedAt: AT,
        gates: [],
      },
      approvals: [],
      prose,
      data: {
        datasets: [
          { name: DATASET, digest: CSV_SHA256, role: 'validation', usedBySkiff: true, rows: 40 },
        ],
        quality: without,
      },
      metrics: { training: { rmse: 13.9 }, validation: null, measured: without },
      fairness: without,
      robustness: without,
      explainability: without,
      performance: without,
      contract: without,
      artifact: without,
      lineage: {
        run: null,
        code: { repository: 'https://example.com/valuation.git', version: '4f2c9d1' },
        hyperparameters: { regularisation: 0.1 },
        environment: null,
        preprocessing: null,
      },
      changes: null,
      missing: [{ field: 'licence', message: 'give a licence: PUT …/card' }],
      generatedAt: AT,
    },
  },
  putCard: { params: OfVersion, body: written, answer: prose },
};
