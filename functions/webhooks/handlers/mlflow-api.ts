import { mlflowApi } from '#slices/tracking';
import { mlflowRoutes } from '../mlflow-routes.ts';

/** /api/2.0/mlflow/webhooks, of MLflow's clients */
export const handler = mlflowApi(mlflowRoutes);
