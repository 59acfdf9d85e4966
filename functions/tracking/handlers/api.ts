import { mlflowApi } from '../mlflow-api.ts';
import { experimentRoutes } from '../routes-experiments.ts';
import { modelRoutes } from '../routes-models.ts';
import { runRoutes } from '../routes-runs.ts';
import { serverRoutes } from '../routes-server.ts';

/** Experiments, runs, metrics and logged models; to everything else that there is no such endpoint. */
export const handler = mlflowApi([
  ...serverRoutes,
  ...experimentRoutes,
  ...runRoutes,
  ...modelRoutes,
]);
