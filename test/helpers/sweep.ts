import type { Browser } from 'playwright-core';
import { openPage } from './browser.ts';
import { api, stack, unique } from './stack.ts';

const mlflow = (path: string, body: object) =>
  api.call('POST', `/api/2.0/mlflow/${path}`, { body });

/** An experiment in the deployed stack, to look at. */
export interface Sweep {
  readonly name: string;
  /** The page's address of its runs. */
  readonly home: string;
  /** Ids, the oldest first: `run-0` and so on. */
  readonly runs: readonly string[];
}

/** Of its first five runs, the deeper the less is lost: 5 − depth; the others have nothing logged. */
export async function makeSweep(count: number): Promise<Sweep> {
  const name = unique('sweep');
  const { experiment_id: id } = await mlflow('experiments/create', { name });
  const runs: string[] = [];
  for (let i = 0; i < count; i += 10) {
    const some = Array.from({ length: Math.min(10, count - i) }, (_, j) => makeRun(id, i + j));
    runs.push(...(await Promise.all(some)));
  }
  return { name, home: `#/default/experiments/${id}`, runs };
}

async function makeRun(experiment: string, index: number): Promise<string> {
  const { run } = await mlflow('runs/create', {
    ...{ experiment_id: experiment, run_name: `run-${index}`, user_id: 'mira' },
    start_time: 1_700_000_000_000 + index * 1000,
  });
  const { run_id } = run.info;
  if (index >= 5) return run_id;
  const metrics = [0, 1, 2].map((step) => ({
    ...{ key: 'val loss', value: 5 - index - step / 10, timestamp: 1_700_000_000_000, step },
  }));
  const params = [
    { key: 'depth', value: String(index) },
    { key: 'seed', value: '7' },
  ];
  await mlflow('runs/log-batch', { run_id, metrics, params, tags: [] });
  return run_id;
}

/** A page at this address of the app, signed in. */
export async function openSignedIn(
  browser: Browser,
  hash: string,
  options?: Parameters<typeof openPage>[1],
) {
  const { apiUrl, token } = stack();
  const opened = await openPage(browser, options);
  await opened.page.addInitScript((given) => {
    (globalThis as any).sessionStorage.setItem('skiff-token', given);
  }, token);
  await opened.page.goto(`${apiUrl}/ui${hash}`);
  return opened;
}
