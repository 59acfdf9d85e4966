import * as z from 'zod';
import type { Route } from '#shared/http.ts';
import { predictionPaths } from './prediction-paths.ts';

/** The OpenAPI 3.1 document of everything that the API answers, from the routes' own schemas. */
export function openApi(routes: readonly Route[]): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = { ...predictionPaths };
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Skiff',
      version: '1',
      description: 'Register, deploy and call ONNX models. Errors are RFC 9457 problem details.',
    },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'skiff_…' } },
      schemas: { Problem: problemSchema },
    },
  };
}

function operation(route: Route) {
  const parameters = [
    ...parametersOf(route.params, 'path'),
    ...parametersOf(route.query, 'query'),
    ...headersOf(route),
  ];
  return {
    operationId: route.operation,
    summary: route.summary,
    tags: [route.path.split('/')[3]],
    ...(route.scope === 'public' ? { security: [] } : { description: `Scope: \`${route.scope}\`` }),
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && { requestBody: { required: true, content: json(input(route.body)) } }),
    responses: {
      [route.response.status]: {
        description: route.summary,
        ...(route.response.schema && { content: contentOf(route.response) }),
      },
      '4XX': { description: 'What was wrong and the way out', content: problemContent },
    },
  };
}

const contentOf = ({ schema, texts = [] }: Route['response']) => ({
  ...(schema && json(output(schema))),
  ...Object.fromEntries(texts.map((type) => [type, { schema: { type: 'string' } }])),
});

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query') {
  if (!schema) return [];
  const { properties = {}, required = [] } = input(schema) as {
    properties?: Record<string, { description?: string }>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(property.description && { description: property.description }),
    schema: property,
  }));
}

/** Headers that every change understands. */
function headersOf({ method }: Route) {
  if (method === 'GET') return [];
  const name = method === 'POST' ? 'Idempotency-Key' : 'If-Match';
  return [{ name, in: 'header', required: false, schema: { type: 'string' } }];
}

const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
};
const input = (schema: z.ZodType) => schemaOf(schema, 'input');
const output = (schema: z.ZodType) => schemaOf(schema, 'output');
const json = (schema: unknown) => ({ 'application/json': { schema } });

const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: { field: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
};
const problemContent = {
  'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
};
