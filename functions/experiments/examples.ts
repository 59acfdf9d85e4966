import type { Examples } from '#shared/examples.ts';
import { ACTOR, ENDPOINT, MODEL } from '#shared/story.ts';

const id = '01KB1ZF6J9K2M5N8P1Q4R7S0T3';
const OfExperiment = { endpoint: ENDPOINT, experiment: id };
const spec = {
  ...{ name: 'is the new one worth it', control: 'default', treatments: ['new'] },
  ...{ metric: { kind: 'conversion' }, direction: 'increase', minimumDetectableEffect: 0.05 },
  ...{ baseline: 0.2, power: 0.8, alpha: 0.05, maxDays: 14 },
  guardrails: [{ metric: 'latency-p95', limit: 1.5 }],
};
const started = {
  ...{ id, endpoint: ENDPOINT, revision: 1, status: 'running', spec },
  arms: [
    { variant: 'default', model: MODEL, version: 1 },
    { variant: 'new', model: MODEL, version: 2 },
  ],
  plan: { perArm: 2095, singleLook: 1094 },
  ...{ startedAt: '2026-11-02T09:00:00.000Z', startedBy: ACTOR, startRevision: 2 },
  endsBy: '2026-11-16T09:00:00.000Z',
};
const ended = {
  ...{ ...started, revision: 5, status: 'ended' },
  verdict: { code: 'stopped', words: `stopped by ${ACTOR}: the campaign is over` },
  ...{ endedAt: '2026-11-03T09:00:00.000Z', endedBy: ACTOR },
};

export const examples: Examples = {
  createExperiment: { params: { endpoint: ENDPOINT }, body: spec, answer: started },
  listExperiments: {
    params: { endpoint: ENDPOINT },
    query: { limit: 10 },
    answer: { items: [started] },
  },
  getExperiment: { params: OfExperiment, answer: started },
  stopExperiment: {
    params: OfExperiment,
    body: { reason: 'the campaign is over' },
    answer: ended,
  },
};
