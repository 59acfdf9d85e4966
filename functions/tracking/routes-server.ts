import { MLFLOW_VERSION } from '#shared/mlflow-version.ts';
import { mlflow } from './mlflow-api.ts';

/** What clients ask about the server itself. */
export const serverRoutes = [
  mlflow({
    method: 'GET',
    path: '/api/3.0/mlflow/server-info',
    scope: 'public',
    run: async () => ({
      json: {
        ...{ store_type: null, workspaces_enabled: false, trace_archival_enabled: false },
        ...{ multipart_uploads_enabled: true, multipart_downloads_enabled: true },
        presigned_upload_run_id_supported: true,
        presigned_upload_model_id_supported: true,
        features_enabled: { gateway: false },
      },
    }),
  }),
  mlflow({
    method: 'GET',
    path: '/health',
    scope: 'public',
    run: async () => ({ text: 'OK', contentType: 'text/plain' }),
  }),
  mlflow({
    method: 'GET',
    path: '/version',
    scope: 'public',
    run: async () => ({ text: MLFLOW_VERSION, contentType: 'text/plain' }),
  }),
];
