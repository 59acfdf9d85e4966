/**
 * The prediction paths, described by hand: their bodies are checked by one loop and not by zod,
 * and the Open Inference Protocol is written down elsewhere.
 */
const pathParameter = (name: string, description: string) => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string' },
});
const endpoint = pathParameter('endpoint', 'Name of an endpoint');
const version = pathParameter('version', 'Model version that the endpoint serves now');
const object = { 'application/json': { schema: { type: 'object' } } };
const ok = (description: string) => ({ '200': { description, content: object } });
const protocolError = {
  '4XX': {
    description: 'What was wrong',
    content: {
      'application/json': {
        schema: { type: 'object', properties: { error: { type: 'string' } } },
      },
    },
  },
};

const get = (operationId: string, summary: string, parameters: unknown[], open = false) => ({
  get: {
    operationId,
    summary,
    tags: ['open inference protocol'],
    ...(open && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    responses: { ...ok(summary), ...protocolError },
  },
});

const tensor = {
  type: 'object',
  required: ['name', 'shape', 'datatype'],
  properties: {
    name: { type: 'string' },
    shape: { type: 'array', items: { type: 'integer' } },
    datatype: { type: 'string', examples: ['FP32', 'INT64', 'BYTES'] },
    data: { type: 'array', description: 'Flat or nested, in row-major order' },
    parameters: { type: 'object' },
  },
};

const infer = (operationId: string, parameters: unknown[]) => ({
  post: {
    operationId,
    summary: 'Predict with tensors (Open Inference Protocol v2)',
    description: 'Scope: `predict`. Takes and gives JSON or the binary tensor extension.',
    tags: ['open inference protocol'],
    parameters,
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['inputs'],
            properties: {
              id: { type: 'string' },
              parameters: { type: 'object' },
              inputs: { type: 'array', items: tensor },
              outputs: { type: 'array', items: { type: 'object' } },
            },
          },
        },
        'application/octet-stream': { schema: { type: 'string', format: 'binary' } },
      },
    },
    responses: { ...ok('Outputs of the model'), ...protocolError },
  },
});

const rows = {
  post: {
    operationId: 'predictRows',
    summary: 'Predict with rows of named columns',
    description: 'Scope: `predict`. Names are matched to the signature of the model.',
    tags: ['predictions'],
    parameters: [endpoint],
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['rows'],
            properties: {
              rows: { type: 'array', minItems: 1, items: { type: 'object' } },
            },
          },
        },
      },
    },
    responses: ok('A prediction for each row, in order'),
  },
};

export const predictionPaths: Record<string, Record<string, unknown>> = {
  '/v2': get('serverMetadata', 'Name, version and extensions of the server', []),
  '/v2/health/live': get('serverLive', 'Whether the server is alive', [], true),
  '/v2/health/ready': get('serverReady', 'Whether the server answers', [], true),
  '/v2/models/{endpoint}': get('modelMetadata', 'Inputs and outputs', [endpoint]),
  '/v2/models/{endpoint}/ready': get('modelReady', 'Whether the model is loaded', [endpoint]),
  '/v2/models/{endpoint}/versions/{version}': get('versionMetadata', 'Inputs and outputs', [
    endpoint,
    version,
  ]),
  '/v2/models/{endpoint}/versions/{version}/ready': get(
    'versionReady',
    'Whether the version is loaded',
    [endpoint, version],
  ),
  '/v2/models/{endpoint}/infer': infer('infer', [endpoint]),
  '/v2/models/{endpoint}/versions/{version}/infer': infer('inferVersion', [endpoint, version]),
  '/api/v1/endpoints/{endpoint}/predictions': rows,
};
