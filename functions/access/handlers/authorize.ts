import type {
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerWithContextResult,
} from 'aws-lambda';
import type { CallerContext } from '#shared/caller.ts';
import { logger } from '#shared/observability.ts';
import { authenticate } from '../authenticate.ts';

type Verdict = APIGatewaySimpleAuthorizerWithContextResult<CallerContext>;

/**
 * Answers API Gateway's question who is calling. What a caller may do is each route's to say, and
 * so is the refusal of those who are nobody (docs/adr/0003-functions-refuse.md).
 */
export const handler = async (event: APIGatewayRequestAuthorizerEventV2): Promise<Verdict> => {
  const context = await authenticate(event.headers?.authorization, new Date());
  if (context.refused) {
    logger.warn('token refused', { 'event.reason': context.refused, 'url.path': event.rawPath });
  }
  return { isAuthorized: true, context };
};
