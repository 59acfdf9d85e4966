export { type CaptureQuery, readCaptures } from './captures.ts';
export { examples } from './examples.ts';
export { latencyOf } from './figures.ts';
export { routes } from './routes.ts';
export * as schemas from './schema.ts';
export { readTraffic, type Traffic, type TrafficSpan, type VariantTraffic } from './traffic.ts';
