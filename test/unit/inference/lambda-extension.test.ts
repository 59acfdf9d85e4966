import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';

const ROOT = new URL('../../../', import.meta.url).pathname;
const SCRIPT = new URL('../../helpers/lambda-process.ts', import.meta.url).pathname;

const EVENT = {
  rawPath: '/v2/models/it/infer',
  headers: {},
  body: JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [1] }] }),
  requestContext: {
    ...{ requestId: 'r', http: { method: 'POST' } },
    authorizer: { lambda: { actor: 'tester', scopes: 'predict' } },
  },
};

/**
 * Lambda's runtime and extensions API, as far as one function goes: an event is given out once
 * runtime and extension have both asked for it, when the environment would be frozen.
 */
class FakeLambda {
  readonly log: string[] = [];
  #runtime: ServerResponse | undefined;
  #extension: ServerResponse | undefined;
  #registered = false;
  #idle: (() => void) | undefined;
  #child: ChildProcess | undefined;
  #next = 0;
  readonly #server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => this.#answer(request.url ?? '', body, response));
  });

  async start(env: Record<string, string> = {}): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address() as AddressInfo;
    const own = { PATH: process.env.PATH, ORT_DISABLE_TELEMETRY: '1', ...env };
    this.#child = spawn(process.execPath, [SCRIPT], {
      ...{ cwd: ROOT, stdio: 'inherit' },
      env: { ...own, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}` },
    });
  }

  /** Until both have asked for the next event. */
  async idle(): Promise<void> {
    if (this.#isIdle) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  async invoke(deadlineMs = Date.now() + 10_000): Promise<void> {
    await this.idle();
    const id = `request-${this.#next++}`;
    const runtime = this.#runtime as ServerResponse;
    const extension = this.#extension as ServerResponse;
    this.#runtime = undefined;
    this.#extension = undefined;
    this.log.push('event');
    extension.end(JSON.stringify({ eventType: 'INVOKE', deadlineMs, requestId: id }));
    runtime.setHeader('lambda-runtime-aws-request-id', id).end(JSON.stringify(EVENT));
  }

  /** An event that breaks off before it reaches the runtime. */
  async breakOff(deadlineMs: number): Promise<void> {
    await this.idle();
    const extension = this.#extension as ServerResponse;
    this.#extension = undefined;
    this.log.push('broken event');
    extension.end(JSON.stringify({ eventType: 'INVOKE', deadlineMs, requestId: 'broken' }));
  }

  /** Tells the process that it ends; answers its exit code. */
  async shutDown(): Promise<number | null> {
    await this.idle();
    this.log.push('SIGTERM');
    const exited = new Promise<number | null>((resolve) => this.#child?.on('exit', resolve));
    this.#child?.kill('SIGTERM');
    return exited;
  }

  stop(): void {
    this.#child?.kill('SIGKILL');
    this.#server.closeAllConnections();
    this.#server.close();
  }

  get #isIdle(): boolean {
    return this.#runtime !== undefined && this.#extension !== undefined;
  }

  #answer(url: string, body: string, response: ServerResponse): void {
    if (url.endsWith('/extension/register')) {
      this.#registered = true;
      this.log.push(`register ${JSON.parse(body).events}`);
      response.setHeader('lambda-extension-identifier', 'e').end('{}');
      return;
    }
    if (url.endsWith('/extension/event/next')) this.#extension = response;
    else if (url.endsWith('/invocation/next')) {
      // As Lambda does: from here on nobody can register.
      if (!this.#registered) this.log.push('runtime asked before the extension registered');
      this.#runtime = response;
    } else {
      this.log.push(url.endsWith('/response') ? 'answer' : url.slice('/test/'.length));
      response.end();
      return;
    }
    if (this.#isIdle) {
      this.log.push('idle');
      this.#idle?.();
    }
  }
}

let lambda: FakeLambda;
afterEach(() => lambda.stop());
const started = async (env?: Record<string, string>) => {
  lambda = new FakeLambda();
  await lambda.start(env);
  await lambda.idle();
  return lambda;
};

describe('on Lambda, captures', () => {
  it('are written before the function may be frozen, where they are due', async () => {
    const { log } = await started();
    await lambda.invoke();
    await lambda.idle();
    expect(log.slice(0, 3)).toEqual(['register INVOKE', 'idle', 'event']);
    expect(log.filter((what) => what !== 'answer').slice(3)).toEqual(['file', 'summary', 'idle']);
    expect(log).toContain('answer');
  }, 30_000);

  it('do not hold the function up for an event that never reached it', async () => {
    const { log } = await started();
    await lambda.breakOff(Date.now() + 50);
    await lambda.idle();
    expect(log).toEqual(['register INVOKE', 'idle', 'broken event', 'idle']);
  }, 30_000);

  it('that are not due hold nothing up, and are written when Lambda says that it ends', async () => {
    const { log } = await started({ CAPTURE_AGE: '60000' });
    await lambda.invoke();
    await lambda.invoke();
    const code = await lambda.shutDown();
    expect(log).toEqual([
      ...['register INVOKE', 'idle'],
      ...['event', 'answer', 'idle', 'event', 'answer', 'idle'],
      ...['SIGTERM', 'file', 'summary'],
    ]);
    expect(code).toBe(0);
  }, 30_000);
});
