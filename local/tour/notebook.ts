import { type Api, call, request } from '../api-client.ts';
import type { Example } from '../examples.ts';
import { verdictOf } from '../verdict.ts';
import { approved } from './first-day.ts';
import { dot, step } from './print.ts';

const MLFLOW = '/api/2.0/mlflow';
const FILES = '/api/2.0/mlflow-artifacts/artifacts';

interface Logged {
  readonly model_id: string;
  readonly artifact_uri: string;
}

/**
 * What a notebook does with MLflow's client, by the requests that this client sends: a run with an
 * ONNX file, which becomes a version, gets an alias and is served.
 */
export async function showNotebook(api: Api, example: Example): Promise<void> {
  const name = `${example.model.name}-notebook`;
  console.log(`\n${example.name}: logged as MLflow's client does`);
  let logged: Logged | undefined;
  await step('log a run with its ONNX file', async () => {
    const run = await logRun(api, example, name);
    logged = await logModel(api, example, { ...run, name: 'model' });
    return `run ${run.source_run_id}`;
  });
  let version = 0;
  await step('register it by the name of the logged model', async () => {
    version = await registerLogged(api, name, logged as Logged);
    return `${name}, version ${version}`;
  });
  await step('wait for the verdict', async () =>
    approved(await verdictOf(api, name, version, { onProgress: dot })),
  );
  await step('give it an alias, serve that', async () => {
    const alias = { name, alias: 'champion', version: String(version) };
    await call(api, 'POST', `${MLFLOW}/registered-models/alias`, { body: alias });
    const body = { variants: [{ model: name, alias: 'champion' }] };
    const { revision } = await call(api, 'PUT', `/api/v1/endpoints/${name}`, { body });
    return `endpoint ${name}, revision ${revision}`;
  });
  await step("predict by MLflow's scoring contract", async () => {
    const body = { dataframe_records: example.expected.rows?.slice(0, 1) };
    const path = `/endpoints/${name}/invocations`;
    return JSON.stringify(await call(api, 'POST', path, { body }));
  });
}

async function logRun(api: Api, example: Example, experiment: string) {
  const { status, body } = await request(api, 'POST', `${MLFLOW}/experiments/create`, {
    body: { name: experiment },
  });
  const experiment_id =
    status === 200 ? String(body.experiment_id) : await experimentOf(api, experiment);
  const { run } = await call<{ run: { info: { run_id: string } } }>(
    ...([api, 'POST', `${MLFLOW}/runs/create`] as const),
    { body: { experiment_id, start_time: Date.now(), run_name: 'from the demo' } },
  );
  const run_id = run.info.run_id;
  const { metrics = {} } = example.version as { metrics?: Record<string, Record<string, number>> };
  const points = Object.entries(metrics.validation ?? {}).filter(([, v]) => Number.isFinite(v));
  await call(api, 'POST', `${MLFLOW}/runs/log-batch`, {
    body: {
      ...{ run_id, params: [{ key: 'trained', value: 'elsewhere' }] },
      metrics: points.map(([key, value]) => ({ key: `val_${key}`, value, timestamp: Date.now() })),
    },
  });
  return { experiment_id, source_run_id: run_id };
}

async function experimentOf(api: Api, name: string): Promise<string> {
  const path = `${MLFLOW}/experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`;
  const { experiment } = await call<{ experiment: { experiment_id: string } }>(api, 'GET', path);
  return experiment.experiment_id;
}

async function logModel(api: Api, example: Example, about: object): Promise<Logged> {
  const made = await call<{ model: { info: Logged } }>(
    ...([api, 'POST', `${MLFLOW}/logged-models`] as const),
    { body: about },
  );
  const { info } = made.model;
  const folder = addressOf(api, info.artifact_uri);
  await put(api, `${folder}/model.onnx`, example.artifact);
  await put(api, `${folder}/MLmodel`, new TextEncoder().encode(mlModelOf(example)));
  const body = { model_id: info.model_id, status: 'LOGGED_MODEL_READY' };
  await call(api, 'PATCH', `${MLFLOW}/logged-models/${info.model_id}`, { body });
  return info;
}

/** JSON is YAML, too. */
function mlModelOf(example: Example): string {
  const { features = [] } = (example.version.signature ?? {}) as { features?: { name: string }[] };
  const inputs = features.map(({ name }) => ({ name, type: 'double', required: true }));
  return JSON.stringify({
    flavors: { onnx: { data: 'model.onnx' } },
    signature: { inputs: JSON.stringify(inputs) },
  });
}

/** Artifacts may have a host of their own, below the same path as the API. */
function addressOf({ apiUrl }: Api, uri: string): string {
  const [, host, path] = /^mlflow-artifacts:(?:\/\/([^/]+))?\/(.*)$/.exec(uri) ?? [];
  const base = new URL(apiUrl);
  if (host) base.host = host;
  return `${base.href.replace(/\/$/, '')}${FILES}/${path}`;
}

async function put({ token }: Api, url: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(url, { method: 'PUT', headers, body });
  if (!answer.ok) throw new Error(`PUT ${url}: ${answer.status} ${await answer.text()}`);
}

async function registerLogged(api: Api, name: string, { model_id }: Logged): Promise<number> {
  // From the second demo on it is there.
  await request(api, 'POST', `${MLFLOW}/registered-models/create`, { body: { name } });
  const body = { name, source: `models:/${model_id}`, model_id };
  const path = `${MLFLOW}/model-versions/create`;
  const made = await call<{ model_version: { version: string } }>(api, 'POST', path, { body });
  return Number(made.model_version.version);
}
