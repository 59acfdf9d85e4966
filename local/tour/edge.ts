import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleEdge } from '../../edge/build.ts';
import { type Api, call } from '../api-client.ts';
import type { Example } from '../examples.ts';
import type { FirstDay } from './first-day.ts';
import { step } from './print.ts';

const PATIENCE_MS = 60_000;
const MODULES = join(import.meta.dirname, '../../node_modules');
/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9';

interface Status {
  readonly revision: number | null;
  readonly ready: boolean;
}

/** An edge server as a process, beside what it keeps. */
class Device {
  readonly #folder = mkdtempSync(join(tmpdir(), 'skiff-device-'));
  readonly #env: Record<string, string>;
  #process: ChildProcess | undefined;
  #port = '';

  constructor(env: Record<string, string>) {
    this.#env = env;
    bundleEdge(join(this.#folder, 'skiff-edge.cjs'));
  }

  async start(more: Record<string, string> = {}): Promise<void> {
    const started = spawn(process.execPath, [join(this.#folder, 'skiff-edge.cjs')], {
      env: {
        ...{ PATH: process.env.PATH, NODE_PATH: MODULES },
        ...{ SKIFF_EDGE_FOLDER: join(this.#folder, 'state'), SKIFF_EDGE_POLL_SECONDS: '1' },
        ...{ SKIFF_EDGE_HTTP_PORT: '0', SKIFF_EDGE_GRPC_PORT: '0', ...this.#env, ...more },
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process = started;
    let output = '';
    started.stdout.on('data', (chunk) => {
      output += chunk;
    });
    const ended = once(started, 'exit');
    for (;;) {
      const [, port] = /listening: HTTP (\d+)/.exec(output) ?? [];
      if (port) {
        this.#port = port;
        return;
      }
      if (await Promise.race([ended, sleep(20)])) throw new Error(output);
    }
  }

  async kill(): Promise<void> {
    const running = this.#process;
    if (!running) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
    this.#process = undefined;
  }

  /** One byte of the bundle of a revision, on its disk. */
  damage(revision: number): string {
    const bundles = join(this.#folder, 'state/bundles');
    const name = readdirSync(bundles).find((file) => file.startsWith(`${revision}-`)) as string;
    const bytes = readFileSync(join(bundles, name));
    const at = Math.floor(bytes.length / 2);
    bytes[at] = (bytes[at] as number) ^ 1;
    writeFileSync(join(bundles, name), bytes);
    return name;
  }

  async ask(path: string, body?: unknown): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.#port}${path}`, {
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
    return response.text();
  }

  async serving(revision: number): Promise<void> {
    for (const start = Date.now(); ; await sleep(100)) {
      const status: Status = JSON.parse(await this.ask('/status'));
      if (status.ready && status.revision === revision) return;
      if (Date.now() - start > PATIENCE_MS) throw new Error(`serves ${status.revision}`);
    }
  }

  async end(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true });
  }
}

/** The same model on a device: started from a bundle, updated, broken on purpose and recovered. */
export async function showEdge(api: Api, example: Example, day: FirstDay): Promise<void> {
  const endpoint = `${day.endpoint}-on-devices`;
  const path = `/api/v1/endpoints/${endpoint}`;
  console.log(`\n${example.name}: on a device`);
  const bundle = async (share: number) => {
    const body = { variants: [{ model: day.model, version: day.version }], capture: { share } };
    await call(api, 'PUT', path, { body });
    return call<{ revision: number; sizeBytes: number }>(api, 'POST', `${path}/bundles`);
  };
  let first = 0;
  await step('make a signed bundle', async () => {
    const { revision, sizeBytes } = await bundle(0);
    first = revision;
    return `revision ${revision}, ${sizeBytes} bytes`;
  });
  const device = new Device(await environment(api, endpoint));
  try {
    await step('start the edge server and compare its answer with the cloud’s', async () => {
      await device.start();
      await device.serving(first);
      const infer = `/v2/models/${endpoint}/infer`;
      const [here, there] = [
        JSON.parse(await device.ask(infer, example.expected.request)),
        await call(api, 'POST', infer, { body: example.expected.request }),
      ].map((answer) => JSON.stringify((answer as { outputs: unknown }).outputs));
      if (here !== there) throw new Error('they differ');
      return 'the same, to the last digit';
    });
    await showRecovery(device, { first, update: () => bundle(1) });
  } finally {
    await device.end();
  }
}

async function showRecovery(
  device: Device,
  { first, update }: { first: number; update: () => Promise<{ revision: number }> },
): Promise<void> {
  let second = 0;
  await step('make another bundle, which it fetches, tests and serves', async () => {
    second = (await update()).revision;
    await device.serving(second);
    return `revision ${second}`;
  });
  await step('kill it, damage that bundle on its disk, and start it offline', async () => {
    await device.kill();
    const name = device.damage(second);
    await device.start({ SKIFF_URL: NOWHERE });
    await device.serving(first);
    return `${name} is refused, revision ${first} serves`;
  });
  await step('give it its network back', async () => {
    await device.kill();
    await device.start();
    await device.serving(second);
    return `revision ${second} again`;
  });
}

async function environment(api: Api, endpoint: string): Promise<Record<string, string>> {
  const body = { name: `devices of ${endpoint}`, scopes: ['device'], endpoints: [endpoint] };
  const { token } = await call<{ token: string }>(api, 'POST', '/api/v1/tokens', { body });
  const key = await call<{ publicKey: string }>(api, 'GET', '/api/v1/bundle-key');
  return {
    ...{ SKIFF_URL: api.apiUrl, SKIFF_TOKEN: token, SKIFF_EDGE_ENDPOINT: endpoint },
    ...{ SKIFF_EDGE_KEYS: key.publicKey, SKIFF_EDGE_DEVICE: 'demo' },
  };
}
