import type { CardFacts, ValidationFacts } from '../../functions/cards/facts.ts';
import type { StoredProse } from '../../functions/cards/schema.ts';
import { ModelVersion } from '../../functions/registry/schema.ts';
import type { Evidence } from '../../functions/validation/evidence.ts';

const AT = '2026-11-24T09:00:00.000Z';
const near = (value: number, half: number, n = 4000) => ({
  value,
  interval: { lower: value - half, upper: value + half, level: 0.95 },
  n,
});
const SHA = 'a3f5'.repeat(16);

const version = (number: number): ModelVersion =>
  ModelVersion.parse({
    model: 'credit-default',
    version: number,
    status: 'rejected',
    artifact: {
      sha256: number === 3 ? SHA : 'b'.repeat(64),
      sizeBytes: 48_211 + number,
      uploaded: { sha256: 'c'.repeat(64), sizeBytes: 51_007 },
      changes: ['removed ZipMap: probabilities are a plain tensor'],
    },
    signature: {
      inputs: [{ name: 'X', datatype: 'FP32', shape: ['batch', 5] }],
      outputs: [
        { name: 'label', datatype: 'INT64', shape: ['batch'], role: 'label' },
        { name: 'probabilities', datatype: 'FP32', shape: ['batch', 2], role: 'probabilities' },
      ],
      features: [
        ['income', { unit: 'EUR', min: 0 }],
        ['age', { unit: 'years', min: 18, max: 110 }],
        ['debt_ratio', { min: 0, max: 4 }],
        ['months_employed', { nullable: true }],
        ['late_payments_in_the_last_24_months', { min: 0, max: 24 }],
      ].map(([name, more], column) => ({
        name,
        type: 'number',
        input: 'X',
        column,
        ...(more as object),
      })),
      classes: ['repaid', 'default'],
    },
    graph: {
      irVersion: 10,
      opsets: [
        { domain: '', version: 21 },
        { domain: 'ai.onnx.ml', version: 3 },
      ],
      producer: { name: 'skl2onnx', version: '1.19.1' },
      operators: [
        { domain: 'ai.onnx.ml', name: 'Scaler', count: 1 },
        { domain: 'ai.onnx.ml', name: 'TreeEnsembleClassifier', count: 1 },
        { domain: '', name: 'Cast', count: number },
      ],
      parameterCount: 9800 + number * 21,
      initializerBytes: 39_000,
      metadata: {},
    },
    lineage: {
      run: {
        id: '7f3a91',
        name: 'gbt-depth-4',
        experiment: 'credit-default',
        url: 'https://mlflow.example/runs/7f3a91',
        startedAt: AT,
        seed: 7,
      },
      code: { repository: 'https://git.example/risk/models', version: '4be1c0d', dirty: false },
      datasets: [
        {
          name: 'applications-2025',
          digest: `sha256:${'d'.repeat(64)}`,
          role: 'training',
          source: 's3://lake/applications/2025.parquet',
          licence: 'proprietary',
          rows: 182_400,
        },
        { name: 'applications-2026-q1', digest: 'e'.repeat(64), role: 'validation', rows: 4000 },
      ],
      hyperparameters: {
        max_depth: 4,
        learning_rate: number === 3 ? 0.1 : 0.05,
        n_estimators: 300,
      },
      environment: {
        framework: 'scikit-learn',
        frameworkVersion: '1.7.2',
        python: '3.12.4',
        packages: { 'scikit-learn': '1.7.2', numpy: '2.3.1' },
      },
      preprocessing: [
        { name: 'median imputation', columns: ['months_employed'], parameters: { value: 61 } },
      ],
    },
    metrics: { training: { accuracy: 0.931 }, validation: { accuracy: 0.912, 'roc-auc': 0.951 } },
    description: number === 3 ? 'Trained on all of 2025.' : '',
    tags: { team: 'risk' },
    revision: 2,
    createdAt: AT,
    createdBy: 'alice',
    updatedAt: AT,
  });

/** ROC of scores that are normal in both classes, their means `d` apart (binormal model). */
const roc = (d: number): [number, number][] =>
  Array.from({ length: 41 }, (_, i) => {
    const x = i / 40;
    return [x, Number((x ** (1 / (1 + d * 2.4))).toFixed(4))];
  });

const quality: Evidence<'quality'> = {
  task: 'binary',
  rows: 4000,
  positive: 'default',
  threshold: 0.5,
  metrics: {
    accuracy: near(0.9085, 0.0089),
    precision: near(0.742, 0.031),
    recall: near(0.681, 0.034),
    f1: near(0.71, 0.026),
    'roc-auc': near(0.9412, 0.0091),
    'pr-auc': near(0.793, 0.027),
    'log-loss': near(0.231, 0.017),
    brier: near(0.0672, 0.0049),
    'expected-calibration-error': near(0.0214, 0.0061),
  },
  confusion: {
    labels: ['repaid', 'default'],
    counts: [
      [3210, 158],
      [208, 424],
    ],
  },
  roc: roc(2),
  precisionRecall: Array.from({ length: 31 }, (_, i) => [
    i / 30,
    Number((0.98 - 0.78 * (i / 30) ** 3).toFixed(4)),
  ]),
  calibration: Array.from({ length: 10 }, (_, i) => ({
    predicted: 0.05 + i / 10,
    observed: Math.min(1, 0.04 + (i / 10) * 1.03),
    count: 1800 - i * 160,
  })),
  champion: {
    version: 2,
    rows: 4000,
    differences: { accuracy: near(-0.0125, 0.0071), 'roc-auc': near(-0.0063, 0.0041) },
    test: { name: 'McNemar', statistic: 11.4, pValue: 0.00073 },
    verdict: 'worse',
  },
  weakSlices: [
    {
      slice: 'age in [18, 25)',
      rows: 312,
      metric: 'accuracy',
      value: near(0.821, 0.041, 312),
      rest: 0.916,
      pValue: 0.0004,
    },
  ],
};

const group = (name: string, rows: number, rate: number, tpr: number) => ({
  group: name,
  rows,
  tooSmall: rows < 50,
  metrics: {
    'selection-rate': near(rate, 1.2 / Math.sqrt(rows), rows),
    'true-positive-rate': near(tpr, 2 / Math.sqrt(rows), rows),
    'false-positive-rate': near(rate / 3, 0.8 / Math.sqrt(rows), rows),
    accuracy: near(0.9, 0.6 / Math.sqrt(rows), rows),
  },
});

const fairness: Evidence<'fairness'> = {
  attributes: [
    {
      attribute: 'sex',
      reference: 'female',
      groups: [
        group('female', 2110, 0.13, 0.74),
        group('male', 1860, 0.19, 0.58),
        group('not stated', 30, 0.1, 0.5),
      ],
      metrics: {
        'demographic-parity-difference': near(0.06, 0.021),
        'demographic-parity-ratio': near(0.684, 0.09),
        'equalized-odds-difference': near(0.24, 0.032),
        'equal-opportunity-difference': near(0.16, 0.05),
      },
    },
  ],
};

const robustness: Evidence<'robustness'> = {
  rows: 500,
  attacks: ['noise', 'boundary search'].map((name, k) => ({
    name,
    metric: 'robust accuracy',
    points: [0, 0.01, 0.02, 0.05, 0.1, 0.2].map((budget) => ({
      budget,
      value: near(0.908 * Math.exp(-budget * (3 + 6 * k)), 0.02, 500),
    })),
  })),
  perturbations: [
    {
      name: 'missing value',
      feature: 'months_employed',
      outcome: 'answered',
      changed: 0.021,
      detail: 'null is allowed and imputed',
    },
    { name: 'infinity', outcome: 'refused', changed: null, detail: 'the contract refuses it' },
    { name: 'NaN', outcome: 'answered with NaN', changed: 1, detail: 'probabilities are NaN' },
  ],
};

const evidence: ValidationFacts['evidence'] = {
  quality,
  fairness,
  robustness,
  explainability: {
    rows: 4000,
    repeats: 10,
    metric: 'log-loss',
    baseline: 0.231,
    importances: [
      { feature: 'late_payments_in_the_last_24_months', importance: near(0.184, 0.012) },
      { feature: 'debt_ratio', importance: near(0.121, 0.01) },
      { feature: 'income', importance: near(0.066, 0.007) },
      { feature: 'months_employed', importance: near(0.014, 0.004) },
      { feature: 'age', importance: near(-0.002, 0.003) },
    ],
    stability: near(0.94, 0.03, 10),
  },
  performance: {
    loadMs: { value: 41.2 },
    peakMemoryMb: { value: 118 },
    latencies: [1, 100].flatMap((rows) =>
      [512, 1024, 1769].map((memoryMb) => {
        const scale = (1769 / memoryMb) * (rows === 1 ? 1 : 3.1);
        const rowsPerSecond = Math.round(rows / (0.0019 * scale));
        const [p50, p95, p99] = [1.9 * scale, 3.1 * scale, 5.6 * scale];
        return { rows, memoryMb, p50, p95, p99, rowsPerSecond, estimated: memoryMb !== 1769 };
      }),
    ),
    costs: [
      { memoryMb: 512, perMillionPredictions: 0.27 },
      { memoryMb: 1024, perMillionPredictions: 0.29 },
      { memoryMb: 1769, perMillionPredictions: 0.31 },
    ],
    cheapestMemoryMb: 512,
  },
  contract: {
    columns: [
      { feature: 'income', column: 'income', refusedRows: 0 },
      { feature: 'age', column: 'age_years', problem: '12 values below 18', refusedRows: 12 },
    ],
    golden: {
      rows: 20,
      largestDeviation: 2.4e-7,
      differing: 0,
      tolerance: 1e-5,
      within: true,
      byOutput: [{ output: 'probabilities', largestDeviation: 2.4e-7, differing: 0 }],
    },
    determinism: {
      rows: 256,
      inputs: 'dataset',
      repeat: { identical: true, largestDeviation: 0, differing: 0 },
      batch: { identical: false, largestDeviation: 6e-8, differing: 0 },
    },
  },
  'data-quality': {
    rows: 4000,
    duplicateRows: 14,
    columns: [
      {
        column: 'income',
        kind: 'numeric',
        missing: 0,
        distinct: 3214,
        outliers: 0.011,
        outOfContract: 0,
        min: 0,
        median: 31_200,
        max: 910_000,
        shift: 0.041,
        leakage: 0.31,
      },
      {
        column: 'age_years',
        kind: 'numeric',
        missing: 0.002,
        distinct: 74,
        outliers: 0,
        outOfContract: 0.003,
        min: 16,
        median: 41,
        max: 93,
        shift: 0.27,
        leakage: 0.12,
      },
    ],
    labels: [
      { label: 'repaid', share: 0.842 },
      { label: 'default', share: 0.158 },
    ],
    trainingDataset: 'applications-2025',
  },
  artifact: {
    sha256: SHA,
    sizeBytes: 48_214,
    changes: [],
    producer: { name: 'skl2onnx', version: '1.19.1' },
    licence: 'Apache-2.0',
    metadata: {},
    irVersion: 10,
    opsets: [{ domain: '', version: 21 }],
    operators: [{ domain: '', name: 'Cast', count: 1 }],
    parameterCount: 9863,
    isolatedLoad: { loaded: true, milliseconds: 180, peakMemoryMb: 96 },
    bom: { bomFormat: 'CycloneDX' },
  },
};

const validation: ValidationFacts = {
  id: '01KB0000000000000000000001',
  status: 'rejected',
  reason: 'fairness.equalized-odds-difference is 0.24; required is at most 0.2',
  policy: { name: 'credit', revision: 4 },
  dataset: { name: 'applications-2026-q1', digest: 'e'.repeat(64) },
  champion: 2,
  finishedAt: AT,
  gates: [
    {
      metric: 'fairness.equalized-odds-difference',
      severity: 'block',
      outcome: 'failed',
      blocks: true,
      measured: 0.24,
      interval: { lower: 0.208, upper: 0.272, level: 0.95 },
      comparison: '<=',
      threshold: 0.2,
      message:
        'fairness.equalized-odds-difference is 0.24 (95 % interval 0.208 to 0.272); required is at most 0.2, if only at the better end of the interval',
    },
    {
      metric: 'quality.accuracy',
      severity: 'block',
      outcome: 'passed',
      blocks: false,
      measured: -0.0125,
      interval: { lower: -0.0196, upper: -0.0054, level: 0.95 },
      comparison: '>=',
      threshold: -0.01,
      relativeTo: 'champion',
      message:
        "quality.accuracy is 0.0125 less than the champion's (95 % interval 0.0196 less to 0.0054 less); allowed is at most 0.01 less, if only at the better end of the interval",
    },
    {
      metric: 'data-quality.largest-shift-psi',
      severity: 'warn',
      outcome: 'failed',
      blocks: false,
      measured: 0.27,
      comparison: '<=',
      threshold: 0.25,
      message: 'data-quality.largest-shift-psi is 0.27; required is at most 0.25',
    },
    {
      metric: 'performance.latency-p95-1-row',
      severity: 'block',
      outcome: 'passed',
      blocks: false,
      measured: 10.7,
      comparison: '<=',
      threshold: 100,
      message: 'performance.latency-p95-1-row is 10.7; required is at most 100',
    },
  ],
  checks: (Object.keys(evidence) as (keyof typeof evidence)[]).map((check) => ({
    check,
    status: 'completed' as const,
    startedAt: AT,
    finishedAt: AT,
    figures: check === 'quality' ? quality.metrics : {},
    findings:
      check === 'data-quality'
        ? [
            {
              severity: 'warning' as const,
              code: 'shift',
              message: 'age_years has shifted from the training data: PSI 0.27.',
              where: 'age_years',
            },
          ]
        : [],
  })),
  evidence,
};

export const sampleProse: StoredProse = {
  intendedUse:
    'Ranks consumer credit applications by the probability of default within twelve months.\n\nA person decides on every application; the score orders their queue.',
  users: ['Credit officers of the risk department'],
  outOfScopeUse: ['Automatic refusal of an application', 'Business loans'],
  limitations: [
    'Applicants under 25 are few in the training data, and the model is less accurate on them.',
    'Self-employed income is reported once a year and may be out of date.',
  ],
  tradeoffs: ['Depth 4 costs 0.3 points of ROC AUC and halves the latency.'],
  ethicalConsiderations: [
    {
      name: 'Refusals may fall unevenly on protected groups',
      mitigation: 'Fairness gates by sex; quarterly review by the ethics board.',
    },
  ],
  riskRating: 'high',
  riskExplanation: 'Access to credit (EU AI Act, Annex III 5b).',
  licence: 'Apache-2.0',
  references: ['https://arxiv.org/abs/1810.03993'],
  citations: [
    { style: 'APA', citation: 'Mitchell et al. (2019). Model Cards for Model Reporting.' },
  ],
  version: 2,
  revision: 1,
  updatedAt: AT,
  updatedBy: 'alice',
};

/** Everything on record: a version that was rejected for being unfair. */
export const richFacts: CardFacts = {
  model: {
    name: 'credit-default',
    task: 'binary',
    owner: 'risk-team',
    description: 'Probability that a consumer loan defaults within twelve months.',
    tags: { domain: 'credit' },
  },
  version: version(3),
  validation,
  approvals: [
    {
      id: '01KB0000000000000000000002',
      model: 'credit-default',
      version: 3,
      validation: validation.id,
      decision: 'reject',
      reason: 'Unfair to men; retrain with reweighting.',
      actor: 'bob',
      at: AT,
    },
  ],
  prose: sampleProse,
  previous: {
    version: version(2),
    checks: [
      {
        check: 'quality',
        status: 'completed',
        figures: { accuracy: { value: 0.921 }, 'roc-auc': { value: 0.9475 } },
      },
    ],
  },
  now: new Date('2026-11-24T10:00:00.000Z'),
};

/** A first version about which nothing is known but its file. */
export const poorFacts: CardFacts = {
  model: { name: 'm', task: 'other', owner: 'alice', description: '', tags: {} },
  version: ModelVersion.parse({
    ...version(1),
    model: 'm',
    status: 'registered',
    signature: {
      inputs: [{ name: 'pixels', datatype: 'FP32', shape: [-1, 3, 224, 224] }],
      outputs: [{ name: 'embedding', datatype: 'FP32', shape: [-1, 512] }],
    },
    lineage: {},
    metrics: {},
    description: '',
    tags: {},
  }),
  validation: undefined,
  approvals: [],
  prose: undefined,
  previous: undefined,
  now: new Date('2026-11-24T10:00:00.000Z'),
};
