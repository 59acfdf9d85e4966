import { coversPacked } from '#core/access/limits.ts';
import { isLimited, isPresent, requireNames, requireScope, unauthorized } from '#shared/caller.ts';
import type { HttpEvent } from '#shared/http.ts';
import { isHealth } from '../protocols/open-inference.ts';
import { isScoringPath } from '../protocols/scoring.ts';

/**
 * Whether the caller of a prediction path may call it; without an allocation where its token has
 * one scope and no limits (bench/authorise.ts).
 *
 * @throws AppError `unauthorized` or `forbidden`
 */
export function authorise(event: HttpEvent, path: readonly string[], nowMs: number): void {
  if (isHealth(path)) return;
  const context = event.requestContext.authorizer?.lambda;
  if (!context || !isPresent(context, nowMs)) throw unauthorized(context);
  const { scopes = '', endpoints = '' } = context;
  if (scopes !== 'admin' && scopes !== 'predict') {
    requireScope({ scopes: scopes.split(' ') }, 'predict');
  }
  if (isLimited(context)) requireEndpoint(endpoints, path);
}

const NOTHING = { models: [], endpoints: [], workspaces: [] };

/**
 * By the name in the path: /v2/models/{endpoint}…, /api/v1/endpoints/{endpoint}/predictions,
 * /endpoints/{endpoint}/…
 */
function requireEndpoint(endpoints: string, path: readonly string[]): void {
  const name = path[1] === 'v2' ? path[3] : isScoringPath(path) ? path[2] : path[4];
  if (name === undefined || coversPacked(endpoints, name)) return;
  requireNames({ limits: NOTHING }, { endpoints: [name] });
}
