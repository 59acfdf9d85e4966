import { AppError } from '#core/errors.ts';
import type { Inputs, Output, Target } from './predict.ts';
import type { InferRequest, OpenRequest } from './protocols/open-inference-request.ts';

/*
 * What a protocol sees of HTTP, whatever carries it: API Gateway or the edge server.
 */

export interface WireRequest {
  /** The caller's own request id, or the carrier's. */
  readonly id: string;
  readonly method: string;
  /** Segments of the path, decoded once. */
  readonly path: readonly string[];
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Text as it came; bytes where the carrier says that it is not text. */
  readonly body: string | Buffer;
  /** Of a carrier that has its own form for an infer request and its answer. */
  readonly form?: InferForm;
}

export interface InferForm {
  readonly opened: OpenRequest;
  readonly encode: (
    target: Target,
    request: InferRequest,
    outputs: readonly Output[],
  ) => WireAnswer;
}

export interface WireAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What became known of a request on its way: for the answer's headers, metric line and capture. */
export interface Trace {
  readonly ulid: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Known with the target. */
  predictionId: string;
  target: Target | undefined;
  /** What a caller stays with a variant by, where the request names it. */
  unit: string | undefined;
  rows: number;
  /** The variant that should have answered and could not be loaded. */
  fallbackFrom: Target | undefined;
  inputs: Inputs | undefined;
  outputs: readonly Output[] | undefined;
  status: number;
  latencyMs: number;
  /** One of several that a call answered; the call counts with another of them. */
  partOfCall: boolean;
}

export const newTrace = (ulid: string, at: number): Trace => ({
  ulid,
  at,
  predictionId: '',
  target: undefined,
  unit: undefined,
  rows: 0,
  fallbackFrom: undefined,
  inputs: undefined,
  outputs: undefined,
  status: 0,
  latencyMs: 0,
  partOfCall: false,
});

export const JSON_TYPE = 'application/json';

export const json = (body: unknown, status = 200): WireAnswer => ({
  status,
  contentType: JSON_TYPE,
  body: JSON.stringify(body),
});

export const textOf = (body: string | Buffer): string =>
  typeof body === 'string' ? body : body.toString('utf8');

export const bytesOf = (body: string | Buffer): Buffer =>
  typeof body === 'string' ? Buffer.from(body, 'utf8') : body;

/** @throws AppError `method-not-allowed` */
export function mustBe(wanted: string, method: string): void {
  if (method === wanted) return;
  throw new AppError('method-not-allowed', `${method} is not possible here, only ${wanted}`);
}
