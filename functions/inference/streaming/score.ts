import { AppError } from '#core/errors.ts';
import type { SourceRecord } from '#shared/source-records.ts';
import { type Column, columnsOf } from '../columns.ts';
import type { Target } from '../predict.ts';
import { predictionId } from '../prediction-id.ts';
import { reachable } from '../reachable.ts';
import { aim, chooseByUnit, type Router, unitText } from '../route.ts';
import { findRouter, type InferenceService } from '../service.ts';
import { newTrace } from '../wire.ts';
import { type Decoded, decode, type Fields } from './decode.ts';
import { type Aimed, type Parcel, rejected } from './parcel.ts';
import { scoreRows } from './score-rows.ts';
import { scoreTensors } from './score-tensors.ts';

export interface Scorer {
  readonly service: InferenceService;
  readonly endpoint: string;
  readonly idField?: string | undefined;
  /** A run for each record: answers are those of single requests, to the last bit. */
  readonly oneByOne: boolean;
  readonly now: () => number;
}

/** What every record becomes: an answer or a reject, in the order of the records. */
export async function scoreRecords(
  scorer: Scorer,
  records: readonly SourceRecord[],
): Promise<Parcel[]> {
  const router = await findRouter(scorer.service, scorer.endpoint);
  const { parcels, byTarget } = await aimAll(scorer, router, records);
  for (const [target, aimed] of byTarget) {
    for (const parcel of await scoreTarget(scorer, target, aimed)) parcels.push(parcel);
  }
  const places = new Map(records.map((record, i) => [record, i]));
  const placeOf = ({ record }: Parcel) => places.get(record) as number;
  return parcels.sort((a, b) => placeOf(a) - placeOf(b));
}

/** Records by the variant that they go to, and rejects of what cannot be read. */
async function aimAll(scorer: Scorer, router: Router, records: readonly SourceRecord[]) {
  const exact = (router.targets[0] as Target).plan.exactIntegers;
  const parcels: Parcel[] = [];
  const byTarget = new Map<Target, Aimed[]>();
  for (const record of records) {
    const decoded = decode(record, { exact, idField: scorer.idField });
    const found = 'reason' in decoded ? decoded.reason : chosen(router, decoded);
    if (typeof found === 'string' || 'reason' in decoded) {
      parcels.push(rejected(record, found as string));
      continue;
    }
    const one = await aimOne(scorer, router, { decoded, target: found });
    const target = one.trace.target as Target;
    const others = byTarget.get(target);
    if (others) others.push(one);
    else byTarget.set(target, [one]);
  }
  return { parcels, byTarget };
}

async function aimOne(
  { service, now }: Scorer,
  router: Router,
  { decoded, target }: { readonly decoded: Decoded; readonly target: Target },
): Promise<Aimed> {
  const at = now();
  const trace = newTrace(predictionId(at), at);
  trace.unit = unitOf(router, decoded);
  const found = await reachable(service, router, aim(trace, target));
  if (found !== target) trace.fallbackFrom = target;
  aim(trace, found);
  return { decoded, trace, started: performance.now() };
}

/** The variant of a record, or why there is none. */
function chosen(router: Router, decoded: Decoded): Target | string {
  try {
    return chooseByUnit(router, unitOf(router, decoded) ?? decoded.id);
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
}

/** Who a record is of. Streams have no headers: the key of the record stands for one. */
function unitOf({ endpoint, field }: Router, { record, fields }: Decoded): string | undefined {
  if (field === undefined) {
    return endpoint.stickyUnit.kind === 'header' ? record.key : undefined;
  }
  const value = fields[field] ?? (fields.parameters as Fields | undefined)?.[field];
  return value === undefined || value === null || value === '' ? undefined : unitText(value, field);
}

async function scoreTarget(
  { service, oneByOne }: Scorer,
  target: Target,
  aimed: readonly Aimed[],
): Promise<Parcel[]> {
  const columns = columnsFor(target);
  const isTensors = ({ decoded: { fields } }: Aimed) =>
    !columns || (Array.isArray(fields.inputs) && !columns.has('inputs'));
  const context = { service, target, oneByOne };
  const tensors = aimed.filter(isTensors);
  const rows = aimed.filter((one) => !isTensors(one));
  return [
    ...(rows.length > 0 ? await scoreRows(context, rows) : []),
    ...(tensors.length > 0 ? await scoreTensors(context, tensors) : []),
  ];
}

const known = new WeakMap<Target, ReadonlyMap<string, Column> | undefined>();

function columnsFor(target: Target): ReadonlyMap<string, Column> | undefined {
  if (!known.has(target)) known.set(target, columnsOf(target.variant.signature));
  return known.get(target);
}
