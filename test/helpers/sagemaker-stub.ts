import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface Invocation {
  readonly endpoint: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface StubAnswer {
  readonly status?: number;
  /** The name of an error of the runtime API. */
  readonly error?: string;
  readonly body: string | object;
  /** Milliseconds before it. */
  readonly after?: number;
}

/** A server that speaks SageMaker's runtime API (InvokeEndpoint), on loopback. */
export async function startSageMakerStub(
  answer: (call: Invocation) => StubAnswer,
  port = 0,
): Promise<{ url: string; calls: Invocation[]; close: () => Promise<void> }> {
  const calls: Invocation[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const endpoint = /^\/endpoints\/([^/]+)\/invocations$/.exec(request.url ?? '')?.[1] ?? '';
    const call = { endpoint, headers: request.headers, body: Buffer.concat(chunks).toString() };
    calls.push(call);
    const { status = 200, error, body, after = 0 } = answer(call);
    await delay(after, undefined, { ref: false });
    response.writeHead(status, {
      'content-type': error ? 'application/json' : (request.headers.accept ?? ''),
      ...(error && { 'x-amzn-errortype': error }),
    });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
