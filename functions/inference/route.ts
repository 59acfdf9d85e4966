import { AppError } from '#core/errors.ts';
import { slotOf } from '#core/routing/slots.ts';
import type { ServingEndpoint } from '#slices/deployments';
import { prepareTarget, type Target } from './predict.ts';
import type { Trace, WireRequest } from './wire.ts';

/** How requests reach the variants of one revision of an endpoint. */
export interface Router {
  readonly endpoint: ServingEndpoint;
  readonly targets: readonly Target[];
  /** The variant that gets everything; undefined where one has to be chosen. */
  readonly only: Target | undefined;
  /** The field of a request that names its unit, where it is one. */
  readonly field: string | undefined;
  /** The variant of each slot; empty where there is no choice. */
  readonly slots: readonly Target[];
}

const routers = new WeakMap<ServingEndpoint, Router>();

export function routerOf(endpoint: ServingEndpoint): Router {
  const known = routers.get(endpoint);
  if (known) return known;
  const router = makeRouter(endpoint);
  routers.set(endpoint, router);
  return router;
}

function makeRouter(endpoint: ServingEndpoint): Router {
  const { variants, stickyUnit, slots = '' } = endpoint;
  const targets = variants.map((variant) => prepareTarget(endpoint, variant));
  return {
    endpoint,
    targets,
    only: targets.find(({ variant }) => variant.weight === 100),
    field: stickyUnit.kind === 'field' ? stickyUnit.name : undefined,
    slots: Array.from(slots, (digit) => targets[Number(digit)] as Target),
  };
}

/** The variant that a unit sees, as long as the weights stay. */
const variantOf = ({ endpoint, slots }: Router, unit: string): Target =>
  // With the endpoint's name, so that units that try a version here are not the same elsewhere.
  slots[slotOf(`${endpoint.name}:${unit}`)] as Target;

/** Where a request goes by what its head says; undefined: its body has to be read first. */
export function chooseByHead(router: Router, request: WireRequest): Target | undefined {
  if (router.only) return router.only;
  if (router.field !== undefined) return undefined;
  return variantOf(router, unitOfHead(router, request) ?? request.id);
}

/** Who a request is from, where a header says so. */
export function unitOfHead({ endpoint }: Router, { headers }: WireRequest): string | undefined {
  const { stickyUnit } = endpoint;
  return stickyUnit.kind === 'header' ? headers[stickyUnit.name] || undefined : undefined;
}

/** Where a record goes, which says itself what unit it is of. */
export const chooseByUnit = (router: Router, unit: string): Target =>
  router.only ?? variantOf(router, unit);

/** Where a request goes by the value of its field; one without it is a unit of its own. */
export function chooseByField(router: Router, value: unknown, request: WireRequest): Target {
  if (router.only) return router.only;
  const missing = value === undefined || value === null || value === '';
  return variantOf(router, missing ? request.id : unitText(value, router.field as string));
}

export function unitText(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  throw new AppError('invalid', `${field}: must be a string or a number: it names the unit`, {
    fields: [{ field, message: 'must be a string or a number: it names the unit' }],
  });
}

/** The variant with a version that a caller names. @throws AppError `not-found` */
export function targetOfVersion({ endpoint, targets }: Router, version: string): Target {
  const found = targets.find(({ variant }) => String(variant.version) === version);
  if (found) return found;
  const served = [...new Set(endpoint.variants.map((variant) => variant.version))].join(', ');
  throw new AppError(
    'not-found',
    `"${endpoint.name}" does not serve version ${version.slice(0, 20)} now, only ${served}`,
  );
}

/** From here on the request is one of this variant, whatever becomes of it. */
export function aim(trace: Trace, target: Target): Target {
  trace.target = target;
  trace.predictionId = trace.ulid + target.idSuffix;
  return target;
}
