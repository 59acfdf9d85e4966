import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundle } from './bundle.ts';
import { ENDPOINT, inferBody, inferEvent, MODEL, median, randomRows } from './model.ts';

const ROOT = join(import.meta.dirname, '..');
const REPEATS = 15;

interface Start {
  /** Milliseconds from process start to the first answer. */
  readonly total: number;
  /** Processor time in that. */
  readonly cpu: number;
  readonly parts: Readonly<Record<string, number>>;
}

export interface ColdResult {
  readonly floor: Start;
  readonly handler: Start;
  /** The same with the SDK's clients in place of our reader. */
  readonly withSdk: Start;
  readonly ratio: number;
  readonly cpuRatio: number;
  readonly sdkRatio: number;
}

/**
 * Process start to first prediction: the handler's real bundle, reading record and model from a
 * server on this machine, over the runtime alone with the model in a file.
 */
export async function benchCold(): Promise<ColdResult> {
  const folder = mkdtempSync(join(tmpdir(), 'skiff-bench-'));
  const server = await startStorage();
  try {
    const runs = prepare(folder, (server.address() as AddressInfo).port);
    const starts: Start[][] = runs.map(() => []);
    for (let i = 0; i < REPEATS; i++) {
      for (const [kind, run] of runs.entries()) starts[kind]?.push(await run());
    }
    const [floor, handler, withSdk] = starts.map(summary) as [Start, Start, Start];
    return compare(floor, handler, withSdk);
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
}

const compare = (floor: Start, handler: Start, withSdk: Start): ColdResult => ({
  floor,
  handler,
  withSdk,
  ratio: handler.total / floor.total,
  cpuRatio: handler.cpu / floor.cpu,
  sdkRatio: withSdk.total / floor.total,
});

function prepare(folder: string, port: number) {
  const at = (name: string) => join(folder, name);
  const row = randomRows(1);
  writeFileSync(at('model.onnx'), MODEL);
  writeFileSync(at('event.json'), JSON.stringify(inferEvent(inferBody(row))));
  bundle('functions/inference/realtime/handlers/infer.ts', at('infer.js'));
  bundle('bench/cold-sdk-entry.ts', at('sdk.js'));
  const env = {
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    TABLE_NAME: 'bench',
    ARTIFACTS_BUCKET: 'bench',
    NODE_PATH: join(ROOT, 'node_modules'),
  };
  const handler = (file: string) => ['bench/cold-handler.cjs', at(file), at('event.json')];
  return [
    () => start(['bench/cold-floor.cjs', at('model.onnx'), JSON.stringify(row)], env),
    () => start(handler('infer.js'), env),
    () => start(handler('sdk.js'), env),
  ];
}

async function start([script, ...args]: string[], env: Record<string, string>): Promise<Start> {
  const run = promisify(execFile);
  const { stdout, stderr } = await run(process.execPath, [join(ROOT, script as string), ...args], {
    env,
  });
  const lines = `${stdout}${stderr}`.trim().split('\n');
  return JSON.parse(lines.find((line) => line.startsWith('{"total"')) as string);
}

/** The median of each figure on its own. */
function summary(starts: readonly Start[]): Start {
  const names = Object.keys(starts[0]?.parts ?? {});
  return {
    total: median(starts.map(({ total }) => total)),
    cpu: median(starts.map(({ cpu }) => cpu)),
    parts: Object.fromEntries(
      names.map((name) => [name, median(starts.map(({ parts }) => parts[name] ?? 0))]),
    ),
  };
}

/** DynamoDB and S3, as far as two reads go. */
async function startStorage(): Promise<Server> {
  const item = JSON.stringify({ Item: { serving: marshal(ENDPOINT) } });
  const server = createServer((request, response) => {
    request.resume();
    const body = request.method === 'POST' ? item : MODEL;
    response.writeHead(200, { 'content-length': body.length }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function marshal(value: unknown): unknown {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (Array.isArray(value)) return { L: value.map(marshal) };
  const fields = Object.entries(value as object).map(([name, inner]) => [name, marshal(inner)]);
  return { M: Object.fromEntries(fields) };
}
