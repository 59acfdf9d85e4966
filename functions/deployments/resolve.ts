import * as z from 'zod';
import { AppError, invalidField } from '#core/errors.ts';
import { readEnv } from '#shared/env.ts';
import { getAlias, getModel, getVersion, type ModelVersion } from '#slices/registry';
import { checkAdmission } from './admission.ts';
import type {
  Endpoint,
  EndpointSpec,
  ServingEndpoint,
  ServingVariant,
  ServingVersion,
} from './schema.ts';

interface Wanted {
  readonly model: string;
  readonly version?: number | undefined;
  readonly alias?: string | undefined;
}

/** Aliases as the versions that they point at now. @throws AppError `not-found` */
export async function pinAll(
  spec: Pick<EndpointSpec, 'variants' | 'shadows'>,
): Promise<Pick<Endpoint, 'variants' | 'shadows'>> {
  return {
    variants: await Promise.all(
      spec.variants.map(async (variant) => ({ ...variant, ...(await pinVariant(variant)) })),
    ),
    shadows: await Promise.all(
      spec.shadows.map(async (shadow) => ({ ...shadow, version: await pin(shadow) })),
    ),
  };
}

/** What is not in the registry goes by the name of where it runs, which no model can have. */
async function pinVariant(variant: EndpointSpec['variants'][number]) {
  const { model, version, alias, sagemaker } = variant;
  if (model === undefined) return { model: `sagemaker:${sagemaker?.endpointName}`, version: 0 };
  return { model, version: await pin({ model, version, alias }) };
}

async function pin({ model, version, alias }: Wanted): Promise<number> {
  await getModel(model);
  return version ?? (await getAlias(model, alias as string)).version;
}

interface Context {
  /** Versions in it are taken as they are and not examined again. */
  readonly serving?: ServingEndpoint | undefined;
  readonly forced: boolean;
}

/**
 * Everything that the prediction path needs of the versions of an endpoint.
 * @throws AppError `not-found`; `conflict` where a version may not be served; `invalid`
 */
export async function resolveAll(
  { variants, shadows }: Pick<Endpoint, 'variants' | 'shadows'>,
  context: Context,
): Promise<{ variants: ServingVariant[]; shadows: ServingVersion[] }> {
  return {
    variants: await Promise.all(variants.map((one, i) => resolveVariant(one, i, context))),
    shadows: await Promise.all(
      shadows.map(async ({ alias, ...one }) => ({ ...one, ...(await filesOf(one, context)) })),
    ),
  };
}

async function resolveVariant(
  { alias, signature, ...one }: Endpoint['variants'][number],
  i: number,
  context: Context,
): Promise<ServingVariant> {
  if (!one.sagemaker) return { ...one, ...(await filesOf(one, context)) };
  const { endpointName } = one.sagemaker;
  const isServing = context.serving?.variants.some(
    ({ sagemaker }) => sagemaker?.endpointName === endpointName,
  );
  if (!isServing) checkConfigured(endpointName, `variants[${i}].sagemaker.endpointName`);
  if (!signature) return { ...one, signature: (await filesOf(one, context)).signature };
  if (context.forced) return { ...one, signature };
  throw new AppError(
    'conflict',
    `variants[${i}]: no version of the registry stands behind its signature, so that nobody approved it: register one, or force it`,
  );
}

/** Which SageMaker endpoints may be called is the deployer's to say. */
function checkConfigured(endpointName: string, field: string): void {
  const { SKIFF_SAGEMAKER_ENDPOINTS: names } = readEnv(
    z.object({ SKIFF_SAGEMAKER_ENDPOINTS: z.string().default('') }),
  );
  if (names.split(',').includes(endpointName)) return;
  throw invalidField(
    field,
    `"${endpointName}" is not in the configuration: deploy with -c sagemakerEndpoints=${endpointName}`,
  );
}

async function filesOf(
  { model, version }: { model: string; version: number },
  { serving, forced }: Context,
): Promise<Pick<ServingVersion, 'artifact' | 'signature'>> {
  const known = [...(serving?.variants ?? []), ...(serving?.shadows ?? [])];
  const same = known.find((one) => one.model === model && one.version === version);
  if (same?.artifact) return { artifact: same.artifact, signature: same.signature };
  await getModel(model);
  const found = await getVersion(model, version);
  // One that serves already, elsewhere, is not examined again either.
  if (!same) await checkAdmission(found, forced);
  return filesIn(found);
}

const filesIn = ({ artifact, signature }: ModelVersion) => ({
  artifact: { sha256: artifact.sha256, sizeBytes: artifact.sizeBytes },
  signature,
});
