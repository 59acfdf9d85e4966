import type {
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerWithContextResult,
} from 'aws-lambda';
import { logger } from '#shared/observability.ts';
import { findToken } from '../store.ts';
import { parseAuthorization, verify } from '../tokens.ts';

type Verdict = APIGatewaySimpleAuthorizerWithContextResult<Record<string, string>>;

/** Answers API Gateway's question who is calling; what the caller may do is each route's to say. */
export const handler = async (event: APIGatewayRequestAuthorizerEventV2): Promise<Verdict> => {
  const presented = parseAuthorization(event.headers?.authorization);
  const record = presented && (await findToken(presented.id));
  const caller = record && verify(presented.secret, record);
  if (caller) {
    return {
      isAuthorized: true,
      context: { actor: caller.actor, scopes: caller.scopes.join(' ') },
    };
  }
  logger.warn('token refused', { 'user.id': presented?.id, 'url.path': event.rawPath });
  return { isAuthorized: false, context: {} };
};
