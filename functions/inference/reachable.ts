import { AppError } from '#core/errors.ts';
import type { Target } from './predict.ts';
import type { Router } from './route.ts';
import type { InferenceService } from './service.ts';

/** How long a model that could not be loaded is left alone, in milliseconds. */
const LEFT_ALONE = 5_000;

/**
 * The variant, or where its model cannot be loaded the heaviest other one that can: a broken
 * version must not fail the callers that it was meant for. The promise is there only when it has to
 * wait.
 *
 * @throws AppError why it cannot be loaded, where no other can be either
 */
export function reachable(
  service: InferenceService,
  router: Router,
  target: Target,
): Target | Promise<Target> {
  // A single variant loads where it is used, and its error is the answer.
  const { artifact } = target.variant;
  if (router.only || !artifact || service.sessions.has(artifact)) return target;
  return loadOneOf(service, [target, ...others(router, target)]);
}

const others = ({ targets }: Router, target: Target): Target[] =>
  targets
    .filter((other) => other !== target && other.variant.weight > 0)
    .sort((a, b) => b.variant.weight - a.variant.weight);

async function loadOneOf(
  { sessions, broken, now, warn }: InferenceService,
  targets: readonly Target[],
): Promise<Target> {
  let first: unknown;
  for (const target of targets) {
    const { artifact, name } = target.variant;
    if (!artifact) return target;
    const known = broken.get(artifact.sha256);
    if (known && now() - known.since < LEFT_ALONE) {
      first ??= known.error;
      continue;
    }
    try {
      await sessions.load(artifact);
      broken.delete(artifact.sha256);
      return target;
    } catch (error) {
      first ??= error;
      broken.set(artifact.sha256, { error, since: now() });
      warn(`variant "${name}" of "${target.endpoint.name}" cannot be loaded`, error);
    }
  }
  throw first;
}

/**
 * Loads what is not loaded: a caller that asks means to send requests. One variant that can be
 * loaded is enough, as it then answers for the others; of several those count that get traffic.
 *
 * @returns why none can be loaded
 */
export async function loadAny(
  { sessions }: InferenceService,
  targets: readonly Target[],
): Promise<AppError | undefined> {
  const wanted = targets.filter(({ variant }) => targets.length === 1 || variant.weight > 0);
  const loads = await Promise.allSettled(
    wanted.map(async ({ variant: { artifact } }) => artifact && sessions.load(artifact)),
  );
  if (loads.some(({ status }) => status === 'fulfilled')) return undefined;
  const { reason } = loads[0] as PromiseRejectedResult;
  if (reason instanceof AppError) return reason;
  throw reason;
}
