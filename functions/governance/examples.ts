import type { Examples } from '#shared/examples.ts';
import { ACTOR, AT, ENDPOINT } from '#shared/story.ts';

const PREVIOUS = '6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b';
const HASH = 'd4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35';

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
          chain: { sequence: 42, previous: PREVIOUS, hash: HASH },
        },
      ],
    },
  },
  verifyAudit: {
    query: { limit: 1000 },
    answer: { status: 'intact', checked: 84, pending: 0, head: { sequence: 42, hash: HASH } },
  },
};
