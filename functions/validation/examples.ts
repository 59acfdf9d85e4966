import type { Examples } from '#shared/examples.ts';
import { ACTOR, AT, CSV_SHA256, DATASET, MODEL, POLICY, VALIDATION } from '#shared/story.ts';

const CANCELLED = '01KB1ZB9K2M5N8P1Q4R7S0T3V6';
const OfVersion = { model: MODEL, version: 1 };
const OfValidation = { ...OfVersion, validation: VALIDATION };
const OfPolicy = { policy: POLICY };

const gate = (metric: string, comparison: string, threshold: number, holds = 'estimate') => ({
  metric,
  comparison,
  threshold,
  holds,
  severity: 'block',
  whenMissing: 'block',
});
const policy = {
  description: 'Fits well enough, and a person has looked at it',
  gates: [gate('artifact.critical-findings', '<=', 0), gate('quality.r2', '>=', 0.8, 'surely')],
  validateOnRegistration: false,
  requireApproval: true,
  requireCompleteCard: false,
  decisionThreshold: 0.5,
  latencyLimitMs: 100,
  name: POLICY,
  revision: 1,
  updatedAt: AT,
  updatedBy: ACTOR,
};
const queued = {
  id: VALIDATION,
  ...OfVersion,
  status: 'queued',
  policy,
  requestedBy: ACTOR,
  createdAt: AT,
};
const finished = {
  ...queued,
  status: 'awaiting-approval',
  dataset: { name: DATASET, digest: CSV_SHA256 },
  gates: [
    {
      metric: 'quality.r2',
      severity: 'block',
      outcome: 'passed',
      blocks: false,
      measured: 0.988,
      interval: { lower: 0.981, upper: 0.993, level: 0.95 },
      comparison: '>=',
      threshold: 0.8,
      message: 'quality.r2 is surely at least 0.981; required is at least 0.8',
    },
  ],
  startedAt: AT,
  finishedAt: AT,
};
const approval = {
  id: '01KB1ZC9E2F5G8H1J4K7M0N3P6',
  ...OfVersion,
  validation: VALIDATION,
  decision: 'approve',
  reason: 'Errors are as small in every district',
  actor: ACTOR,
  at: AT,
};

export const examples: Examples = {
  putPolicy: {
    params: OfPolicy,
    body: {
      description: policy.description,
      gates: [
        { metric: 'artifact.critical-findings', comparison: '<=', threshold: 0 },
        { metric: 'quality.r2', comparison: '>=', threshold: 0.8, holds: 'surely' },
      ],
      validateOnRegistration: false,
      requireApproval: true,
    },
    answer: policy,
  },
  getPolicy: { params: OfPolicy, answer: policy },
  listPolicies: { query: { limit: 10 }, answer: { items: [policy] } },
  startValidation: {
    params: OfVersion,
    headers: { 'Idempotency-Key': 'first-look' },
    body: { dataset: { name: DATASET } },
    answer: queued,
  },
  listValidations: { params: OfVersion, query: { limit: 1 }, answer: { items: [finished] } },
  getValidation: {
    params: OfValidation,
    answer: {
      ...finished,
      checks: [
        {
          check: 'quality',
          status: 'completed',
          startedAt: AT,
          finishedAt: AT,
          figures: { r2: { value: 0.988, n: 40 }, rmse: { value: 13.6, n: 40 } },
          findings: [],
        },
      ],
    },
  },
  cancelValidation: {
    params: { ...OfVersion, validation: CANCELLED },
    answer: { ...queued, id: CANCELLED, status: 'cancelled', reason: `cancelled by ${ACTOR}` },
  },
  getEvidence: {
    params: { ...OfValidation, check: 'contract' },
    answer: {
      determinism: {
        inputs: 'rows of the dataset',
        rows: 32,
        repeat: { largestDeviation: 0, differing: 0, identical: true },
        batch: { largestDeviation: 0, differing: 0, identical: true },
      },
    },
  },
  decide: {
    params: OfVersion,
    body: { decision: 'approve', reason: approval.reason },
    answer: approval,
  },
  listApprovals: { params: OfVersion, answer: { items: [approval] } },
};
