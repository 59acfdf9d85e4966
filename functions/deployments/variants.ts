import { invalidField } from '#core/errors.ts';
import { check } from '#shared/check.ts';
import { getItem, type Write } from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import { type By, checkRevision } from '#slices/registry';
import { content } from './endpoints.ts';
import { RULES } from './references.ts';
import { resolveAll } from './resolve.ts';
import { noEndpoint } from './revisions.ts';
import { present, type Settings, save, settingsOf, who } from './save.ts';
import { type Endpoint, EndpointSpec, type ServingEndpoint } from './schema.ts';

/** A variant that stays as it is pinned, or one of another version. */
export interface WantedVariant {
  readonly name: string;
  readonly weight: number;
  readonly model?: string;
  readonly version?: number;
}

export interface VariantChange {
  /** All variants of the next revision; those that are not named go. */
  readonly variants: readonly WantedVariant[];
  readonly reason: string;
  /** A step on the way to somewhere: never the state that a rollback restores unasked. */
  readonly interim?: boolean;
  /** What must happen, or hold, in the same moment. */
  readonly more?: readonly Write[];
}

/**
 * Gives an endpoint other variants or weights and leaves everything else as it is: what rollouts
 * and experiments steer with. Versions that stay are not examined again, so that traffic can always
 * be taken away from one that was rejected since; new ones must be approved. Where nothing changes
 * there is no new revision.
 *
 * @throws AppError `precondition-failed` where `by.ifMatch` is not the current revision; `conflict`
 * where someone else was faster or a version may not be served; `invalid`; `not-found`
 */
export async function changeVariants(
  name: string,
  change: VariantChange,
  by: By & { ifMatch?: number },
  now = new Date(),
): Promise<Endpoint> {
  const current = await getItem(keys.endpoint(name));
  const before = present(current);
  if (!current || !before) throw noEndpoint(name);
  checkRevision(before.revision, by.ifMatch);
  const serving = current.serving as ServingEndpoint;
  const settings: Settings = {
    ...settingsOf(before),
    variants: change.variants.map((variant) => pinOf(variant, before)),
    reason: change.reason,
    ...(change.interim && { stepFrom: before.stepFrom ?? before.revision }),
  };
  checkAgainstSpec(settings);
  if (content(before) === content(settings)) return before;
  const forced = before.forced !== undefined;
  const resolved = await resolveAll(settings, { serving, forced });
  const rules = { added: forced ? RULES.notArchived : RULES.approved, kept: RULES.notArchived };
  const revision = { name, current, settings, ...resolved, rules };
  return save(revision, { by: who(by), verb: 'shift', now, more: change.more ?? [] });
}

/**
 * Moves traffic between the variants that there are, as a step that a rollback does not restore
 * unasked. Throws as `changeVariants` does.
 * @param weights percent by variant, in tenths; those not named keep theirs
 */
export const moveWeights = (
  name: string,
  weights: Readonly<Record<string, number>>,
  reason: string,
  by: By & { ifMatch?: number },
  now = new Date(),
): Promise<Endpoint> => shiftWeights(name, { weights, reason, interim: true }, by, now);

interface Shift extends Partial<Pick<VariantChange, 'reason' | 'interim'>> {
  readonly weights: Readonly<Record<string, number>>;
}

export async function shiftWeights(
  name: string,
  { weights, reason = 'weights were moved', interim = false }: Shift,
  by: By & { ifMatch?: number },
  now = new Date(),
): Promise<Endpoint> {
  const endpoint = present(await getItem(keys.endpoint(name)));
  if (!endpoint) throw noEndpoint(name);
  const known = new Set(endpoint.variants.map((variant) => variant.name));
  const unknown = Object.keys(weights).find((variant) => !known.has(variant));
  if (unknown !== undefined) {
    throw invalidField(`weights.${unknown}`, `"${name}" has only ${[...known].join(', ')}`);
  }
  const variants = endpoint.variants.map((variant) => ({
    name: variant.name,
    weight: weights[variant.name] ?? variant.weight,
  }));
  const seen = { ...by, ifMatch: by.ifMatch ?? endpoint.revision };
  return changeVariants(name, { variants, reason, interim }, seen, now);
}

/** The same rules as for what a caller puts. */
function checkAgainstSpec({ variants, shadows, strategy, stickyUnit, capture }: Settings): void {
  const wanted = {
    variants: variants.map(({ alias, model, version, ...rest }) =>
      rest.signature ? rest : { model, version, ...rest },
    ),
    shadows: shadows.map(({ alias, ...rest }) => rest),
  };
  check(EndpointSpec, { ...wanted, strategy, stickyUnit, capture }, '');
}

/** Where a version stays, so does the name of the alias that it was pinned by. */
function pinOf({ name, weight, model, version }: WantedVariant, { variants }: Endpoint) {
  const before = variants.find((variant) => variant.name === name);
  const stays = before && (model ?? before.model) === before.model;
  if (stays && (version ?? before.version) === before.version) return { ...before, weight };
  if (model === undefined || version === undefined) {
    throw invalidField(`variants.${name}`, 'is new and needs a model and a version');
  }
  return { name, model, version, weight };
}
