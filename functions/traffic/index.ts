export { type CaptureQuery, readCaptures } from './captures.ts';
export { latencyOf } from './figures.ts';
export { routes } from './routes.ts';
export { readTraffic, type Traffic, type TrafficSpan, type VariantTraffic } from './traffic.ts';
