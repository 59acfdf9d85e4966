import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { AppError } from '#core/errors.ts';
import { describe, errorFields, failure, logLine, ownRequestId, pathOf } from '../host.ts';
import { predictionId } from '../prediction-id.ts';
import { JSON_TYPE, json, type WireAnswer, type WireRequest } from '../wire.ts';
import type { Metrics } from './metrics.ts';
import type { Hold, Room } from './room.ts';
import type { Serving } from './serving.ts';

export interface HttpOptions {
  readonly serving: Serving;
  readonly metrics: Metrics;
  /** What `/status` answers. */
  readonly status: () => object;
  readonly room: Room;
  readonly maxBodyBytes: number;
  readonly log: (line: string) => void;
}

/** The Open Inference Protocol and rows of columns, as behind the platform's API; and `/metrics`. */
export function httpServer(options: HttpOptions): Server {
  return createServer((request, response) => {
    const held = options.room.hold();
    respond({ ...options, held }, request, response)
      .catch((error: unknown) => {
        // Most likely whoever asked is gone.
        options.log(logLine('warn', 'a request broke off', errorFields(error)));
        response.destroy();
      })
      .finally(held.end);
  });
}

async function respond(
  options: HttpOptions & { readonly held: Hold },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', url = '/' } = request;
  const [rawPath = '/'] = url.split('?');
  const own = method === 'GET' ? ownAnswer(options, rawPath) : undefined;
  if (own) return send(response, own, {});
  const id = ownRequestId(header(request, 'x-request-id')) ?? predictionId(Date.now());
  const path = pathOf(rawPath);
  const onError = (error: unknown) => {
    if (!(error instanceof AppError)) {
      const fields = { 'http.request.id': id, ...errorFields(error) };
      options.log(logLine('error', 'prediction failed', fields));
    }
    return failure(error, { path, instance: rawPath, requestId: id });
  };
  const headers: Record<string, string> = { 'x-request-id': id };
  let body: Buffer;
  try {
    body = await readBody(request, options);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // What is left of it is not read.
    return send(response, onError(error), { ...headers, connection: 'close' });
  }
  const wire: WireRequest = {
    ...{ id, method, path },
    headers: request.headers as WireRequest['headers'],
    body: isText(request) ? body.toString('utf8') : body,
  };
  const { answer, trace } = await options.serving.answer(wire, 'http', onError);
  if (trace.target) describe(trace.target, trace, headers);
  // A connection that is kept would keep the server from ending.
  if (options.serving.isDraining) headers.connection = 'close';
  send(response, answer, headers);
}

/** What is the edge server's own, and not of the protocols. */
function ownAnswer(options: HttpOptions, path: string): WireAnswer | undefined {
  const { serving, metrics } = options;
  if (path === '/v2/health/ready' && !serving.isReady) return json({ ready: false }, 503);
  if (path === '/v2/health/live') return json({ live: true });
  if (path === '/status') return json(options.status());
  if (path !== '/metrics') return undefined;
  return { status: 200, contentType: 'text/plain; version=0.0.4', body: metrics.text() };
}

const header = ({ headers }: IncomingMessage, name: string): string | undefined =>
  headers[name] as string | undefined;

/** Tensors in binary form follow a JSON head of so many bytes; anything else is JSON. */
const isText = (request: IncomingMessage): boolean =>
  header(request, 'inference-header-content-length') === undefined;

/** @throws AppError where it is too large, or finds no room */
async function readBody(
  request: IncomingMessage,
  { maxBodyBytes, held }: { readonly maxBodyBytes: number; readonly held: Hold },
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const check = (length: number) => {
    if (length <= maxBodyBytes) return;
    throw new AppError('too-large', `the body has more than ${maxBodyBytes} bytes`);
  };
  check(Number(header(request, 'content-length') ?? 0));
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    check(bytes);
    held.take((chunk as Buffer).length);
    chunks.push(chunk as Buffer);
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

function send(
  response: ServerResponse,
  { status, contentType, body, headers }: WireAnswer,
  more: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, {
    'content-type': contentType || JSON_TYPE,
    'content-length': Buffer.byteLength(body),
    ...(status === 503 && { 'retry-after': '1' }),
    ...more,
    ...headers,
  });
  response.end(body);
}
