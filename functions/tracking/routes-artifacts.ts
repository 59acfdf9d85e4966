import { invalidField } from '#core/errors.ts';
import {
  abortUpload,
  completeUpload,
  createUpload,
  deleteArtifacts,
  type FileInfo,
  fileAt,
  getArtifact,
  listArtifacts,
  presignDownload,
  presignUpload,
  putArtifact,
  writableAt,
} from './artifacts.ts';
import { pathOf, withHost } from './locations.ts';
import { type MlflowAnswer, mlflow } from './mlflow-api.ts';
import { readModel } from './models.ts';
import type { Space } from './records.ts';
import { readRun } from './run-store.ts';
import * as schema from './schema.ts';

const NOTHING: MlflowAnswer = { json: {} };
const PROXY = '/api/2.0/mlflow-artifacts/artifacts';
/** The same files for the host of artifacts, which has taken those addresses. */
const OBJECTS = '/api/2.0/mlflow-artifacts/objects';

/** Files by their path below the workspace: what its client asks for under `mlflow-artifacts:`. */
const proxyRoutes = [
  mlflow({
    method: 'GET',
    path: PROXY,
    scope: 'read',
    request: schema.ProxyQuery,
    run: async ({ space, body }) => ({ json: { files: await listArtifacts(space, body.path) } }),
  }),
  mlflow({
    method: 'GET',
    path: `${PROXY}/{path+}`,
    scope: 'read',
    run: ({ space, params }) => fileOf(space, params.path as string),
  }),
  mlflow({
    method: 'GET',
    path: '/api/2.0/mlflow-artifacts/presigned/{path+}',
    scope: 'read',
    run: async ({ space, params }) => ({
      json: await presignDownload(space, params.path as string),
    }),
  }),
];

/** Also where the host of artifacts sends what S3 does not take. */
const changeRoutes = [PROXY, OBJECTS].flatMap((base) => [
  mlflow({
    method: 'PUT',
    path: `${base}/{path+}`,
    scope: 'register',
    run: async ({ space, params, bytes }) => {
      await putArtifact(space, params.path as string, bytes());
      return NOTHING;
    },
  }),
  mlflow({
    method: 'DELETE',
    path: `${base}/{path+}`,
    scope: 'register',
    run: async ({ space, params }) => {
      await deleteArtifacts(space, params.path as string);
      return NOTHING;
    },
  }),
]);

/** Whether the caller may read (GET) or write (POST), and where S3 has it: asked by that host. */
const placeRoutes = (
  [
    ['GET', 'read', fileAt],
    ['POST', 'register', writableAt],
  ] as const
).map(([method, scope, at]) =>
  mlflow({
    ...{ method, scope },
    path: `${OBJECTS}/{path+}`,
    run: async ({ space, params }) => ({
      json: { key: at(space, params.path as string).key },
    }),
  }),
);

const uploadRoutes = [
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow-artifacts/mpu/create/{path+}',
    scope: 'register',
    request: schema.NewUpload,
    run: async ({ space, params, body }) => ({
      json: await createUpload(space, params.path as string, body),
    }),
  }),
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow-artifacts/mpu/complete/{path+}',
    scope: 'register',
    request: schema.UploadParts,
    run: async ({ space, params, body }) => {
      await completeUpload(space, params.path as string, body);
      return NOTHING;
    },
  }),
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow-artifacts/mpu/abort/{path+}',
    scope: 'register',
    request: schema.UploadEnd,
    run: async ({ space, params, body }) => {
      await abortUpload(space, params.path as string, body);
      return NOTHING;
    },
  }),
];

/** Files of runs and models, wherever those say that they are. */
const ownedRoutes = [
  mlflow({
    method: 'GET',
    path: '/api/2.0/mlflow/artifacts/list',
    scope: 'read',
    request: schema.ArtifactQuery,
    run: async ({ space, body }) => {
      const { info } = await readRun(space, body.run_id);
      return { json: await listOwned(space, info.artifactUri, body.path) };
    },
  }),
  mlflow({
    method: 'GET',
    path: '/api/2.0/mlflow/logged-models/{model_id}/artifacts/directories',
    scope: 'read',
    request: schema.ModelArtifactQuery,
    run: async ({ space, params, body }) => {
      const { artifactUri } = await readModel(space, params.model_id as string);
      return { json: await listOwned(space, artifactUri, body.artifact_directory_path) };
    },
  }),
  mlflow({
    method: 'GET',
    path: '/api/2.0/mlflow/logged-models/{model_id}/artifacts/files',
    scope: 'read',
    request: schema.ModelFileQuery,
    run: async ({ space, params, body }) => {
      const { artifactUri } = await readModel(space, params.model_id as string);
      return fileOf(space, `${pathOf(artifactUri)}/${body.artifact_file_path}`);
    },
  }),
  mlflow({
    method: 'GET',
    path: '/get-artifact',
    scope: 'read',
    request: schema.FileQuery,
    run: async ({ space, body }) => {
      const { info } = await readRun(space, body.run_id);
      return fileOf(space, `${pathOf(info.artifactUri)}/${body.path}`);
    },
  }),
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow/artifacts/presigned-download-url',
    scope: 'read',
    request: schema.DownloadUrl,
    run: async ({ space, body: { run_id, path, expiration } }) => {
      const { info } = await readRun(space, run_id);
      const within = `${pathOf(info.artifactUri)}/${path}`;
      const { url, ...rest } = await presignDownload(space, within, expiration);
      return { json: { presigned_url: url, ...rest } };
    },
  }),
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow/artifacts/presigned-upload-url',
    scope: 'register',
    request: schema.UploadUrl,
    run: async ({ space, body: { run_id, model_id, path, expiration } }) => {
      if (Boolean(run_id) === Boolean(model_id)) {
        throw invalidField('run_id', 'exactly one of run_id and model_id must be provided');
      }
      const uri = run_id
        ? (await readRun(space, run_id)).info.artifactUri
        : (await readModel(space, model_id as string)).artifactUri;
      const url = await presignUpload(space, `${pathOf(uri)}/${path}`, expiration);
      return { json: { presigned_url: url, headers: {} } };
    },
  }),
];

async function fileOf(space: Space, path: string): Promise<MlflowAnswer> {
  const found = await getArtifact(space, path);
  return 'url' in found ? { location: found.url } : found;
}

async function listOwned(space: Space, uri: string, path: string) {
  const root = pathOf(uri);
  const found = await listArtifacts(space, path === '' ? root : `${root}/${path}`);
  const prefix = path === '' ? '' : `${path.replace(/\/$/, '')}/`;
  const files: FileInfo[] = found.map((file) => ({ ...file, path: `${prefix}${file.path}` }));
  return { root_uri: withHost(uri), files };
}

export const artifactRoutes = [
  ...proxyRoutes,
  ...changeRoutes,
  ...placeRoutes,
  ...uploadRoutes,
  ...ownedRoutes,
];
