import { route } from '#shared/http.ts';
import { pageOf } from '#slices/registry';
import { listFeedback } from './listing.ts';
import { receiveFeedback } from './receive.ts';
import { Feedback, FeedbackBatch, FeedbackQuery, FeedbackResult, OfEndpoint } from './schema.ts';

export const routes = [
  route({
    method: 'POST',
    path: '/api/v1/feedback',
    operation: 'sendFeedback',
    summary: 'Say what turned out to be true of predictions, up to 1,000 at once',
    description:
      'Each item is taken or refused by itself; the answer is 200 in any case and says which. What was said before may be said again; to say something else, send `"correct": true`.',
    scope: 'feedback',
    // Each item is held to the caller's limits by itself.
    names: 'none',
    repeat: 'as it is',
    body: FeedbackBatch,
    response: { status: 200, schema: FeedbackResult },
    run: async ({ body, actor, limits }) => ({
      body: await receiveFeedback(body.items, { actor, limits }),
    }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/endpoints/{endpoint}/feedback',
    operation: 'listFeedback',
    summary: 'What turned out to be true of its predictions, in their order',
    scope: 'read',
    params: OfEndpoint,
    query: FeedbackQuery,
    response: { status: 200, schema: pageOf(Feedback) },
    run: async ({ params, query }) => ({ body: await listFeedback(params.endpoint, query) }),
  }),
];
