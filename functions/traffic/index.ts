export { type CaptureQuery, readCaptures } from './captures.ts';
export { examples } from './examples.ts';
export { latencyOf } from './figures.ts';
export { type DeviceMinute, keepCapture, keepMinute, MAX_LATE_MS } from './late.ts';
export { checkEndpoint, routes } from './routes.ts';
export * as schemas from './schema.ts';
export { SpanQuery } from './schema.ts';
export { spanOf } from './span.ts';
export {
  type KeptProfile,
  keepDeviceProfile,
  keepJobProfile,
  readSummedRows,
} from './summed-rows.ts';
export { readTraffic, type Traffic, type TrafficSpan, type VariantTraffic } from './traffic.ts';
