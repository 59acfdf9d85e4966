import type { Examples } from '#shared/examples.ts';
import { ACTOR, ENDPOINT } from '#shared/story.ts';

const predictionId = `01KB1ZE5H8J1K4M7N0P3Q6R9S2.${ENDPOINT}.1.default`;

export const examples: Examples = {
  sendFeedback: {
    body: { items: [{ predictionId: `${predictionId}:0`, value: 322.5 }] },
    answer: {
      ...{ accepted: 1, duplicate: 0, replaced: 0, refused: 0 },
      items: [{ predictionId, row: 0, result: 'accepted' }],
    },
  },
  listFeedback: {
    params: { endpoint: ENDPOINT },
    query: { from: '2026-11-02T00:00:00Z', to: '2026-11-03T00:00:00Z', limit: 10 },
    answer: {
      items: [
        {
          ...{ predictionId, row: 0, at: '2026-11-02T09:00:01.000Z', revision: 1 },
          ...{ variant: 'default', value: 322.5, receivedAt: '2026-11-02T17:00:00.000Z' },
          receivedFrom: ACTOR,
        },
      ],
    },
  },
};
