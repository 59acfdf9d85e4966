import { AppError } from '#core/errors.ts';
import type { TensorSpec } from '#core/signature/schema.ts';
import { predict, type Target } from '../predict.ts';
import { loadAny, reachable } from '../reachable.ts';
import {
  aim,
  chooseByField,
  chooseByHead,
  type Router,
  targetOfVersion,
  unitOfHead,
} from '../route.ts';
import {
  checkAnswerSize,
  checkBodySize,
  checkRows,
  findRouter,
  type InferenceService,
} from '../service.ts';
import {
  bytesOf,
  json,
  mustBe,
  type Trace,
  textOf,
  type WireAnswer,
  type WireRequest,
} from '../wire.ts';
import { encodeAnswer } from './open-inference-answer.ts';
import { type OpenRequest, openRequest, readRequest } from './open-inference-request.ts';

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
  const found = findRouter(service, call.name);
  if (!(found instanceof Promise)) return answerRouter(service, request, call, found);
  return found.then((router) => answerRouter(service, request, call, router));
}

function answerRouter(
  service: InferenceService,
  request: WireRequest,
  { version, action, trace }: ModelCall,
  router: Router,
) {
  const named = version === undefined ? undefined : targetOfVersion(router, version);
  if (action === '') return json(metadata(router, named));
  if (action === 'ready') return ready(service, router, named);
  if (named) return infer(service, request, aim(trace, named), trace);
  const target = chooseByHead(router, request);
  trace.unit = unitOfHead(router, request);
  return target
    ? inferReachable(service, request, { router, target, trace })
    : inferByField(service, request, router, trace);
}

interface Chosen {
  readonly router: Router;
  readonly target: Target;
  readonly trace: Trace;
  readonly opened?: OpenRequest;
}

function inferReachable(service: InferenceService, request: WireRequest, chosen: Chosen) {
  const { router, target, trace, opened } = chosen;
  const found = reachable(service, router, aim(trace, target));
  if (!(found instanceof Promise)) return infer(service, request, found, trace, opened);
  return found.then((other) => {
    if (other !== target) trace.fallbackFrom = target;
    return infer(service, request, aim(trace, other), trace, opened);
  });
}

/** The unit is a parameter of the request. */
function inferByField(
  service: InferenceService,
  request: WireRequest,
  router: Router,
  trace: Trace,
) {
  const opened = open(service, request, router.targets[0] as Target);
  const value = opened.parameters?.[router.field as string];
  const target = chooseByField(router, value, request);
  if (value !== undefined && value !== null) trace.unit = String(value);
  return inferReachable(service, request, { router, target, trace, opened });
}

async function infer(
  service: InferenceService,
  request: WireRequest,
  target: Target,
  trace: Trace,
  opened?: OpenRequest,
): Promise<WireAnswer> {
  const wanted = readRequest(target.plan, opened ?? open(service, request, target));
  checkRows(service, wanted.rows);
  trace.rows = wanted.rows;
  const outputs = await predict(service, target, wanted.inputs, wanted.outputs);
  trace.inputs = wanted.inputs;
  trace.outputs = outputs;
  const encode = request.form?.encode ?? encodeAnswer;
  const answer = encode(target, wanted, outputs);
  checkAnswerSize(service, answer.body);
  return answer;
}

function open(
  service: InferenceService,
  { body, headers, form }: WireRequest,
  { plan }: Target,
): OpenRequest {
  if (form) return form.opened;
  checkBodySize(service, body.length);
  const header = headers['inference-header-content-length'];
  if (header === undefined) return openRequest(plan, textOf(body));
  if (!/^\d{1,10}$/.test(header)) {
    throw new AppError('invalid', 'Inference-Header-Content-Length: must be a number of bytes');
  }
  return openRequest(plan, bytesOf(body), Number(header));
}

function metadata({ endpoint, targets }: Router, named: Target | undefined) {
  const { variant } = named ?? (targets[0] as Target);
  const { inputs, outputs } = variant.signature;
  return {
    name: endpoint.name,
    versions: [...new Set(endpoint.variants.map(({ version }) => String(version)))],
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

async function ready(service: InferenceService, router: Router, named: Target | undefined) {
  const { name } = router.endpoint;
  const reason = await loadAny(service, named ? [named] : router.targets);
  if (!reason) return json({ name, ready: true });
  return json({ name, ready: false, reason: reason.message }, 503);
}

const get = (method: string, body: unknown): WireAnswer => {
  mustBe('GET', method);
  return json(body);
};

const nothingHere = () =>
  new AppError('not-found', 'there is nothing here: GET /v2 and /api/v1/openapi.json tell more');
