export { routes } from './routes.ts';
export {
  Endpoint,
  EndpointName,
  EndpointSpec,
  ServingEndpoint,
  type ServingVariant,
} from './schema.ts';
