import { type Api, call, request, upload } from '../api-client.ts';
import { type Example, type ExampleDataset, goldenSample, largestDifference } from '../examples.ts';
import { type Verdict, verdictOf } from '../verdict.ts';
import { dot, step } from './print.ts';

/** What a first day came to. */
export interface FirstDay {
  readonly model: string;
  readonly version: number;
  readonly endpoint: string;
  readonly rows: number;
  readonly worst: number;
  readonly milliseconds: number;
}

/** From a file to an endpoint that answers, by the HTTP API alone. */
export async function firstDay(api: Api, example: Example): Promise<FirstDay> {
  const { model } = example;
  console.log(`\n${example.name}`);
  await step('register the model', () => registerModel(api, model));
  for (const dataset of example.datasets) {
    await step(`register its ${dataset.about.role} data`, () => registerDataset(api, dataset));
  }
  let version = 0;
  await step('upload the artifact and register a version', async () => {
    const made = await registerVersion(api, model.name, { ...example, more: example.version });
    version = made.version;
    return [`version ${version}`, ...made.artifact.changes].join('; ');
  });
  await step('wait for the verdict', async () =>
    approved(await verdictOf(api, model.name, version, { onProgress: dot })),
  );
  await step('call it the champion', () => crown(api, model.name, version));
  return { ...(await serve(api, example, version)), model: model.name, version };
}

async function registerModel(api: Api, model: Example['model']): Promise<string> {
  const { status, body } = await request<{ detail?: string }>(api, 'POST', '/api/v1/models', {
    body: model,
  });
  if (status === 409) return 'it is there already';
  if (status >= 400) throw new Error(body.detail);
  return model.name;
}

async function registerDataset(api: Api, { about, csv }: ExampleDataset): Promise<string> {
  const source = { uploadId: await upload(api, csv) };
  const { rows } = await call<{ rows: number }>(api, 'POST', '/api/v1/datasets', {
    body: { ...about, source },
  });
  return `${about.name}, ${rows} rows`;
}

export const pathOf = (model: string): string => `/api/v1/models/${encodeURIComponent(model)}`;

export async function registerVersion(
  api: Api,
  model: string,
  version: Pick<Example, 'artifact' | 'expected'> & { more: Record<string, unknown> },
): Promise<{ version: number; artifact: { changes: string[] } }> {
  const uploadId = await upload(api, version.artifact);
  const body = { ...version.more, artifact: { uploadId }, goldenSample: goldenSample(version) };
  return call(api, 'POST', `${pathOf(model)}/versions`, { body });
}

export function approved(verdict: Verdict): string {
  if (verdict.status !== 'approved') throw new Error(`${verdict.status}: ${verdict.reason}`);
  const done = verdict.checks.filter(({ status }) => status === 'completed').length;
  const passed = (verdict.gates ?? []).filter(({ outcome }) => outcome === 'passed').length;
  return `approved: ${done} checks, ${passed} gates passed`;
}

async function crown(api: Api, model: string, version: number): Promise<string> {
  await call(api, 'PUT', `${pathOf(model)}/aliases/champion`, { body: { version } });
  return `champion → ${version}`;
}

async function serve(api: Api, example: Example, version: number) {
  const { endpoint, expected, model } = example;
  await step('deploy the champion', async () => {
    const body = { variants: [{ model: model.name, alias: 'champion' }] };
    const { revision } = await call<{ revision: number }>(
      api,
      'PUT',
      `/api/v1/endpoints/${endpoint}`,
      { body },
    );
    return `endpoint ${endpoint}, revision ${revision}`;
  });
  const rows = rowCount(expected.request);
  let [worst, milliseconds] = [0, 0];
  await step('predict, and compare with the training framework', async () => {
    const start = performance.now();
    const answer = await inferred(api, endpoint, version, expected.request);
    milliseconds = performance.now() - start;
    worst = largestDifference(answer.outputs, expected.outputs);
    if (worst > expected.tolerance)
      throw new Error(`differs by ${worst}, allowed are ${expected.tolerance}`);
    return `${rows} rows, largest difference ${worst.toExponential(1)}`;
  });
  if (expected.rows) {
    await step('predict a row by the names of its columns', () => predictRow(api, example));
  }
  return { endpoint, rows, worst, milliseconds };
}

async function predictRow(api: Api, { endpoint, expected }: Example): Promise<string> {
  const { predictions } = await call<{ predictions: Record<string, unknown>[] }>(
    api,
    'POST',
    `/api/v1/endpoints/${endpoint}/predictions`,
    { body: { rows: expected.rows?.slice(0, 1) } },
  );
  const { predictionId, ...prediction } = predictions[0] as Record<string, unknown>;
  return JSON.stringify(prediction);
}

interface Inferred {
  readonly model_version: string;
  readonly outputs: { name: string; data: unknown[] }[];
}

/** A warm function may serve the version before for some seconds: ask until the new one answers. */
async function inferred(
  api: Api,
  endpoint: string,
  version: number,
  body: unknown,
): Promise<Inferred> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await call<Inferred>(api, 'POST', `/v2/models/${endpoint}/infer`, { body });
    if (answer.model_version === String(version)) return answer;
    if (Date.now() > deadline) throw new Error(`version ${answer.model_version} still answers`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

const rowCount = (body: Record<string, unknown>): number =>
  (body.inputs as { shape: number[] }[])[0]?.shape[0] ?? 1;
