export { getAlias, listAliases, newestAt, removeAlias, setAlias } from './aliases.ts';
export { artifactOf } from './artifacts.ts';
export { examples } from './examples.ts';
export { registerForMlflow } from './for-mlflow.ts';
export { getGoldenSample } from './golden.ts';
export {
  type By,
  changedMeanwhile,
  checkRevision,
  createModel,
  deleteModel,
  getModel,
  updateModel,
} from './models.ts';
export { isAbandoned } from './registrations.ts';
export { routes } from './routes.ts';
export { modelsNamed, versionHeads } from './scan.ts';
export type { MlflowFacts, Model, ModelVersion, NewVersion, VersionHead } from './schema.ts';
export * as schemas from './schema.ts';
export {
  AliasName,
  ArtifactSource,
  AtQuery,
  ModelAlias,
  ModelName,
  PageQuery,
  pageOf,
  Tags,
  Task,
  VersionNumber,
} from './schema.ts';
export { checkDigest, findSource, type Source } from './sources.ts';
export { statusWrites } from './status.ts';
export { keepVersion } from './unserved.ts';
export { changeVersion, getVersion, getVersionHead } from './versions.ts';
