import type { Target } from './predict.ts';
import { reachable } from './reachable.ts';
import { aim, chooseByField, chooseByHead, type Router, unitOfHead, unitText } from './route.ts';
import type { InferenceService } from './service.ts';
import type { Trace, WireRequest } from './wire.ts';

/** A request on its way to a variant. */
export interface Aimed {
  readonly router: Router;
  readonly request: WireRequest;
  readonly trace: Trace;
  /** The variant that the request's head chooses; undefined: its body does. */
  readonly early: Target | undefined;
}

/** As far as the head of a request tells where it goes, before its body is read. */
export function aimByHead(router: Router, request: WireRequest, trace: Trace): Aimed {
  const early = chooseByHead(router, request);
  trace.unit = unitOfHead(router, request);
  if (early) aim(trace, early);
  return { router, request, trace, early };
}

/**
 * The variant that answers.
 * @param unit the value of the field that names the unit, where the endpoint has one
 * @throws AppError `invalid` for a value that names nothing
 */
export async function aimByUnit(
  service: InferenceService,
  { router, request, trace, early }: Aimed,
  unit: unknown,
): Promise<Target> {
  if (unit !== undefined && unit !== null) trace.unit = unitText(unit, router.field as string);
  const chosen = early ?? chooseByField(router, unit, request);
  const target = await reachable(service, router, aim(trace, chosen));
  if (target !== chosen) trace.fallbackFrom = chosen;
  return aim(trace, target);
}
