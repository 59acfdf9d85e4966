import type { Client } from '#client';
import { uploadFile, waitForVerdict, waitForVersion } from '#client';
import { CSV_BASE64, DATASET, ENDPOINT, MODEL } from '#shared/story.ts';
import { examples as datasets } from '../../functions/datasets/examples.ts';
import { examples as jobs } from '../../functions/jobs/examples.ts';
import { examples as registry } from '../../functions/registry/examples.ts';
import { examples as runs } from '../../functions/runs/examples.ts';
import { examples as validation } from '../../functions/validation/examples.ts';
import { dataBucket } from './data-bucket.ts';
import { graph, model, node, tensor, value } from './onnx-builder.ts';

const FLOAT = 1;

/** Every operation of the API, in an order in which its example can be followed. */
export const STORY = [
  ...['health', 'openApi', 'docs', 'serverMetadata', 'serverLive', 'serverReady'],
  ...['putPolicy', 'getPolicy', 'listPolicies'],
  ...['createModel', 'getModel', 'listModels', 'updateModel'],
  ...['registerDataset', 'getDataset', 'listDatasets', 'listDatasetVersions'],
  ...['getDatasetVersion', 'getDatasetProfile'],
  ...['createUpload', 'registerVersion', 'getVersion', 'listVersions', 'updateVersion'],
  ...['cancelValidation', 'startValidation', 'getValidation', 'listValidations', 'getEvidence'],
  ...['decide', 'listApprovals', 'putCard', 'getCard'],
  ...['setAlias', 'getAlias', 'listAliases'],
  ...['putEndpoint', 'createBundle', 'listBundles', 'getBundle', 'setBundleRollout'],
  ...['getBundleKey', 'getDeviceBundle', 'uploadFromDevice'],
  ...['getEndpoint', 'listEndpoints', 'moveWeights', 'rollBack', 'listRevisions'],
  ...['modelReady', 'versionReady', 'modelMetadata', 'versionMetadata'],
  ...['infer', 'inferVersion', 'predictRows', 'getTraffic'],
  ...['sendFeedback', 'listFeedback'],
  ...['createExperiment', 'listExperiments', 'getExperiment', 'stopExperiment'],
  ...['startRollout', 'listRollouts', 'getRollout'],
  ...['pauseRollout', 'resumeRollout', 'abortRollout', 'putGuard', 'getGuard'],
  ...['putMonitor', 'getMonitor', 'runMonitor', 'listReports', 'getReport', 'deleteMonitor'],
  ...['getMetrics'],
  ...['putBudget', 'getBudget', 'getShadows', 'getEndpointCost', 'getModelCost', 'removeBudget'],
  ...['createJob', 'cancelJob', 'resumeJob', 'getJob', 'listJobs', 'getJobProfile'],
  ...['getRun', 'reproduceRun'],
  ...['getRegistration', 'getDatasetRegistration', 'listAudit', 'verifyAudit'],
  ...['createToken', 'listTokens', 'getToken', 'revokeToken'],
  ...['createWebhook', 'listWebhooks', 'getWebhook'],
  ...['pingWebhook', 'listDeliveries', 'redeliver', 'deleteWebhook'],
  ...['deleteEndpoint', 'removeAlias', 'deleteDataset', 'deleteModel'],
];

/** Where the story is followed: what stands in the examples, and what it is there. */
export interface Stage {
  readonly skiff: Client;
  readonly here: Map<string, string>;
}

const nameOf = ({ here }: Stage, example: string): string => here.get(example) as string;
const idIn = (example: { params?: Readonly<Record<string, unknown>> } | undefined, name: string) =>
  example?.params?.[name] as string;

/** What must have happened beside the story before some of its steps. */
export const PREPARATIONS: Record<string, (stage: Stage) => Promise<void>> = {
  async getDatasetRegistration(stage) {
    const { skiff, here } = stage;
    const rows = '0.123456789,abcdefgh,12345\n'.repeat(400_000);
    const { uploadId } = await uploadFile(skiff, Buffer.from(`x,y,z\n${rows}`));
    const body = { name: nameOf(stage, DATASET), role: 'reference', source: { uploadId } } as const;
    const made = await skiff.call('POST /api/v1/datasets', { body });
    if ('id' in made) here.set(idIn(datasets.getDatasetRegistration, 'registration'), made.id);
  },

  async createExperiment(stage) {
    const params = { endpoint: nameOf(stage, ENDPOINT) };
    const served = { model: nameOf(stage, MODEL), version: 1, weight: 50 };
    const variants = ['default', 'new'].map((name) => ({ name, ...served }));
    await stage.skiff.call('PUT /api/v1/endpoints/{endpoint}', { params, body: { variants } });
  },

  async getJobProfile(stage) {
    const { skiff, here } = stage;
    const folder = `batch/files/${nameOf(stage, ENDPOINT)}/`;
    await dataBucket().put(`${folder}a.csv`, Buffer.from(CSV_BASE64, 'base64'));
    const body = { endpoint: nameOf(stage, ENDPOINT), input: { prefix: folder } };
    const { id } = await skiff.call('POST /api/v1/jobs', { body });
    const ended = async () => {
      const { status } = await skiff.call('GET /api/v1/jobs/{job}', { params: { job: id } });
      return status === 'succeeded';
    };
    for (let i = 0; i < 300 && !(await ended()); i++) await new Promise((r) => setTimeout(r, 200));
    here.set(idIn(jobs.getJobProfile, 'job'), id);
  },

  async getRun({ skiff, here }) {
    const body = { experiment_id: '0', user_id: 'alice', start_time: 1 };
    const made = await skiff.raw('POST', '/api/2.0/mlflow/runs/create', { body });
    const { run } = made.body as { run: { info: { run_id: string } } };
    here.set(idIn(runs.getRun, 'run'), run.info.run_id);
  },

  async getRegistration(stage) {
    const { skiff, here } = stage;
    const params = { model: nameOf(stage, MODEL) };
    const body = await largeVersion(skiff);
    const made = await skiff.call('POST /api/v1/models/{model}/versions', { params, body });
    if (!('id' in made)) return;
    here.set(idIn(registry.getRegistration, 'registration'), made.id);
    await waitForVersion(skiff, made.id);
  },

  async cancelValidation(stage) {
    const { skiff, here } = stage;
    const params = { model: nameOf(stage, MODEL), version: 1 };
    const path = 'POST /api/v1/models/{model}/versions/{version}/validations';
    const { id } = await skiff.call(path, { params, body: {} });
    here.set(idIn(validation.cancelValidation, 'validation'), id);
  },

  async getValidation(stage) {
    await waitForVerdict(stage.skiff, { model: nameOf(stage, MODEL), version: 1 });
  },
};

/** More than is registered within a request here: 17 MB, most of it in a companion file. */
async function largeVersion(skiff: Client) {
  const [rows, columns] = [2048, 2100];
  const weights = new Float32Array(rows * columns).fill(0.5);
  const { uploadId } = await uploadFile(skiff, new Uint8Array(weights.buffer));
  const external = { location: 'w.data', offset: '0', length: `${weights.byteLength}` };
  const file = model(
    graph({
      nodes: [node('MatMul', ['x', 'w'], ['y'])],
      initializers: [tensor({ name: 'w', dims: [rows, columns], external })],
      inputs: [value('x', FLOAT, [-1, rows])],
      outputs: [value('y', FLOAT, [-1, columns])],
    }),
  );
  return {
    artifact: { base64: Buffer.from(file).toString('base64') },
    externalData: [{ location: 'w.data', source: { uploadId } }],
  };
}
