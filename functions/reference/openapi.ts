import type { Examples } from '#shared/examples.ts';
import type { Operation } from '#shared/http.ts';
import { errorResponses, PROBLEM_COMPONENTS } from './openapi/errors.ts';
import { headersFor, requestHeaders, successHeaders } from './openapi/headers.ts';
import { Schemas } from './openapi/schemas.ts';
import { TAGS, tagOf } from './tags.ts';

const ABOUT = `Register, examine, deploy and call ONNX models.

Send an API token as \`Authorization: Bearer skiff_…\`, or a JWT of an issuer that the deployment
trusts; each operation names the scope that it needs, and \`admin\` includes all of them. Who is
limited to some models and endpoints is answered \`403\` for others, and lists leave them out. Errors are problem details (RFC 9457); under \`/v2\` they
have the form of the Open Inference Protocol. Lists come in pages: hand on \`nextCursor\` as \`cursor\`.
What has a revision answers it as \`ETag\`; sent as \`If-Match\`, a change that somebody else made
meanwhile answers \`412\` instead of being overwritten.`;

/** Either will do. */
const SCHEMES = ['token', 'jwt'] as const;

/** The OpenAPI 3.1 document of everything that the API answers, from the routes' own schemas. */
export function openApi(operations: readonly Operation[], examples: Examples) {
  const schemas = new Schemas();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    const described = describeOperation(operation, { operations, examples, schemas });
    const { path, method } = operation;
    paths[path] = { ...paths[path], [method.toLowerCase()]: described };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Skiff',
      version: '1',
      summary: 'The MLOps backend with no servers',
      description: ABOUT,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    // Relative to this document, wherever it is served.
    servers: [{ url: '../..', description: 'The deployment that serves this document' }],
    security: SCHEMES.map((name) => ({ [name]: [] })),
    tags: TAGS.map(({ name, description }) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'skiff_…',
          description: 'An API token',
        },
        jwt: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'A JWT of an issuer that the deployment trusts (OpenID Connect)',
        },
      },
      ...PROBLEM_COMPONENTS,
      schemas: { ...PROBLEM_COMPONENTS.schemas, ...schemas.components },
    },
  };
}

interface Context {
  readonly operations: readonly Operation[];
  readonly examples: Examples;
  readonly schemas: Schemas;
}

function describeOperation(operation: Operation, context: Context) {
  const { schemas, examples } = context;
  const { scope, description } = operation;
  const example = examples[operation.operation];
  const needs = scope === 'public' ? 'Needs no token.' : `Scope: \`${scope}\`.`;
  const parameters = [
    ...schemas.parameters(operation.params, 'path', example?.params),
    ...schemas.parameters(operation.query, 'query', example?.query),
    ...requestHeaders(operation, context.operations),
  ];
  return {
    operationId: operation.operation,
    summary: operation.summary,
    description: description ? `${description} ${needs}` : needs,
    tags: [tagOf(operation.path)],
    security: scope === 'public' ? [] : SCHEMES.map((name) => ({ [name]: [scope] })),
    ...(parameters.length > 0 && { parameters }),
    ...(operation.body && {
      requestBody: {
        required: !operation.body.safeParse({}).success,
        content: {
          ...media(schemas.of(operation.body, 'input'), example?.body),
          ...(operation.binary && BINARY),
        },
      },
    }),
    responses: responsesOf(operation, context),
  };
}

function responsesOf(operation: Operation, { operations, examples, schemas }: Context) {
  const { status, schema, texts = [], or } = operation.response;
  const example = examples[operation.operation];
  const content = {
    ...(schema && media(schemas.of(schema, 'output'), example?.answer)),
    ...Object.fromEntries(texts.map((type) => [type, { schema: { type: 'string' } }])),
    ...(operation.binary && BINARY),
  };
  return {
    [status]: {
      description: operation.summary,
      headers: successHeaders(operation),
      ...(Object.keys(content).length > 0 && { content }),
    },
    ...(or && {
      [or.status]: {
        description: or.status === 202 ? 'Accepted: follow it at `Location`' : 'It was not there',
        headers: headersFor(or.status === 202 ? ['location'] : ['etag']),
        content: media(schemas.of(or.schema, 'output'), example?.or),
      },
    }),
    ...errorResponses(operation, operations),
  };
}

const BINARY = {
  'application/octet-stream': {
    schema: { type: 'string', format: 'binary', description: 'JSON head, then tensors as bytes' },
  },
};

const media = (schema: unknown, example: unknown) => ({
  'application/json': { schema, ...(example !== undefined && { example }) },
});
