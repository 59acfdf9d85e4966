import { AppError } from '#core/errors.ts';
import { problem, statusOf } from '#shared/problem.ts';
import type { Target } from './predict.ts';
import { answerOpenInference } from './protocols/open-inference.ts';
import { answerRows, isRowsPath } from './protocols/rows.ts';
import { answerScoring, isScoringPath } from './protocols/scoring.ts';
import { scoringFailure } from './protocols/scoring-answer.ts';
import type { InferenceService } from './service.ts';
import { json, type Trace, type WireAnswer, type WireRequest } from './wire.ts';

/*
 * What the hosts that speak HTTP have in common: Lambda behind API Gateway, and the edge server.
 */

/** Answers a request in the protocol of its path. */
export function answerRequest(service: InferenceService, request: WireRequest, trace: Trace) {
  if (request.path[1] === 'v2') return answerOpenInference(service, request, trace);
  if (isRowsPath(request.path)) return answerRows(service, request, trace);
  if (isScoringPath(request.path)) return answerScoring(service, request, trace);
  throw new AppError('not-found', 'there is nothing here: see /api/v1/openapi.json');
}

/** Decoded once and no more: decoding twice is how checks on names are walked around. */
export function pathOf(rawPath: string): string[] {
  const segments = rawPath.split('/');
  if (!rawPath.includes('%')) return segments;
  return segments.map((segment) => {
    try {
      return decodeURIComponent(segment);
    } catch {
      return segment;
    }
  });
}

const HARMLESS = /^[\w.:=-]{1,128}$/;

/** The caller's own request id, where it is harmless. */
export const ownRequestId = (header: string | undefined): string | undefined =>
  header && HARMLESS.test(header) ? header : undefined;

interface FailureContext {
  readonly path: readonly string[];
  readonly instance: string;
  readonly requestId: string;
}

/** An error in the form of the protocol. */
export function failure(error: unknown, { path, instance, requestId }: FailureContext): WireAnswer {
  if (isScoringPath(path)) return scoringFailure(error, requestId);
  if (path[1] !== 'v2') {
    const { statusCode, headers, body } = problem(error, instance, requestId);
    const contentType = headers?.['content-type'] as string;
    return { status: statusCode as number, contentType, body: body as string };
  }
  if (error instanceof AppError) return json({ error: error.message }, statusOf(error.code));
  return json({ error: `something failed on our side; quote the request id ${requestId}` }, 500);
}

/** Says in headers what has answered. */
export function describe(target: Target, trace: Trace, headers: Record<string, string>): void {
  headers['x-skiff-prediction-id'] = trace.predictionId;
  headers['x-skiff-endpoint-revision'] = String(target.endpoint.revision);
  headers['x-skiff-model-version'] = String(target.variant.version);
  headers['x-skiff-variant'] = target.variant.name;
  if (trace.fallbackFrom) headers['x-skiff-fallback-from'] = trace.fallbackFrom.variant.name;
}

/** A line of the log in Elastic Common Schema. */
export function logLine(level: string, message: string, fields: object): string {
  const line = {
    '@timestamp': new Date().toISOString(),
    'ecs.version': '9.0.0',
    'log.level': level,
    'service.name': 'skiff',
    message,
    ...fields,
  };
  return `${JSON.stringify(line)}\n`;
}

/** What a line of the log says of a defect. */
export function errorFields(error: unknown): object {
  const { name, message, stack } = error as Error;
  return { 'error.type': name, 'error.message': message, 'error.stack_trace': stack };
}
