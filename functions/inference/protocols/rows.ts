import { aimByHead, aimByUnit } from '../aim-request.ts';
import { columnsFor } from '../columns-of-target.ts';
import { predict, type Target } from '../predict.ts';
import {
  checkAnswerSize,
  checkBodySize,
  checkRows,
  findRouter,
  type InferenceService,
} from '../service.ts';
import { mustBe, type Trace, textOf, type WireAnswer, type WireRequest } from '../wire.ts';
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
  mustBe('POST', request.method);
  checkBodySize(service, request.body.length);
  const router = await findRouter(service, request.path[4] as string);
  const aimed = aimByHead(router, request, trace);
  const rows = parseRows((router.targets[0] as Target).plan, textOf(request.body));
  const unit = router.field === undefined ? undefined : unitOfRows(rows, router.field);
  const target = await aimByUnit(service, aimed, unit);
  return predictRows(service, { target, rows, field: router.field }, trace);
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
