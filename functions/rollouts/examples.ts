import type { Examples } from '#shared/examples.ts';
import { ACTOR, AT, ENDPOINT, MODEL } from '#shared/story.ts';

const id = '01KB1ZG2C3D4E5F6G7H8J9K0M1';
const params = { endpoint: ENDPOINT };
const OfRollout = { ...params, rollout: id };
const wanted = {
  ...{ model: MODEL, version: 1, variant: 'next' },
  ...{ strategy: { kind: 'canary', steps: [5, 25, 50] }, bakeSeconds: 600 },
};

const running = {
  ...{ id, endpoint: ENDPOINT, status: 'running', ...wanted, patienceSeconds: 2400 },
  criteria: {
    ...{ minimumRequests: 100, errorRateIncrease: 0.01, alarms: [], alpha: 0.05 },
    latency: { quantile: 0.95, increase: 0.5 },
  },
  ...{ steps: [5, 25, 50, 100], step: -1, decisions: [] },
  startedFrom: {
    revision: 3,
    variants: [{ name: 'default', model: MODEL, version: 1, weight: 100 }],
  },
  ...{ endpointRevision: 3, requestedBy: ACTOR, createdAt: AT },
};
const decided = (what: string, reason: string) => ({
  decisions: [{ at: AT, step: -1, weight: 0, what, reason }],
});
const WHY = 'the campaign starts today';

const guard = {
  events: ['DriftDetected', 'BudgetExceeded'],
  ...{ withinSeconds: 604_800, coolDownSeconds: 86_400, maximum: 1 },
  ...{ endpoint: ENDPOINT, rollbacks: [], revision: 1, updatedAt: AT, updatedBy: ACTOR },
};

export const examples: Examples = {
  startRollout: { params, body: wanted, answer: running },
  listRollouts: { params, query: { limit: 10 }, answer: { items: [running] } },
  getRollout: { params: OfRollout, answer: running },
  pauseRollout: {
    params: OfRollout,
    body: { reason: WHY },
    answer: { ...running, ...decided('pause', WHY), status: 'paused', reason: WHY },
  },
  resumeRollout: {
    params: OfRollout,
    body: {},
    answer: { ...running, ...decided('resume', `resumed by ${ACTOR}`) },
  },
  abortRollout: {
    params: OfRollout,
    body: {},
    answer: {
      ...{ ...running, ...decided('abort', `aborted by ${ACTOR}`), status: 'aborted' },
      ...{ reason: `aborted by ${ACTOR}`, finishedAt: AT },
    },
  },
  putGuard: { params, body: { events: guard.events }, answer: guard },
  getGuard: { params, answer: guard },
};
