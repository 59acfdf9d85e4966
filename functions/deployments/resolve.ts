import { getAlias, getModel, getVersion } from '#slices/registry';
import { checkAdmission } from './admission.ts';
import type { ServingEndpoint, ServingVersion } from './schema.ts';

interface Wanted {
  readonly name: string;
  readonly model: string;
  readonly version?: number | undefined;
  readonly alias?: string | undefined;
}

/** Aliases as the versions that they point at now. @throws AppError `not-found` */
export const pinAll = <W extends Wanted>(
  wanted: readonly W[],
): Promise<(W & { version: number })[]> =>
  Promise.all(
    wanted.map(async (one) => {
      await getModel(one.model);
      const version = one.version ?? (await getAlias(one.model, one.alias as string)).version;
      return { ...one, version };
    }),
  );

/**
 * Everything that the prediction path needs of versions. Those of `serving` are taken as they are
 * and not examined again.
 *
 * @throws AppError `not-found`; `conflict` where a version may not be served
 */
export function resolveAll<P extends Wanted & { readonly version: number }>(
  pinned: readonly P[],
  serving: ServingEndpoint | undefined,
  forced: boolean,
): Promise<(Omit<P, 'alias'> & ServingVersion)[]> {
  const known = [...(serving?.variants ?? []), ...(serving?.shadows ?? [])];
  return Promise.all(
    pinned.map(async ({ alias, ...one }) => {
      const same = known.find((k) => k.model === one.model && k.version === one.version);
      return { ...one, ...(same ? filesOf(same) : await admitted(one, forced)) };
    }),
  );
}

async function admitted({ model, version }: { model: string; version: number }, forced: boolean) {
  await getModel(model);
  const found = await getVersion(model, version);
  await checkAdmission(found, forced);
  return filesOf(found);
}

const filesOf = ({ artifact, signature }: Pick<ServingVersion, 'artifact' | 'signature'>) => ({
  artifact: { sha256: artifact.sha256, sizeBytes: artifact.sizeBytes },
  signature,
});
