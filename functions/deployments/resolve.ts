import { getAlias, getModel, getVersion } from '#slices/registry';
import { checkAdmission } from './admission.ts';
import type { EndpointSpec, ServingVersion } from './schema.ts';

type Wanted = EndpointSpec['variants'][number] | EndpointSpec['shadows'][number];

/**
 * Everything that the prediction path needs of the versions that are wanted.
 * @throws AppError `not-found`; `conflict` where a version may not be served
 */
export const resolveAll = <W extends Wanted>(
  wanted: readonly W[],
  forced: boolean,
): Promise<(ServingVersion & Omit<W, 'alias'>)[]> =>
  Promise.all(
    wanted.map(async (one) => {
      const { alias, ...rest } = one;
      return { ...rest, ...(await resolve(one, forced)) };
    }),
  );

async function resolve(wanted: Wanted, forced: boolean): Promise<ServingVersion> {
  const { name, model } = wanted;
  await getModel(model);
  const number = wanted.version ?? (await getAlias(model, wanted.alias as string)).version;
  const found = await getVersion(model, number);
  await checkAdmission(found, forced);
  const { artifact, signature, version } = found;
  const { sha256, sizeBytes } = artifact;
  return { name, model, version, artifact: { sha256, sizeBytes }, signature };
}
