import { AppError } from '#core/errors.ts';
import { MLFLOW_VERSION } from '#shared/mlflow-version.ts';
import { aimByHead, aimByUnit } from '../aim-request.ts';
import { findColumns } from '../columns-of-target.ts';
import { predict, type Target } from '../predict.ts';
import { loadAny } from '../reachable.ts';
import {
  checkAnswerSize,
  checkBodySize,
  checkRows,
  findRouter,
  type InferenceService,
} from '../service.ts';
import {
  JSON_TYPE,
  mustBe,
  type Trace,
  textOf,
  type WireAnswer,
  type WireRequest,
} from '../wire.ts';
import { encodeRecords, encodeTensors } from './scoring-answer.ts';
import { type Invocation, parseCsv, parseJson, readInvocation, unitOf } from './scoring-request.ts';

/*
 * The contract of MLflow's scoring server (`mlflow models serve`), which SageMaker's containers have
 * too, with a prefix: `/endpoints/{endpoint}/invocations`, `/ping`, `/health` and `/version`.
 */

export const isScoringPath = (path: readonly string[]): boolean => path[1] === 'endpoints';

/** Answers `/endpoints/{endpoint}` and what is below it. */
export function answerScoring(
  service: InferenceService,
  request: WireRequest,
  trace: Trace,
): WireAnswer | Promise<WireAnswer> {
  const { path, method } = request;
  const action = path.length === 4 && path[2] !== '' ? path[3] : undefined;
  if (action === 'invocations') {
    mustBe('POST', method);
    return invoke(service, request, trace);
  }
  if (action === 'ping' || action === 'health') {
    mustBe('GET', method);
    return ping(service, path[2] as string);
  }
  if (action === 'version') {
    mustBe('GET', method);
    return { status: 200, contentType: JSON_TYPE, body: MLFLOW_VERSION };
  }
  throw new AppError(
    'not-found',
    'there is nothing here, only /endpoints/{endpoint}/invocations, /ping, /health and /version',
  );
}

/** As MLflow's: healthy is what has its model in memory. */
async function ping(service: InferenceService, name: string): Promise<WireAnswer> {
  const { targets } = await findRouter(service, name);
  const reason = await loadAny(service, targets);
  if (reason) throw reason;
  return { status: 200, contentType: JSON_TYPE, body: '\n' };
}

async function invoke(
  service: InferenceService,
  request: WireRequest,
  trace: Trace,
): Promise<WireAnswer> {
  const type = typeOf(request.headers['content-type']);
  if ('refused' in type) return { status: 415, contentType: 'text/plain', body: type.refused };
  checkBodySize(service, request.body.length);
  const router = await findRouter(service, request.path[2] as string);
  const aimed = aimByHead(router, request, trace);
  const text = textOf(request.body);
  const invocation =
    type.form === 'csv' ? parseCsv(text) : parseJson((router.targets[0] as Target).plan, text);
  const unit = router.field === undefined ? undefined : unitOf(invocation, router.field);
  const target = await aimByUnit(service, aimed, unit);
  const answer = await score(service, { target, invocation }, trace);
  const ignored = Object.keys(invocation.params).filter((name) => name !== router.field);
  return ignored.length === 0 ? answer : { ...answer, headers: { [IGNORED]: nameList(ignored) } };
}

/** MLflow passes over params that a model has no schema for, and says so in its log. */
const IGNORED = 'x-skiff-ignored-params';

const nameList = (names: readonly string[]): string =>
  names
    .map((name) => encodeURIComponent(name))
    .join(', ')
    .slice(0, 500);

interface Scoring {
  readonly target: Target;
  readonly invocation: Invocation;
}

async function score(
  service: InferenceService,
  { target, invocation }: Scoring,
  trace: Trace,
): Promise<WireAnswer> {
  const { inputs, rows, asFrame } = readInvocation(target, findColumns(target), invocation);
  checkRows(service, rows);
  trace.rows = rows;
  const outputs = await predict(service, target, inputs, target.plan.allOutputs);
  trace.inputs = inputs;
  trace.outputs = outputs;
  const answer = asFrame
    ? encodeRecords(target.variant.signature, outputs, rows)
    : encodeTensors(outputs);
  checkAnswerSize(service, answer.body);
  return answer;
}

/** In MLflow's words: its clients may look for them. */
function typeOf(header = JSON_TYPE): { form: 'json' | 'csv' } | { refused: string } {
  const [type = '', ...parameters] = header
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const other = parameters.find((parameter) => !parameter.startsWith('charset='));
  if (other !== undefined) return { refused: `Unrecognized content type parameters: ${other}.` };
  const charset = parameters[0]?.slice('charset='.length).replaceAll('"', '') ?? 'utf-8';
  if (charset !== 'utf-8') return { refused: 'The scoring server only supports UTF-8' };
  if (type === JSON_TYPE) return { form: 'json' };
  if (type === 'text/csv') return { form: 'csv' };
  return {
    refused: `This predictor only supports the following content types: Types: ['text/csv', 'application/json']. Got '${header}'.`,
  };
}
