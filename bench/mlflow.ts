import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ROOT } from '../local/settings.ts';

/*
 * Tracking against `mlflow server` with SQLite on the same machine in the same run: the same requests
 * over HTTP, one after the other. Skiff's handler runs in this process, on a table of the local AWS
 * that `npm start` has started; SKIFF_PYTHON names a Python that has mlflow. Arguments: the number of
 * runs to search among, and `alone` to leave MLflow out, which takes an hour for many.
 */

const RUNS = Number(process.argv[2] ?? 1000);
const ALONE = process.argv[3] === 'alone';
const PAGE = 100;
const GROUPS = 5;
if (RUNS < GROUPS * PAGE) {
  throw new Error(`${RUNS} runs: at least ${GROUPS * PAGE}, so that each search fills its page`);
}
const PORTS = { skiff: 4931, mlflow: 4932 } as const;
const TABLE = `bench-${Date.now()}`;
const BATCHES = 20;
const HISTORY = 10_000;

/** Of whichever call. */
interface Answer {
  readonly experiment_id: string;
  readonly run: { readonly info: { readonly run_id: string } };
  readonly metrics: readonly unknown[];
  readonly runs?: readonly unknown[];
}

interface Subject {
  readonly name: 'skiff' | 'mlflow';
  readonly call: (method: string, path: string, body?: unknown) => Promise<Answer>;
}

const subject = (name: Subject['name']): Subject => ({
  name,
  call: async (method, path, body) => {
    const answer = await fetch(`http://127.0.0.1:${PORTS[name]}/api/2.0/mlflow/${path}`, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    if (!answer.ok) throw new Error(`${name}: ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Answer;
  },
});

/** Skiff's own handler behind a plain server. */
async function startSkiff(): Promise<Server> {
  const info = join(ROOT, '.skiff/local.json');
  if (!existsSync(info)) throw new Error('start the local AWS first: npm start');
  const { awsEndpointUrl } = JSON.parse(readFileSync(info, 'utf8'));
  Object.assign(process.env, {
    ...{ AWS_ENDPOINT_URL: awsEndpointUrl, AWS_REGION: 'us-east-1', TABLE_NAME: TABLE },
    ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
  });
  const key = (name: string, KeyType: 'HASH' | 'RANGE') => ({ AttributeName: name, KeyType });
  await new DynamoDBClient({}).send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [key('pk', 'HASH'), key('sk', 'RANGE')],
      AttributeDefinitions: ['pk', 'sk'].map((name) => ({
        AttributeName: name,
        AttributeType: 'S',
      })),
    }),
  );
  const { handler } = await import('../functions/tracking/handlers/api.ts');
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [rawPath, rawQueryString = ''] = (request.url ?? '').split('?');
    const http = { method: request.method };
    const authorizer = { lambda: { actor: 'bench', scopes: 'admin' } };
    const event = { rawPath, rawQueryString, headers: {}, body: Buffer.concat(chunks).toString() };
    const requestContext = { requestId: 'bench', http, authorizer };
    const answer = await handler({ ...event, requestContext } as never);
    response.writeHead(answer.statusCode ?? 500, answer.headers as never).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(PORTS.skiff, '127.0.0.1', resolve));
  return server;
}

async function startMlflow(folder: string): Promise<ChildProcess> {
  const python = process.env.SKIFF_PYTHON ?? 'python3';
  const store = `sqlite:///${join(folder, 'mlflow.db')}`;
  const address = ['--host', '127.0.0.1', '--port', String(PORTS.mlflow), '--workers', '1'];
  const where = ['--backend-store-uri', store, '--artifacts-destination', folder];
  const server = spawn(python, ['-m', 'mlflow', 'server', ...where, ...address], {
    ...{ cwd: folder, stdio: 'ignore', detached: true },
    env: { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true' },
  });
  for (let i = 0; i < 240; i++) {
    const up = await fetch(`http://127.0.0.1:${PORTS.mlflow}/health`).catch(() => undefined);
    if (up?.ok) return server;
    if (server.exitCode !== null) break;
    await delay(500);
  }
  throw new Error(`mlflow server did not start: does ${python} have mlflow?`);
}

/** Milliseconds: the median of some calls. */
async function median(times: number, run: (i: number) => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    await run(i);
    taken.push(performance.now() - start);
  }
  return taken.sort((a, b) => a - b)[times >> 1] as number;
}

const series = (key: string, from: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({
    ...{ key, value: Math.sin(from + i), timestamp: 1_000_000 + from + i, step: from + i },
  }));

async function measure({ call }: Subject): Promise<Record<string, number>> {
  const experiment = (await call('POST', 'experiments/create', { name: TABLE })).experiment_id;
  const newRun = async (body: object) =>
    (await call('POST', 'runs/create', { experiment_id: experiment, ...body })).run.info.run_id;
  const run_id = await newRun({ start_time: 1 });
  const log = (metrics: object[], params: object[] = []) =>
    call('POST', 'runs/log-batch', { run_id, metrics, params });
  const result: Record<string, number> = {};
  result['log_metric, one point'] = await median(BATCHES, (i) =>
    call('POST', 'runs/log-metric', { run_id, ...series('single', i, 1)[0] }),
  );
  result['log_batch, 10 metrics and 10 params'] = await median(BATCHES, (i) => {
    const params = Array.from({ length: 10 }, (_, k) => ({ key: `p${i}-${k}`, value: `${k}` }));
    return log(
      Array.from({ length: 10 }, (_, k) => series(`m${k}`, i, 1)[0] as object),
      params,
    );
  });
  result['log_batch, 1000 metrics'] = await median(BATCHES / 4, (i) =>
    log(Array.from({ length: 1000 }, (_, k) => series(`w${k}`, i, 1)[0] as object)),
  );
  result['log_batch, 1000 points of one metric'] = await median(HISTORY / 1000, (i) =>
    log(series('long', i * 1000, 1000)),
  );
  result[`get-history, ${HISTORY} points`] = await median(5, async () => {
    const query = `run_id=${run_id}&metric_key=long&max_results=25000`;
    const { metrics } = await call('GET', `metrics/get-history?${query}`);
    if (metrics.length !== HISTORY) throw new Error(`${metrics.length} points`);
  });
  await fill(call, newRun);
  const search = (body: object) => async () => {
    const wanted = { experiment_ids: [experiment], max_results: PAGE, ...body };
    const { runs = [] } = await call('POST', 'runs/search', wanted);
    if (runs.length !== PAGE) throw new Error(`${runs.length} runs for ${JSON.stringify(body)}`);
  };
  const searches: [string, object][] = [
    ['the newest', {}],
    ['by a metric', { order_by: ['metrics.loss DESC'] }],
    ['of one param', { filter: "params.group = '3'" }],
    ['above a metric, by it', { filter: 'metrics.loss > 0', order_by: ['metrics.loss ASC'] }],
  ];
  for (const [name, body] of searches) {
    result[`search, ${PAGE} of ${RUNS} runs: ${name}`] = await median(7, search(body));
  }
  return result;
}

/** Runs as a tuning makes them. */
async function fill(call: Subject['call'], newRun: (body: object) => Promise<string>) {
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < RUNS; i = next++) {
      const run_id = await newRun({ start_time: 1000 + i, run_name: `run ${i}` });
      const params = ['lr', 'depth', 'seed', 'width'].map((key) => ({ key, value: `${i % 17}` }));
      const group = { key: 'group', value: String(i % GROUPS) };
      const metrics = ['loss', 'auc', 'f1'].map((key) => series(key, i, 1)[0]);
      await call('POST', 'runs/log-batch', { run_id, metrics, params: [...params, group] });
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
}

const folder = mkdtempSync(join(tmpdir(), 'skiff-bench-'));
const server = await startSkiff();
const mlflow = ALONE ? undefined : await startMlflow(folder);
try {
  const theirs = mlflow ? await measure(subject('mlflow')) : {};
  for (const [name, ms] of Object.entries(await measure(subject('skiff')))) {
    const base = theirs[name];
    const than = base ? `  ${base.toFixed(1).padStart(8)} ms  ${(ms / base).toFixed(2)}×` : '';
    console.log(`  ${name.padEnd(52)} ${ms.toFixed(1).padStart(8)} ms${than}`);
  }
} finally {
  server.close();
  // Its workers are processes of their own.
  if (mlflow?.pid) process.kill(-mlflow.pid);
  await new DynamoDBClient({}).send(new DeleteTableCommand({ TableName: TABLE }));
  rmSync(folder, { recursive: true, force: true });
}
