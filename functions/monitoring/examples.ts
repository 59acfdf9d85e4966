import type { Examples } from '#shared/examples.ts';
import { ACTOR, AT, CSV_SHA256, DATASET, ENDPOINT, MODEL } from '#shared/story.ts';

const params = { endpoint: ENDPOINT };
const spec = {
  window: { minutes: 60, delayMinutes: 5 },
  reference: { kind: 'dataset', name: DATASET },
  tests: { age: { method: 'psi', threshold: 0.2 } },
  segments: [{ name: 'over 50', where: [{ feature: 'age', from: 50 }] }],
  minRows: 100,
};
const monitor = {
  endpoint: ENDPOINT,
  ...spec,
  reference: { ...spec.reference, digest: CSV_SHA256 },
  ...{ multivariate: {}, conceptDrift: { detectors: ['adwin'] }, minLabels: 30 },
  thresholds: {
    ...{ driftedShare: 0.5, worstFeature: 3, missing: 0.01, accuracyDrop: 0.05, estimates: true },
    ...{ errorRate: 0.01, p95LatencyMs: 1000, minRequests: 1 },
  },
  alarm: { breaches: 2, windows: 3, coolDownMinutes: 360 },
  ...{ revision: 1, raised: [], next: '2026-11-02T09:00:00.000Z' },
  ...{ createdAt: AT, updatedAt: AT, updatedBy: ACTOR },
};

const report = '20261102T090000Z-60m-r1';
const summary = {
  ...{ id: report, revision: 1, endpoint: ENDPOINT },
  ...{ from: '2026-11-02T09:00:00.000Z', to: '2026-11-02T10:00:00.000Z', monitorRevision: 1 },
  ...{ status: 'stable', rows: 1204, labels: 0 },
  alarms: [{ alarm: 'drift-share', value: 0, threshold: 0.5, breached: false }],
};
const age = {
  ...{ name: 'age', method: 'psi', score: 0.03, threshold: 0.2, drifted: false },
  ...{ importance: 0.1, strength: 0.15, weight: 0.015 },
  distribution: { kind: 'numeric', edges: [40], reference: [0.5, 0.5], current: [0.52, 0.48] },
  reference: { rows: 40, missing: 0, mean: 37.2, standardDeviation: 26.8 },
  current: { rows: 1204, missing: 0, mean: 36.4, standardDeviation: 26.1 },
};

const over50 = {
  ...{ name: 'over 50', rows: 301, referenceRows: 12, status: 'insufficient-data' },
  ...{ driftedShare: null, features: [], quality: [] },
};
const interval = { lower: 0.78, upper: 0.85, level: 0.95 };
const figures = { value: 0.82, interval, baseline: 0.84, loss: 0 };
const metrics = [{ name: 'accuracy', ...figures, n: 412 }];
const performance = {
  ...{ metric: 'accuracy', ...figures, labelled: 412, metrics },
  against: 'the examination of the version',
};
const estimate = {
  ...{ metric: 'accuracy', ...figures, rows: 1204, learntFrom: 1659, metrics },
  truth: { rows: 412, estimated: 0.83, interval, measured: 0.82, within: true },
};
const conceptDrift = {
  of: { model: MODEL, version: 1 },
  ...{ follows: '20261102T080000Z-60m-r1', errors: 412, seen: 5380, findings: [] },
  state: { seen: 5380, detectors: [] },
};

export const examples: Examples = {
  putMonitor: { params, body: spec, answer: { ...monitor, revision: 2 }, or: monitor },
  getMonitor: { params, answer: monitor },
  runMonitor: {
    params,
    body: {},
    answer: { ...summary, createdAt: '2026-11-02T10:05:00.000Z' },
  },
  listReports: {
    params,
    query: { limit: 10 },
    answer: { items: [{ ...summary, createdAt: '2026-11-02T10:05:00.000Z' }] },
  },
  getReport: {
    params: { ...params, report },
    answer: {
      ...summary,
      subject: { variant: 'default', model: MODEL, version: 1 },
      reference: `the reference data "${DATASET}", ${CSV_SHA256.slice(0, 12)}`,
      ...{ referenceRows: 40, driftedShare: 0, features: [age], outputs: [], notCompared: [] },
      ...{ multivariate: [], segments: [over50], quality: [] },
      ...{ performance, estimate, conceptDrift },
      health: {
        ...{ requests: 1204, clientErrors: 3, serverErrors: 0, errorRate: 0 },
        ...{ p95LatencyMs: 0.8, missing: 0 },
      },
      captures: [`captures/${ENDPOINT}/dt=2026-11-02/hr=09/`],
    },
  },
  deleteMonitor: { params },
};
