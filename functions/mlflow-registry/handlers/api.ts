import { mlflowApi } from '#slices/tracking';
import { modelRoutes } from '../routes-models.ts';
import { versionRoutes } from '../routes-versions.ts';

/** Registered models and their versions, as MLflow's clients ask for them. */
export const handler = mlflowApi([...modelRoutes, ...versionRoutes]);
