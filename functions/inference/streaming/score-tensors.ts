import type { Output } from '../predict.ts';
import {
  type InferRequest,
  parsedRequest,
  readRequest,
} from '../protocols/open-inference-request.ts';
import { tensorAnswer } from './answers.ts';
import { concat, isPerRow, rowsOf, shapeOf, takesMany, wantedOf } from './micro-batch.ts';
import type { Aimed, Parcel, SharedCall } from './parcel.ts';
import { answered, isRefusal, refused, run, type ScoreContext } from './run.ts';

interface Asked extends Aimed {
  readonly request: InferRequest;
}

/** What a model gets at once, at most. */
const MAX_ROWS = 4_096;

/** Records that are infer requests of the Open Inference Protocol; equal shapes share a run. */
export async function scoreTensors(
  context: ScoreContext,
  aimed: readonly Aimed[],
): Promise<Parcel[]> {
  const { plan } = context.target;
  const together = takesMany(plan) && !context.oneByOne;
  const parcels: Parcel[] = [];
  const groups = new Map<unknown, Asked[]>();
  for (const one of aimed) {
    const request = read(context, one);
    if (typeof request === 'string') {
      parcels.push(refused(one, request));
      continue;
    }
    const shape = together ? shapeOf(plan, request) : undefined;
    const group = groups.get(shape ?? one) ?? [];
    group.push({ ...one, request });
    groups.set(shape ?? one, group);
  }
  for (const group of groups.values()) {
    for (const part of cut(group)) parcels.push(...(await scoreGroup(context, part)));
  }
  return parcels;
}

/** The request, or what is wrong with it. */
function read({ target, service }: ScoreContext, { decoded }: Aimed): InferRequest | string {
  try {
    const request = readRequest(target.plan, parsedRequest(decoded.fields));
    const { maxRows } = service.limits;
    return request.rows <= maxRows ? request : `${request.rows} rows, at most ${maxRows}`;
  } catch (error) {
    if (isRefusal(error)) return (error as Error).message;
    throw error;
  }
}

/** Runs of so many rows, at least one request each. */
function cut(group: readonly Asked[]): Asked[][] {
  const parts: Asked[][] = [];
  let rows = Number.POSITIVE_INFINITY;
  for (const one of group) {
    if (rows + one.request.rows > MAX_ROWS) {
      parts.push([]);
      rows = 0;
    }
    parts.at(-1)?.push(one);
    rows += one.request.rows;
  }
  return parts;
}

async function scoreGroup(context: ScoreContext, group: readonly Asked[]): Promise<Parcel[]> {
  const rows = group.reduce((sum, { request }) => sum + request.rows, 0);
  const outputs = await run(
    context,
    concat(
      context.target,
      group.map(({ request }) => request),
    ),
  );
  const [only] = group as [Asked];
  if (group.length === 1) return [alone(context, only, outputs)];
  if (typeof outputs !== 'string' && isPerRow(outputs, rows)) {
    return shared(context, group, outputs);
  }
  const parcels: Parcel[] = [];
  for (const one of group)
    parcels.push(alone(context, one, await run(context, one.request.inputs)));
  return parcels;
}

const alone = (context: ScoreContext, one: Asked, outputs: Output[] | string): Parcel =>
  typeof outputs === 'string'
    ? refused(one, outputs)
    : toParcel(context, one, outputs, { counted: false });

function shared(context: ScoreContext, group: readonly Asked[], outputs: readonly Output[]) {
  const call = { counted: false };
  let at = 0;
  return group.map((one) => {
    const own = rowsOf(outputs, at, one.request.rows);
    at += one.request.rows;
    return toParcel(context, one, own, call);
  });
}

function toParcel(
  context: ScoreContext,
  one: Asked,
  outputs: readonly Output[],
  call: SharedCall,
): Parcel {
  const { inputs, rows, outputs: wanted } = one.request;
  const text = tensorAnswer(context.target, wantedOf(outputs, wanted), one.request, one);
  return answered(context, one, { inputs: () => inputs, outputs, rows, text, call });
}
