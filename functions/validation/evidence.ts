import * as z from 'zod';

export const Interval = z.object({ lower: z.number(), upper: z.number(), level: z.number() });

/** One measured value. */
export const Figure = z.object({
  value: z.number().nullable().describe('Null where the data leave it undefined'),
  interval: Interval.optional(),
  n: z.int().nonnegative().optional().describe('Observations behind it'),
});

export const Figures = z.record(z.string(), Figure);

/** Points of a curve, x then y. */
const Curve = z.array(z.tuple([z.number(), z.number()]));

const Test = z.object({
  name: z.string(),
  statistic: z.number().nullable(),
  pValue: z.number().describe('Two-sided'),
});

const Comparison = z.object({
  version: z.int().positive(),
  rows: z.int(),
  /** Subject minus champion, by metric, on the same rows. */
  differences: Figures,
  test: Test.describe('Behind the verdict: of the decisions, or of the squared errors'),
  rankingTest: Test.optional().describe('Of the ROC AUC'),
  verdict: z.enum(['better', 'worse', 'no significant difference']),
});

const WeakSlice = z.object({
  /** In words, such as `age in [18, 25)` or `job = "nurse"`. */
  slice: z.string(),
  rows: z.int(),
  metric: z.string(),
  value: Figure,
  rest: z.number().describe('The metric on all other rows'),
  pValue: z.number().describe('Corrected for the number of slices looked at'),
});

export const QualityEvidence = z.object({
  task: z.enum(['binary', 'multiclass', 'regression']),
  rows: z.int(),
  metrics: Figures,
  positive: z.string().optional(),
  threshold: z.number().optional(),
  confusion: z
    .object({
      labels: z.array(z.string()),
      /** Row: true class, column: predicted class. */
      counts: z.array(z.array(z.int())),
    })
    .optional(),
  perClass: z.array(z.object({ label: z.string(), metrics: Figures })).optional(),
  roc: Curve.optional().describe('False-positive rate, true-positive rate'),
  precisionRecall: Curve.optional().describe('Recall, precision'),
  /** In ten bins of equal width; several classes: of the likeliest class. */
  calibration: z
    .array(z.object({ predicted: z.number(), observed: z.number(), count: z.int() }))
    .optional(),
  residualQuantiles: z.array(z.object({ quantile: z.number(), residual: z.number() })).optional(),
  champion: Comparison.optional(),
  weakSlices: z.array(WeakSlice),
});

export const FairnessEvidence = z.object({
  attributes: z.array(
    z.object({
      /** A column, or several joined by ` × `. */
      attribute: z.string(),
      reference: z.string().describe('The largest group'),
      groups: z.array(
        z.object({
          group: z.string(),
          rows: z.int(),
          tooSmall: z.boolean().describe('Too few rows to judge; left out of the differences'),
          leftOut: z.array(z.string()).optional().describe('Rates of too few rows; left out too'),
          metrics: Figures,
        }),
      ),
      metrics: Figures.describe('Differences and ratios between the groups'),
    }),
  ),
});

export const RobustnessEvidence = z.object({
  rows: z.int(),
  /** Share of rows still answered correctly (classes), or error growth (values), by attack. */
  attacks: z.array(
    z.object({
      name: z.string(),
      metric: z.string(),
      points: z.array(z.object({ budget: z.number(), value: Figure })),
    }),
  ),
  /** What happens on missing values, extremes, unknown categories, NaN and infinity. */
  perturbations: z.array(
    z.object({
      name: z.string(),
      feature: z.string().optional(),
      checked: z.boolean().optional().describe('Through the contract, or past it'),
      outcome: z.enum(['refused', 'answered', 'answered with NaN', 'failed']),
      changed: z.number().nullable().describe('Share of rows whose prediction changed'),
      detail: z.string(),
    }),
  ),
});

export const ExplainabilityEvidence = z.object({
  rows: z.int(),
  repeats: z.int(),
  metric: z.string().describe('Whose loss is the importance'),
  baseline: z.number(),
  importances: z.array(z.object({ feature: z.string(), importance: Figure })),
  /** Rank agreement between repeats, from 0 to 1. */
  stability: Figure,
});

export const PerformanceEvidence = z.object({
  loadMs: Figure,
  peakMemoryMb: Figure,
  latencies: z.array(
    z.object({
      rows: z.int(),
      memoryMb: z.int(),
      p50: z.number(),
      p95: z.number(),
      p99: z.number(),
      rowsPerSecond: z.number(),
      /** Scaled from the memory it was measured at by Lambda's share of a processor. */
      estimated: z.boolean(),
    }),
  ),
  costs: z.array(
    z.object({
      memoryMb: z.int(),
      perMillionPredictions: z.number().describe('US dollars, one row each'),
    }),
  ),
  cheapestMemoryMb: z.int().nullable().describe('Least cost within the latency limit'),
  latencyLimitMs: z.number().optional().describe('Of the 95th percentile of one row'),
  prices: z.record(z.string(), z.number()).optional().describe('US dollars'),
  inputs: z.enum(['dataset', 'generated']).optional(),
});

/** How far two sets of answers lie apart. */
const Deviation = z.object({
  largestDeviation: z.number().describe('Of numbers, absolute'),
  differing: z.int().describe('Labels, texts and missing numbers that are not the same'),
});

const Agreement = Deviation.extend({ identical: z.boolean() });

export const ContractEvidence = z.object({
  columns: z.array(
    z.object({
      feature: z.string(),
      column: z.string().optional(),
      problem: z.string().optional(),
      refusedRows: z.int(),
    }),
  ),
  golden: Deviation.extend({
    rows: z.int(),
    tolerance: z.number(),
    within: z.boolean(),
    byOutput: z.array(Deviation.extend({ output: z.string() })),
  }).optional(),
  /** Absent where serving refused all inputs that could be found or made up. */
  determinism: z
    .object({
      rows: z.int(),
      inputs: z.enum(['dataset', 'golden sample', 'generated']),
      repeat: Agreement.describe('The same request twice'),
      batch: Agreement.describe('All rows at once, and one by one'),
    })
    .optional(),
});

export const DataQualityEvidence = z.object({
  rows: z.int(),
  duplicateRows: z.int(),
  columns: z.array(
    z.object({
      column: z.string(),
      kind: z.enum(['numeric', 'text']),
      missing: z.number().describe('Share'),
      distinct: z.number(),
      infinite: z.number().optional().describe('Share'),
      outliers: z.number().optional().describe('Share beyond the far fences'),
      outOfContract: z.number().optional().describe('Share outside the range or categories'),
      unseenCategories: z.array(z.string()).optional(),
      min: z.number().optional().describe('Of the finite ones'),
      median: z.number().optional(),
      max: z.number().optional(),
      /** Population stability index against the training data. */
      shift: z.number().optional(),
      /** What chance alone explains of it, with so few rows. */
      shiftByChance: z.number().optional(),
      /** How well the column alone tells the label, 0 to 1. */
      leakage: z.number().optional(),
    }),
  ),
  labels: z.array(z.object({ label: z.string(), share: z.number() })).optional(),
  trainingDataset: z.string().optional(),
});

export const ArtifactEvidence = z.object({
  sha256: z.string(),
  sizeBytes: z.int(),
  changes: z.array(z.string()),
  producer: z.object({ name: z.string(), version: z.string() }),
  licence: z.string().optional(),
  metadata: z.record(z.string(), z.string()),
  irVersion: z.int(),
  opsets: z.array(z.object({ domain: z.string(), version: z.int() })),
  operators: z.array(z.object({ domain: z.string(), name: z.string(), count: z.int() })),
  parameterCount: z.number(),
  isolatedLoad: z.object({
    loaded: z.boolean(),
    milliseconds: z.number(),
    peakMemoryMb: z.number(),
    problem: z.string().optional(),
  }),
  /** CycloneDX 1.6 document of the model. */
  bom: z.record(z.string(), z.json()),
});

/** What each check leaves as evidence. */
export const evidenceSchemas = {
  artifact: ArtifactEvidence,
  contract: ContractEvidence,
  performance: PerformanceEvidence,
  quality: QualityEvidence,
  'data-quality': DataQualityEvidence,
  fairness: FairnessEvidence,
  robustness: RobustnessEvidence,
  explainability: ExplainabilityEvidence,
} as const;

export type CheckName = keyof typeof evidenceSchemas;
export type Evidence<N extends CheckName> = z.infer<(typeof evidenceSchemas)[N]>;
