import * as z from 'zod';
import { operation } from '#shared/http.ts';
import { EndpointName } from '#slices/deployments';
import { VersionNumber } from '#slices/registry';

/*
 * The prediction paths. What they take is checked by loops of their own and not by zod, for speed;
 * their schemas are here for the reference and for clients. The Open Inference Protocol is
 * written down elsewhere.
 */

const OfEndpoint = z.strictObject({ endpoint: EndpointName.describe('Name of an endpoint') });
const OfVersion = OfEndpoint.extend({
  version: VersionNumber.describe('Model version that the endpoint serves now'),
});

const Parameters = z.record(z.string(), z.unknown());
const Tensor = z
  .object({
    name: z.string(),
    shape: z.array(z.int()),
    datatype: z
      .string()
      .describe('BOOL, UINT8 to UINT64, INT8 to INT64, FP16, BF16, FP32, FP64, BYTES'),
    parameters: Parameters.optional(),
    data: z.array(z.unknown()).optional().describe('Flat or nested, in row-major order'),
  })
  .meta({ id: 'Tensor' });

const InferRequest = z
  .object({
    id: z.string().optional(),
    parameters: Parameters.optional(),
    inputs: z.array(Tensor),
    outputs: z
      .array(z.object({ name: z.string(), parameters: Parameters.optional() }))
      .optional()
      .describe('Outputs to compute; all where it is left out'),
  })
  .meta({ id: 'InferRequest' });

const InferAnswer = z
  .object({
    model_name: z.string().describe('The endpoint'),
    model_version: z.string(),
    id: z.string().optional(),
    outputs: z.array(Tensor),
  })
  .meta({ id: 'InferAnswer' });

const TensorMetadata = z.object({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.int()).describe('-1: of any size'),
});
const ModelMetadata = z
  .object({
    name: z.string(),
    versions: z.array(z.string()),
    platform: z.string(),
    inputs: z.array(TensorMetadata),
    outputs: z.array(TensorMetadata),
  })
  .meta({ id: 'ModelMetadata' });
const Ready = z.object({ name: z.string(), ready: z.literal(true) });

const Rows = z
  .object({
    rows: z.array(z.record(z.string(), z.unknown())).min(1).describe('Columns by name'),
  })
  .meta({ id: 'Rows' });
const Predictions = z
  .object({
    endpoint: z.string(),
    revision: z.int(),
    model: z.string(),
    modelVersion: z.int(),
    predictions: z.array(
      z.object({
        predictionId: z.string().describe('What feedback on this row refers to'),
        label: z.union([z.string(), z.number(), z.boolean()]).optional(),
        probabilities: z.record(z.string(), z.number().nullable()).optional(),
        value: z.unknown().optional(),
        outputs: z.record(z.string(), z.unknown()).optional(),
      }),
    ),
  })
  .meta({ id: 'Predictions' });

const infer = {
  method: 'POST',
  summary: 'Predict with tensors (Open Inference Protocol v2)',
  description:
    'Takes and gives JSON or the binary tensor extension, whose JSON head has the length that `Inference-Header-Content-Length` says. Where the unit of the endpoint is a field, `parameters` hold it.',
  scope: 'predict',
  body: InferRequest,
  response: { status: 200, schema: InferAnswer },
  repeat: 'as it is',
  binary: true,
} as const;
const metadata = {
  method: 'GET',
  summary: 'Names, datatypes and shapes of inputs and outputs',
  scope: 'predict',
  response: { status: 200, schema: ModelMetadata },
} as const;
const ready = {
  method: 'GET',
  summary: 'Whether it can predict; loads the model if need be',
  scope: 'predict',
  response: { status: 200, schema: Ready },
} as const;

const ENDPOINT = '/v2/models/{endpoint}';
const VERSION = '/v2/models/{endpoint}/versions/{version}';

export const predictionOperations = [
  operation({
    method: 'POST',
    path: '/api/v1/endpoints/{endpoint}/predictions',
    operation: 'predictRows',
    summary: 'Predict with rows of named columns',
    description:
      'Names, types, ranges and categories are checked against the signature. Where the unit of the endpoint is a field, rows may hold it too, and are all of one unit.',
    scope: 'predict',
    params: OfEndpoint,
    body: Rows,
    response: { status: 200, schema: Predictions },
    repeat: 'as it is',
  }),
  operation({ ...infer, path: `${ENDPOINT}/infer`, operation: 'infer', params: OfEndpoint }),
  operation({ ...infer, path: `${VERSION}/infer`, operation: 'inferVersion', params: OfVersion }),
  operation({ ...metadata, path: ENDPOINT, operation: 'modelMetadata', params: OfEndpoint }),
  operation({ ...metadata, path: VERSION, operation: 'versionMetadata', params: OfVersion }),
  operation({ ...ready, path: `${ENDPOINT}/ready`, operation: 'modelReady', params: OfEndpoint }),
  operation({ ...ready, path: `${VERSION}/ready`, operation: 'versionReady', params: OfVersion }),
  operation({
    method: 'GET',
    path: '/v2',
    operation: 'serverMetadata',
    summary: 'Name, version and extensions of the server',
    scope: 'predict',
    response: {
      status: 200,
      schema: z.object({
        name: z.string(),
        version: z.string(),
        extensions: z.array(z.string()),
      }),
    },
  }),
  operation({
    method: 'GET',
    path: '/v2/health/live',
    operation: 'serverLive',
    summary: 'Whether the server is alive',
    scope: 'public',
    response: { status: 200, schema: z.object({ live: z.literal(true) }) },
  }),
  operation({
    method: 'GET',
    path: '/v2/health/ready',
    operation: 'serverReady',
    summary: 'Whether the server answers',
    scope: 'public',
    response: { status: 200, schema: z.object({ ready: z.literal(true) }) },
  }),
];
