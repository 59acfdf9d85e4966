export { getAlias, newestAt } from './aliases.ts';
export { examples } from './examples.ts';
export { getGoldenSample } from './golden.ts';
export { type By, changedMeanwhile, checkRevision, getModel } from './models.ts';
export { routes } from './routes.ts';
export type { ModelVersion } from './schema.ts';
export * as schemas from './schema.ts';
export {
  AliasName,
  ArtifactSource,
  AtQuery,
  ModelName,
  PageQuery,
  pageOf,
  Tags,
  Task,
  VersionNumber,
} from './schema.ts';
export { checkDigest, findSource, type Source } from './sources.ts';
export { statusWrites } from './status.ts';
export { getVersion } from './versions.ts';
