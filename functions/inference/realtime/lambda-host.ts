import { AppError } from '#core/errors.ts';
import { refusal } from '#shared/caller.ts';
import { lineTail } from '#shared/emf.ts';
import type { HttpEvent, HttpResult } from '#shared/http.ts';
import { lineWriter, type WriteLine } from '#shared/line-writer.ts';
import { problem, statusOf } from '#shared/problem.ts';
import type { Target } from '../predict.ts';
import { predictionId } from '../prediction-id.ts';
import { answerOpenInference } from '../protocols/open-inference.ts';
import { answerRows, isRowsPath } from '../protocols/rows.ts';
import type { InferenceService } from '../service.ts';
import {
  JSON_TYPE,
  json,
  newTrace,
  type Trace,
  type WireAnswer,
  type WireRequest,
} from '../wire.ts';
import { authorise } from './authorise.ts';

/** What happens to requests once they are answered. */
export interface Capture {
  /** Of a request that found its target. */
  readonly record: (trace: Trace) => void;
  /** After every request. */
  readonly answered: () => void;
}

const STDOUT = 1;
const NO_HEAD = new Uint8Array(0);

/**
 * The prediction path's Lambda handler: from API Gateway's event to its answer. By hand and not by
 * middy, because a request has some microseconds beside the model's own (docs/performance.md).
 */
export const lambdaHost = (
  service: InferenceService,
  write: WriteLine = lineWriter(STDOUT),
  capture?: Capture,
) => {
  return async (event: HttpEvent): Promise<HttpResult> => {
    const started = performance.now();
    const at = Date.now();
    const trace = newTrace(predictionId(at), at);
    const requestId = requestIdOf(event);
    const path = pathOf(event.rawPath);
    let answer: WireAnswer;
    try {
      authorise(event, path, at);
      answer = await route(service, toRequest(event, path, requestId), trace);
    } catch (error) {
      const line = lineOf(error, event, requestId);
      if (line !== undefined) write(NO_HEAD, line);
      answer = failure(error, { path, instance: event.rawPath, requestId });
    }
    if (trace.target) {
      trace.latencyMs = performance.now() - started;
      trace.status = answer.status;
      const facts = {
        at,
        latencyMs: trace.latencyMs,
        status: answer.status,
        rows: trace.rows,
        predictionId: trace.predictionId,
        requestId,
        traceId: traceIdOf(event),
      };
      write(trace.target.lineHead, lineTail(facts));
      capture?.record(trace);
    }
    capture?.answered();
    return toResult(answer, requestId, trace);
  };
};

function route(service: InferenceService, request: WireRequest, trace: Trace) {
  if (request.path[1] === 'v2') return answerOpenInference(service, request, trace);
  if (isRowsPath(request.path)) return answerRows(service, request, trace);
  throw new AppError('not-found', 'there is nothing here: see /api/v1/openapi.json');
}

/** Decoded once and no more: decoding twice is how checks on names are walked around. */
function pathOf(rawPath: string): string[] {
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

const toRequest = (event: HttpEvent, path: readonly string[], id: string): WireRequest => ({
  id,
  method: event.requestContext.http.method,
  path,
  headers: event.headers,
  body: event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64') : (event.body ?? ''),
});

const HARMLESS = /^[\w.:=-]{1,128}$/;

/** The caller's own request id where it is harmless, else the gateway's. */
function requestIdOf(event: HttpEvent): string {
  const own = event.headers['x-request-id'];
  return own && HARMLESS.test(own) ? own : event.requestContext.requestId;
}

function traceIdOf(event: HttpEvent): string {
  const header = event.headers['x-amzn-trace-id'];
  return /^Root=([\w-]{1,64})/.exec(header ?? '')?.[1] ?? '';
}

interface FailureContext {
  readonly path: readonly string[];
  readonly instance: string;
  readonly requestId: string;
}

function failure(error: unknown, { path, instance, requestId }: FailureContext): WireAnswer {
  if (path[1] !== 'v2') {
    const { statusCode, headers, body } = problem(error, instance, requestId);
    const contentType = headers?.['content-type'] as string;
    return { status: statusCode as number, contentType, body: body as string };
  }
  if (error instanceof AppError) return json({ error: error.message }, statusOf(error.code));
  return json({ error: `something failed on our side; quote the request id ${requestId}` }, 500);
}

/** What the log keeps of a request that failed by a defect or was refused; never its token. */
function lineOf(error: unknown, event: HttpEvent, requestId: string): string | undefined {
  if (!(error instanceof AppError)) {
    const { name, message, stack } = error as Error;
    return logLine('error', 'prediction failed', requestId, {
      'error.type': name,
      'error.message': message,
      'error.stack_trace': stack,
    });
  }
  if (error.code !== 'unauthorized' && error.code !== 'forbidden') return undefined;
  return logLine('warn', 'refused', requestId, refusal(event, error));
}

function logLine(level: string, message: string, requestId: string, more: object): string {
  const fields = {
    '@timestamp': new Date().toISOString(),
    'ecs.version': '9.0.0',
    'log.level': level,
    'service.name': 'skiff',
    message,
    'http.request.id': requestId,
    ...more,
  };
  return `${JSON.stringify(fields)}\n`;
}

function toResult(answer: WireAnswer, requestId: string, trace: Trace): HttpResult {
  const { status: statusCode, contentType, body } = answer;
  const headers: Record<string, string> = {
    'content-type': contentType || JSON_TYPE,
    'x-request-id': requestId,
  };
  if (answer.headers) Object.assign(headers, answer.headers);
  if (trace.target) describe(trace.target, trace, headers);
  if (statusCode === 503) headers['retry-after'] = '1';
  if (statusCode === 401) headers['www-authenticate'] = 'Bearer';
  if (typeof body === 'string') return { statusCode, headers, body };
  return { statusCode, headers, body: body.toString('base64'), isBase64Encoded: true };
}

function describe(target: Target, trace: Trace, headers: Record<string, string>): void {
  headers['x-skiff-prediction-id'] = trace.predictionId;
  headers['x-skiff-endpoint-revision'] = String(target.endpoint.revision);
  headers['x-skiff-model-version'] = String(target.variant.version);
  headers['x-skiff-variant'] = target.variant.name;
  if (trace.fallbackFrom) headers['x-skiff-fallback-from'] = trace.fallbackFrom.variant.name;
}
