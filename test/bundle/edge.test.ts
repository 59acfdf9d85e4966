import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundleEdge } from '../../edge/build.ts';
import { makeBundle, TEST_KEY } from '../helpers/bundle.ts';
import { echoModel } from '../helpers/tiny-model.ts';
import { root } from '../infra/synthesise.ts';

const folder = mkdtempSync(join(tmpdir(), 'skiff-edge-program-'));
const program = join(folder, 'skiff-edge.cjs');
const MAX_BYTES = 1_000_000;
let child: ChildProcess | undefined;
afterAll(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Starts the program; resolves to its HTTP port, or its output where it ends. */
async function start(env: Record<string, string>): Promise<{ port: number; output: string }> {
  child = spawn(process.execPath, [program], {
    env: { PATH: process.env.PATH, NODE_PATH: join(root, 'node_modules'), ...env },
  });
  let output = '';
  const ended = once(child, 'exit');
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  for (;;) {
    const [, port] = /listening: HTTP (\d+)/.exec(output) ?? [];
    if (port) return { port: Number(port), output };
    const over = await Promise.race([ended, delay(20)]);
    if (over) return { port: 0, output };
  }
}

describe('the edge server as one program', () => {
  beforeAll(() => bundleEdge(program));

  it('is small', () => expect(statSync(program).size).toBeLessThan(MAX_BYTES));

  it('says what it lacks', async () => {
    const { port, output } = await start({});
    expect([port, output]).toEqual([0, expect.stringContaining('SKIFF_EDGE_KEYS')]);
  });

  it('answers what runs when it is told to end, takes nothing more, and ends', async () => {
    const model = echoModel([{ name: 'x', datatype: 'FP32', shape: ['n'] }]);
    writeFileSync(join(folder, 'b.tar'), makeBundle('e', model));
    const { port } = await start({
      ...{ SKIFF_EDGE_KEYS: TEST_KEY, SKIFF_EDGE_BUNDLE: join(folder, 'b.tar') },
      ...{ SKIFF_EDGE_HTTP_PORT: '0', SKIFF_EDGE_GRPC_PORT: '0' },
      SKIFF_EDGE_FOLDER: join(folder, 'state'),
    });
    const exit = once(child as ChildProcess, 'exit');
    const body = '{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[5]}]}';
    const call = request({ port, method: 'POST', path: '/v2/models/e/infer' });
    call.setHeader('content-length', body.length);
    // Its head is there, and its body comes after the signal.
    call.write(body.slice(0, 10));
    await once(call, 'socket');
    await delay(200);
    child?.kill('SIGTERM');
    await delay(200);
    await expect(fetch(`http://127.0.0.1:${port}/v2/health/ready`)).rejects.toThrow();
    call.end(body.slice(10));
    const [response] = await once(call, 'response');
    expect(response.statusCode).toBe(200);
    response.resume();
    expect(await exit).toEqual([0, null]);
  });
});
