import { SortedTable } from './sorted-table.ts';

/*
 * Pages of a search among ever more runs: what each asks of the table, and the time of this process,
 * on a table within it that answers at once. Each run has 100 points of one metric, and a point of
 * two others. Arguments: the numbers of runs.
 */

const SIZES = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1e3, 1e4, 1e5];
const PAGE = 100;
const POINTS = 100;
const MLFLOW = '/api/2.0/mlflow';

process.env.TABLE_NAME = 'bench';
const table = new SortedTable();
const { handler } = await import('../functions/tracking/handlers/api.ts');

/** Of whichever call. */
interface Answer {
  readonly experiment_id: string;
  readonly run: { readonly info: { readonly run_id: string } };
  readonly runs: readonly unknown[];
  readonly next_page_token?: string;
}

async function call(path: string, body: object): Promise<Answer> {
  const authorizer = { lambda: { actor: 'bench', scopes: 'admin' } };
  const answer = await handler({
    ...{
      rawPath: `${MLFLOW}/${path}`,
      rawQueryString: '',
      headers: {},
      body: JSON.stringify(body),
    },
    requestContext: { requestId: 'bench', http: { method: 'POST' }, authorizer },
  } as never);
  if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.body}`);
  return JSON.parse(answer.body as string);
}

const { experiment_id } = await call('experiments/create', { name: 'bench' });

/** Runs as a tuning makes them. */
async function addRun(i: number): Promise<void> {
  const start = { experiment_id, start_time: 1000 + i, run_name: `run ${i}` };
  const { run_id } = (await call('runs/create', start)).run.info;
  const point = (key: string, step: number) => ({
    ...{ key, value: Math.sin(i * 7919 + step), timestamp: 1_000_000 + step, step },
  });
  const loss = Array.from({ length: POINTS }, (_, step) => point('loss', step));
  const params = ['lr', 'depth', 'seed', 'width'].map((key) => ({ key, value: `${i % 17}` }));
  await call('runs/log-batch', {
    run_id,
    metrics: [...loss, point('auc', 0), point('f1', 0)],
    params: [...params, { key: 'group', value: String(i % 5) }],
  });
}

const SEARCHES: [string, object][] = [
  ['the newest', {}],
  ['by a metric', { order_by: ['metrics.loss DESC'] }],
  ['of one param', { filter: "params.group = '3'" }],
  ['above a metric, by it', { filter: 'metrics.loss > 0', order_by: ['metrics.loss ASC'] }],
  ['of one param, by a metric', { filter: "params.group = '3'", order_by: ['metrics.auc DESC'] }],
];

/** Of its first page, and of its fifth (or the last full one before): that begins far inside. */
async function measure(body: object): Promise<string> {
  const pages: string[] = [];
  let page_token: string | undefined;
  do {
    Object.assign(table.cost, { requests: 0, items: 0, units: 0 });
    const start = performance.now();
    const wanted = { experiment_ids: [experiment_id], max_results: PAGE, page_token, ...body };
    const { runs: found = [], next_page_token } = await call('runs/search', wanted);
    const ms = (performance.now() - start).toFixed(0);
    if (found.length < PAGE) break;
    const { requests, items, units } = table.cost;
    pages.push(`${requests} requests, ${items} items, ${units} units, ${ms} ms`);
    page_token = next_page_token;
  } while (page_token && pages.length < 5);
  return [pages[0], pages.at(-1)].join(' | ');
}

let runs = 0;
for (const size of SIZES) {
  for (; runs < size; runs++) await addRun(runs);
  console.log(`\n${runs} runs, ${runs * (POINTS + 2)} points, ${table.items} items`);
  // The first requests of a process are slow.
  for (const [, body] of SEARCHES) await measure(body);
  for (const [name, body] of SEARCHES) console.log(`  ${name.padEnd(28)} ${await measure(body)}`);
}
