import * as z from 'zod';
import { route } from '#shared/http.ts';
import { idempotencyOf } from '#shared/idempotency.ts';
import { PageQuery, pageOf } from '#slices/registry';
import { CreatedToken, NewToken, Token } from './schema.ts';
import { createToken, getToken, listTokens, revokeToken } from './store.ts';

const OfToken = z.strictObject({ token: z.ulid() });

export const routes = [
  route({
    method: 'POST',
    path: '/api/v1/tokens',
    operation: 'createToken',
    summary: 'Make an API token; its text is shown this once',
    scope: 'admin',
    names: 'none',
    repeat: 'by key',
    body: NewToken,
    response: { status: 201, location: true, schema: CreatedToken },
    run: async (request) => {
      const idempotency = idempotencyOf(request, 'POST /tokens', request.body);
      const { actor, requestId } = request;
      const made = await createToken(request.body, { actor, requestId, idempotency });
      const headers = { location: `/api/v1/tokens/${made.id}`, 'cache-control': 'no-store' };
      return { body: made, headers };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/tokens',
    operation: 'listTokens',
    summary: 'API tokens, newest first, those that have ended too',
    scope: 'admin',
    names: 'none',
    query: PageQuery,
    response: { status: 200, schema: pageOf(Token) },
    run: async ({ query }) => ({ body: await listTokens(query) }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/tokens/{token}',
    operation: 'getToken',
    summary: 'One API token: whose, for what, until when, last used',
    scope: 'admin',
    names: 'none',
    params: OfToken,
    response: { status: 200, schema: Token },
    run: async ({ params }) => ({ body: await getToken(params.token) }),
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/tokens/{token}',
    operation: 'revokeToken',
    summary: 'End an API token for good; its record stays',
    scope: 'admin',
    names: 'none',
    params: OfToken,
    response: { status: 204 },
    run: async ({ params, actor, requestId }) => {
      await revokeToken(params.token, { actor, requestId });
      return {};
    },
  }),
];
