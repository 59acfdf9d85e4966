import type { Operation } from '#shared/http.ts';
import { HEADERS, headersFor, PARAMETERS, takesIfMatch } from './headers.ts';

/** What may go wrong, by status: name, title and an example in words. */
const ERRORS = {
  400: ['Invalid', 'Bad request', 'task: Invalid option: expected one of "binary"|"multiclass"'],
  401: ['Unauthorized', 'Unauthorized', 'this needs a token: Authorization: Bearer …'],
  403: ['Forbidden', 'Forbidden', 'this needs a token with the scope "deploy"'],
  404: ['NotFound', 'Not found', 'there is no model "fraud"'],
  409: ['Conflict', 'Conflict', 'version 1 is archived'],
  412: ['PreconditionFailed', 'Precondition failed', 'it was changed meanwhile: read it again'],
  413: ['TooLarge', 'Content too large', '20000 rows, at most 10000: score them in batch'],
  422: ['Unprocessable', 'Unprocessable content', 'the file is not an ONNX model'],
  503: ['Unavailable', 'Unavailable', 'storage is not answering right now: try again'],
} as const;
type Status = keyof typeof ERRORS;

/** Error answers that an operation may give; each is described once, as a component. */
export function errorResponses(operation: Operation, all: readonly Operation[]) {
  const prefix = isProtocol(operation) ? 'Protocol' : '';
  const statuses = statusesOf(operation, all);
  return Object.fromEntries([
    ...statuses.map((status) => [status, reference(`${prefix}${ERRORS[status][0]}`)]),
    ['429', reference('TooManyRequests')],
  ]);
}

const isProtocol = ({ path }: Operation): boolean => path.startsWith('/v2');
const reference = (name: string) => ({ $ref: `#/components/responses/${name}` });

function statusesOf(operation: Operation, all: readonly Operation[]): Status[] {
  const { method, params, query, body, scope } = operation;
  const changes = method !== 'GET';
  const wanted: [Status, unknown][] = [
    [400, changes || params || query],
    [401, scope !== 'public'],
    [403, scope !== 'public'],
    [404, params],
    [409, changes && !operation.binary],
    [412, takesIfMatch(operation, all)],
    [413, body],
    [422, body],
    [503, scope !== 'public'],
  ];
  return wanted.filter(([, applies]) => applies).map(([status]) => status);
}

const Problem = {
  type: 'object',
  description: 'Problem details (RFC 9457)',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string', examples: ['urn:skiff:problem:invalid'] },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What was wrong, and the way out' },
    instance: { type: 'string' },
    errors: {
      type: 'array',
      description: 'Each field that was refused',
      items: {
        type: 'object',
        required: ['field', 'message'],
        properties: {
          field: { type: 'string', examples: ['variants[0].weight'] },
          message: { type: 'string' },
        },
      },
    },
  },
};
const ProtocolError = {
  type: 'object',
  description: 'An error of the Open Inference Protocol',
  required: ['error'],
  properties: { error: { type: 'string' } },
};
/** What API Gateway says itself, before any of our functions is asked. */
const GatewayError = {
  type: 'object',
  required: ['message'],
  properties: { message: { type: 'string' } },
};

const schema = (name: string) => ({ schema: { $ref: `#/components/schemas/${name}` } });
const gateway = (message: string) => ({
  'application/json': { ...schema('GatewayError'), example: { message } },
});

function problemResponse(status: Status) {
  const [, title, detail] = ERRORS[status];
  const code = title === 'Bad request' ? 'invalid' : title.toLowerCase().replaceAll(' ', '-');
  const type = `urn:skiff:problem:${PROBLEM_CODES[status] ?? code}`;
  return {
    description: title,
    headers: headersFor(status === 503 ? ['retry-after'] : []),
    content: {
      'application/problem+json': {
        ...schema('Problem'),
        example: { type, title, status, detail },
      },
      // The authoriser refuses before a function is asked.
      ...(status === 401 && gateway('Unauthorized')),
      ...(status === 403 && gateway('Forbidden')),
    },
  };
}
const PROBLEM_CODES: Partial<Record<Status, string>> = { 413: 'too-large', 422: 'unprocessable' };

function protocolResponse(status: Status) {
  const [, title, error] = ERRORS[status];
  return {
    description: title,
    headers: headersFor(status === 503 ? ['retry-after'] : []),
    content: { 'application/json': { ...schema('ProtocolError'), example: { error } } },
  };
}

const STATUSES = Object.keys(ERRORS).map(Number) as Status[];

/** The components that errors and headers refer to. */
export const PROBLEM_COMPONENTS = {
  headers: HEADERS,
  parameters: PARAMETERS,
  responses: {
    ...Object.fromEntries(STATUSES.map((s) => [ERRORS[s][0], problemResponse(s)])),
    ...Object.fromEntries(
      STATUSES.filter((s) => s !== 409 && s !== 412).map((s) => [
        `Protocol${ERRORS[s][0]}`,
        protocolResponse(s),
      ]),
    ),
    TooManyRequests: {
      description: 'More requests than the deployment allows: wait, and try again',
      content: gateway('Too Many Requests'),
    },
  },
  schemas: { Problem, ProtocolError, GatewayError },
};
