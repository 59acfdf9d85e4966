import type { Examples } from '#shared/examples.ts';
import { ACTOR, AT, ENDPOINT } from '#shared/story.ts';

export const examples: Examples = {
  listAudit: {
    query: { resource: `endpoint/${ENDPOINT}`, limit: 2 },
    answer: {
      items: [
        {
          id: '01KB1ZD2E5F8G1H4J7K0M3N6P9',
          at: AT,
          actor: ACTOR,
          action: 'endpoint.create',
          resource: `endpoint/${ENDPOINT}`,
          after: { revision: 1 },
        },
      ],
    },
  },
};
