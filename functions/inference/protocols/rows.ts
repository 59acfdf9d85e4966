import { AppError } from '#core/errors.ts';
import { type Column, columnsOf } from '../columns.ts';
import { predict, type Target } from '../predict.ts';
import { reachable } from '../reachable.ts';
import { aim, chooseByField, chooseByHead, unitOfHead } from '../route.ts';
import {
  checkAnswerSize,
  checkBodySize,
  checkRows,
  findRouter,
  type InferenceService,
} from '../service.ts';
import { type Trace, textOf, type WireAnswer, type WireRequest } from '../wire.ts';
import { encodeRows } from './rows-answer.ts';
import { parseRows, rowsToInputs, unitOfRows } from './rows-request.ts';

/** `/api/v1/endpoints/{endpoint}/predictions` */
export const isRowsPath = (path: readonly string[]): boolean =>
  path.length === 6 && path[3] === 'endpoints' && path[5] === 'predictions';

/** Predicts with rows of named columns: `{"rows": [{"age": 41, "job": "nurse"}]}`. */
export async function answerRows(
  service: InferenceService,
  request: WireRequest,
  trace: Trace,
): Promise<WireAnswer> {
  if (request.method !== 'POST') {
    throw new AppError('method-not-allowed', `${request.method} is not possible here, only POST`);
  }
  checkBodySize(service, request.body.length);
  const router = await findRouter(service, request.path[4] as string);
  const early = chooseByHead(router, request);
  trace.unit = unitOfHead(router, request);
  if (early) aim(trace, early);
  const rows = parseRows((router.targets[0] as Target).plan, textOf(request.body));
  const unit = router.field === undefined ? undefined : unitOfRows(rows, router.field);
  if (unit !== undefined && unit !== null) trace.unit = String(unit);
  const chosen = early ?? chooseByField(router, unit, request);
  const target = await reachable(service, router, aim(trace, chosen));
  if (target !== chosen) trace.fallbackFrom = chosen;
  return predictRows(service, { target: aim(trace, target), rows, field: router.field }, trace);
}

interface RowsCall {
  readonly target: Target;
  readonly rows: unknown[];
  readonly field: string | undefined;
}

async function predictRows(
  service: InferenceService,
  { target, rows, field }: RowsCall,
  trace: Trace,
): Promise<WireAnswer> {
  const columns = columnsFor(target);
  checkRows(service, rows.length);
  trace.rows = rows.length;
  const inputs = rowsToInputs(target, columns, rows, field);
  const outputs = await predict(service, target, inputs, target.plan.allOutputs);
  trace.inputs = inputs;
  trace.outputs = outputs;
  const answer = encodeRows(target, outputs, rows.length, trace.predictionId);
  checkAnswerSize(service, answer.body);
  return answer;
}

const known = new WeakMap<Target, ReadonlyMap<string, Column>>();

function columnsFor(target: Target): ReadonlyMap<string, Column> {
  const cached = known.get(target);
  if (cached) return cached;
  const columns = columnsOf(target.variant.signature);
  if (!columns) {
    throw new AppError(
      'unprocessable',
      `the inputs of "${target.endpoint.name}" are not rows of columns: send tensors to /v2/models/${target.endpoint.name}/infer`,
    );
  }
  known.set(target, columns);
  return columns;
}
