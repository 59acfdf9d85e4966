import { AppError } from '#core/errors.ts';
import type { TensorSpec } from '#core/signature/schema.ts';
import { predict, type Target } from '../predict.ts';
import {
  checkAnswerSize,
  checkBodySize,
  checkRows,
  findTarget,
  type InferenceService,
} from '../service.ts';
import { bytesOf, json, type Trace, textOf, type WireAnswer, type WireRequest } from '../wire.ts';
import { encodeAnswer } from './open-inference-answer.ts';
import {
  type InferRequest,
  parseBinaryRequest,
  parseJsonRequest,
} from './open-inference-request.ts';

/*
 * Open Inference Protocol v2 over REST (docs: kserve.github.io, "Data plane v2"), with the binary
 * tensor extension. A model name is an endpoint name; a version is one that it serves now.
 */

const SERVER = { name: 'skiff', version: '2', extensions: ['binary_tensor_data'] };

/** Routes that any load balancer may call. */
export const isHealth = (path: readonly string[]): boolean =>
  path.length === 4 && path[1] === 'v2' && path[2] === 'health';

/** Answers `/v2` and everything below it. */
export function answerOpenInference(
  service: InferenceService,
  request: WireRequest,
  trace: Trace,
): WireAnswer | Promise<WireAnswer> {
  const { path, method } = request;
  // By index: taking a list apart by pattern shows in the time of a small model.
  const kind = path[2];
  const name = path[3];
  if (kind === 'models' && name) {
    const version = path[4] === 'versions' ? path[5] : undefined;
    const last = version === undefined ? 4 : 6;
    if (path.length > last + 1) throw nothingHere();
    return answerModel(service, request, { name, version, action: path[last] ?? '', trace });
  }
  if (kind === undefined || kind === '') return get(method, SERVER);
  if (isHealth(path) && name === 'live') return get(method, { live: true });
  if (isHealth(path) && name === 'ready') return get(method, { ready: true });
  throw nothingHere();
}

interface ModelCall {
  readonly name: string;
  readonly version: string | undefined;
  readonly action: string;
  readonly trace: Trace;
}

/** Without a promise more than needed: each turn of the queue shows in the time of a small model. */
function answerModel(service: InferenceService, request: WireRequest, call: ModelCall) {
  if (call.action !== 'infer' && call.action !== 'ready' && call.action !== '') throw nothingHere();
  mustBe(call.action === 'infer' ? 'POST' : 'GET', request.method);
  const found = findTarget(service, call.name);
  if (!(found instanceof Promise)) return answerTarget(service, request, call, found);
  return found.then((target) => answerTarget(service, request, call, target));
}

function answerTarget(
  service: InferenceService,
  request: WireRequest,
  call: ModelCall,
  target: Target,
) {
  if (call.version !== undefined) checkVersion(target, call.version);
  if (call.action === '') return json(metadata(target));
  if (call.action === 'ready') return ready(service, target);
  call.trace.target = target;
  return infer(service, request, target, call.trace);
}

async function infer(
  service: InferenceService,
  request: WireRequest,
  target: Target,
  trace: Trace,
): Promise<WireAnswer> {
  const wanted = readRequest(service, request, target);
  checkRows(service, wanted.rows);
  trace.rows = wanted.rows;
  const outputs = await predict(service.sessions, target, wanted.inputs, wanted.outputs);
  const answer = encodeAnswer(target, wanted, outputs);
  checkAnswerSize(service, answer.body);
  return answer;
}

function readRequest(
  service: InferenceService,
  { body, headers }: WireRequest,
  target: Target,
): InferRequest {
  checkBodySize(service, body.length);
  const header = headers['inference-header-content-length'];
  if (header === undefined) return parseJsonRequest(target.plan, textOf(body));
  if (!/^\d{1,10}$/.test(header)) {
    throw new AppError('invalid', 'Inference-Header-Content-Length: must be a number of bytes');
  }
  return parseBinaryRequest(target.plan, bytesOf(body), Number(header));
}

function checkVersion({ endpoint }: Target, version: string): void {
  const served = endpoint.variants.map((variant) => String(variant.version));
  if (served.includes(version)) return;
  throw new AppError(
    'not-found',
    `"${endpoint.name}" does not serve version ${version.slice(0, 20)} now, only ${served.join(', ')}`,
  );
}

function metadata({ endpoint, variant }: Target) {
  const { inputs, outputs } = variant.signature;
  return {
    name: endpoint.name,
    versions: endpoint.variants.map(({ version }) => String(version)),
    platform: 'onnx_onnxv1',
    inputs: inputs.map(tensorMetadata),
    outputs: outputs.map(tensorMetadata),
  };
}

const tensorMetadata = ({ name, datatype, shape }: TensorSpec) => ({
  name,
  datatype,
  shape: shape.map((size) => (typeof size === 'number' ? size : -1)),
});

/** Loads the model if it is not: a caller that asks means to send requests. */
async function ready(service: InferenceService, { endpoint, variant }: Target) {
  try {
    await service.sessions.load(variant.artifact);
    return json({ name: endpoint.name, ready: true });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return json({ name: endpoint.name, ready: false, reason: error.message }, 503);
  }
}

const get = (method: string, body: unknown): WireAnswer => {
  mustBe('GET', method);
  return json(body);
};

function mustBe(wanted: string, method: string): void {
  if (method === wanted) return;
  throw new AppError('method-not-allowed', `${method} is not possible here, only ${wanted}`);
}

const nothingHere = () =>
  new AppError('not-found', 'there is nothing here: GET /v2 and /api/v1/openapi.json tell more');
