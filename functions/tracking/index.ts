export { filesBelow, readText } from './artifact-texts.ts';
export { artifactAt, SERVED_FOLDER } from './artifacts.ts';
export { MlflowError } from './errors.ts';
export { readExperiment } from './experiments.ts';
export { findPath, pathOf, withHost, withoutHost } from './locations.ts';
export {
  MISSING,
  type MlflowAnswer,
  type MlflowRequest,
  type MlflowRoute,
  mlflow,
  mlflowApi,
} from './mlflow-api.ts';
export { readModel as readLoggedModel, readModels as readLoggedModels } from './models.ts';
export { listPage, MAX_SORTED, pageText, tooMuchToSort } from './page.ts';
export { CONTEXT_TAG, type Experiment, type LoggedModel, type Run, type Space } from './records.ts';
export { readRun } from './run-store.ts';
export { getRun } from './runs.ts';
export { Int64, Pair, Pairs, Required, Text, Texts, upTo } from './schema.ts';
export { readOffset } from './tokens.ts';
