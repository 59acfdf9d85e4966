import * as z from 'zod';
import type { Operation } from '#shared/http.ts';

const text = { schema: { type: 'string' } };

/** Headers of answers, by name. */
export const HEADERS = {
  'x-request-id': { description: 'Quote it when you ask for help', ...text },
  etag: { description: 'Revision of what is answered, for `If-Match`', ...text, example: '"1"' },
  location: { description: 'Where what was made, or is being made, is found', ...text },
  'retry-after': { description: 'Seconds to wait', ...text },
  'x-skiff-prediction-id': { description: 'What feedback refers to', ...text },
  'x-skiff-endpoint-revision': { description: 'Revision of the endpoint that answered', ...text },
  'x-skiff-variant': {
    description:
      'Variant of the endpoint that answered; `x-skiff-fallback-from` beside it names one that could not be loaded and was stood in for',
    ...text,
  },
  'x-skiff-model-version': {
    description: 'Version of the model that answered; 0: not one of the registry',
    ...text,
  },
} as const;
export type HeaderName = keyof typeof HEADERS;

const reference = (name: HeaderName) => ({ $ref: `#/components/headers/${name}` });

export const headersFor = (names: readonly HeaderName[]) =>
  Object.fromEntries((['x-request-id', ...names] as const).map((name) => [name, reference(name)]));

/** Whether what an operation answers has a revision, and so an `ETag`. */
const isRevised = ({ response }: Operation): boolean =>
  response.schema instanceof z.ZodObject && 'revision' in response.schema.shape;

const isPrediction = ({ path, method }: Operation): boolean =>
  method === 'POST' && /\/(infer|predictions)$/.test(path);

export function successHeaders(operation: Operation) {
  if (isPrediction(operation)) {
    return headersFor([
      'x-skiff-prediction-id',
      'x-skiff-endpoint-revision',
      'x-skiff-variant',
      'x-skiff-model-version',
    ]);
  }
  return headersFor([
    ...(isRevised(operation) ? (['etag'] as const) : []),
    ...(operation.response.location ? (['location'] as const) : []),
  ]);
}

/** Whether a change may be tied to the revision that the caller has seen, of it or of what it is part of. */
export const takesIfMatch = ({ method, path }: Operation, all: readonly Operation[]): boolean =>
  ['PUT', 'PATCH', 'DELETE'].includes(method) &&
  all.some(
    (other) =>
      other.method === 'GET' &&
      isRevised(other) &&
      (other.path === path || other.path === path.replace(/\/[a-z]+$/, '')),
  );

/** Headers that an operation understands beside `Authorization`. */
export function requestHeaders(operation: Operation, all: readonly Operation[]) {
  return [
    ...(takesIfMatch(operation, all) ? [{ $ref: '#/components/parameters/IfMatch' }] : []),
    ...(operation.repeat === 'by key' ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
    ...(operation.binary ? [{ $ref: '#/components/parameters/HeadLength' }] : []),
  ];
}

export const PARAMETERS = {
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    description: 'An `ETag`: the change is made only if nobody made another one since',
    schema: { type: 'string' },
    example: '"1"',
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Your own name for this request: sent again with the same key within 48 hours, it is done once',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
    example: '7f0c2c8e-5b0e-4d53-9a86-2f1d8f2f9a10',
  },
  HeadLength: {
    name: 'Inference-Header-Content-Length',
    in: 'header',
    description: 'Bytes of the JSON head where tensors follow it in binary',
    schema: { type: 'integer', minimum: 0 },
  },
};
