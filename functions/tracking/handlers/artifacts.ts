import { mlflowApi } from '../mlflow-api.ts';
import { artifactRoutes } from '../routes-artifacts.ts';

/** Files of runs and logged models. */
export const handler = mlflowApi(artifactRoutes);
