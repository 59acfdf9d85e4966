import { AppError } from '#core/errors.ts';
import { RowBatch } from '../batch/row-batch.ts';
import { valueFiller } from '../batch/value-rows.ts';
import type { Output } from '../predict.ts';
import { rowAnswers } from './answers.ts';
import { isPerRow, rowsOf } from './micro-batch.ts';
import type { Aimed, Parcel } from './parcel.ts';
import { answered, refused, run, type ScoreContext } from './run.ts';

/**
 * Records that are rows of named columns, as many as can be in one run. Columns that the model does
 * not have are passed over: records carry more than requests do.
 */
export async function scoreRows(context: ScoreContext, aimed: readonly Aimed[]): Promise<Parcel[]> {
  const parcels: Parcel[] = [];
  for (let start = 0; start < aimed.length; ) {
    const batch = batchFor(context, context.oneByOne ? 1 : aimed.length - start);
    if (typeof batch === 'string') return aimed.map((one) => refused(one, batch));
    const fill = valueFiller(batch);
    const good: Aimed[] = [];
    for (; start < aimed.length && !batch.isFull; start++) {
      const one = aimed[start] as Aimed;
      const problem = fill(one.decoded.fields).problem;
      if (problem === undefined) {
        batch.keep({ object: 0, row: good.length });
        good.push(one);
      } else parcels.push(refused(one, problem));
    }
    if (good.length > 0) parcels.push(...(await scoreBatch(context, batch, good)));
  }
  return parcels;
}

/** Or why the model takes no rows one by one. */
function batchFor({ target }: ScoreContext, most: number): RowBatch | string {
  try {
    return new RowBatch(target, most);
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
}

async function scoreBatch(
  context: ScoreContext,
  batch: RowBatch,
  good: readonly Aimed[],
): Promise<Parcel[]> {
  const outputs = await run(context, batch.inputs());
  if (typeof outputs !== 'string' && isPerRow(outputs, good.length)) {
    return toParcels(context, batch, { good, outputs, from: 0 });
  }
  // The model refuses one of them, and does not say which; or it is not asked row by row.
  const parcels: Parcel[] = [];
  for (const [i, one] of good.entries()) {
    const own = good.length === 1 ? outputs : await run(context, batch.inputs(i, i + 1));
    if (typeof own === 'string') parcels.push(refused(one, own));
    else if (!isPerRow(own, 1)) parcels.push(refused(one, NOT_PER_ROW));
    else parcels.push(...toParcels(context, batch, { good: [one], outputs: own, from: i }));
  }
  return parcels;
}

const NOT_PER_ROW = 'the model does not answer row by row: send an infer request';

interface Scored {
  readonly good: readonly Aimed[];
  readonly outputs: readonly Output[];
  /** The place of the first in the batch. */
  readonly from: number;
}

function toParcels(context: ScoreContext, batch: RowBatch, { good, outputs, from }: Scored) {
  const texts = rowAnswers(context.target, outputs, good);
  const call = { counted: false };
  return good.map((one, i) =>
    answered(context, one, {
      ...{ rows: 1, text: texts[i] as string, call, outputs: rowsOf(outputs, i, 1) },
      inputs: () => batch.inputs(from + i, from + i + 1),
    }),
  );
}
