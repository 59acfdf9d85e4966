export { type CallOptions, type Client, createClient, type Given } from './client.ts';
export { ApiError, NetworkError } from './errors.ts';
export type { Answer, Input, ItemOf, OperationKey, PagedKey } from './operations.ts';
export type { ClientOptions, HttpAnswer } from './transport.ts';
export { type FileSource, type UploadOptions, uploadFile } from './upload.ts';
export {
  type Verdict,
  type WaitOptions,
  WaitTimeout,
  waitForDataset,
  waitForJob,
  waitForRollout,
  waitForVerdict,
  waitForVersion,
} from './wait.ts';
