import type { Examples } from '#shared/examples.ts';
import { AT, ENDPOINT } from '#shared/story.ts';

const ID = '01KB1ZD8N0Q3R6S9T2V5W8X1Y4';
const OfToken = { token: ID };
const about = {
  name: 'website',
  scopes: ['predict', 'feedback'],
  endpoints: [ENDPOINT],
  expires: '2031-01-01T00:00:00.000Z',
};
const token = {
  ...about,
  id: ID,
  prefix: `skiff_${ID}`,
  status: 'active',
  createdAt: AT,
  createdBy: 'alice',
};

export const examples: Examples = {
  createToken: {
    body: about,
    answer: { ...token, token: `skiff_${ID}_VXBvbiB0aGUgbW9vbiB0aGVyZSBpcyBhIHNraWZmIQAA` },
  },
  listTokens: { query: { limit: 1 }, answer: { items: [token] } },
  getToken: { params: OfToken, answer: token },
  revokeToken: { params: OfToken },
};
