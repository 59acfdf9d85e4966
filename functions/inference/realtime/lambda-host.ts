import { AppError } from '#core/errors.ts';
import { refusal } from '#shared/caller.ts';
import { lineTail } from '#shared/emf.ts';
import type { HttpEvent, HttpResult } from '#shared/http.ts';
import { lineWriter, type WriteLine } from '#shared/line-writer.ts';
import {
  answerRequest,
  describe,
  errorFields,
  failure,
  logLine,
  ownRequestId,
  pathOf,
} from '../host.ts';
import { predictionId } from '../prediction-id.ts';
import type { InferenceService } from '../service.ts';
import { JSON_TYPE, newTrace, type Trace, type WireAnswer, type WireRequest } from '../wire.ts';
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
      answer = await answerRequest(service, toRequest(event, path, requestId), trace);
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

const toRequest = (event: HttpEvent, path: readonly string[], id: string): WireRequest => ({
  id,
  method: event.requestContext.http.method,
  path,
  headers: event.headers,
  body: event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64') : (event.body ?? ''),
});

/** The caller's own request id where it is harmless, else the gateway's. */
const requestIdOf = (event: HttpEvent): string =>
  ownRequestId(event.headers['x-request-id']) ?? event.requestContext.requestId;

function traceIdOf(event: HttpEvent): string {
  const header = event.headers['x-amzn-trace-id'];
  return /^Root=([\w-]{1,64})/.exec(header ?? '')?.[1] ?? '';
}

/** What the log keeps of a request that failed by a defect or was refused; never its token. */
function lineOf(error: unknown, event: HttpEvent, requestId: string): string | undefined {
  const id = { 'http.request.id': requestId };
  if (!(error instanceof AppError)) {
    return logLine('error', 'prediction failed', { ...id, ...errorFields(error) });
  }
  if (error.code !== 'unauthorized' && error.code !== 'forbidden') return undefined;
  return logLine('warn', 'refused', { ...id, ...refusal(event, error) });
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
