export { examples } from './examples.ts';
export {
  endpointNames,
  getEndpoint,
  getRevision,
  listEndpoints,
  listRevisions,
} from './revisions.ts';
export { type RollbackRequest, rollBack } from './rollbacks.ts';
export { routes } from './routes.ts';
export * as schemas from './schema.ts';
export {
  Endpoint,
  EndpointName,
  EndpointSpec,
  type SageMakerTarget,
  ServingEndpoint,
  type ServingVariant,
  type ServingVersion,
} from './schema.ts';
export { changeVariants, moveWeights, type VariantChange, type WantedVariant } from './variants.ts';
