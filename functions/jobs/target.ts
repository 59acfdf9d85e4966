import { AppError } from '#core/errors.ts';
import type { Signature } from '#core/signature/schema.ts';
import { getItem } from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import { ServingEndpoint } from '#slices/deployments';
import { getModel, getVersion } from '#slices/registry';
import type { Job, JobPlan } from './schema.ts';

/** The version that scores a job: settled once, whatever its endpoint does meanwhile. */
export interface JobTarget {
  readonly model: string;
  readonly version: number;
  readonly artifact: { readonly sha256: string; readonly sizeBytes: number };
  readonly signature: Signature;
  /** Of an endpoint: where its captures would count it, and what these do not show. */
  readonly served?: JobPlan['served'];
}

/** @throws AppError `not-found`; `conflict` for a version that was not approved */
export async function targetOf({ endpoint, model, version }: Job): Promise<JobTarget> {
  if (endpoint !== undefined) return heaviest(endpoint);
  await getModel(model as string);
  const found = await getVersion(model as string, version as number);
  if (found.status !== 'approved') {
    throw new AppError(
      'conflict',
      `version ${found.version} of "${found.model}" is ${found.status}: only approved versions score jobs`,
    );
  }
  const { sha256, sizeBytes } = found.artifact;
  return { ...found, artifact: { sha256, sizeBytes } };
}

/** A job is one answer to one question: unlike requests, its rows are not spread over variants. */
async function heaviest(endpoint: string): Promise<JobTarget> {
  const item = await getItem(keys.endpoint(endpoint));
  if (!item?.serving || item.deleted) {
    throw new AppError('not-found', `there is no endpoint "${endpoint}"`);
  }
  const { variants, revision, capture } = ServingEndpoint.parse(item.serving);
  const [first] = variants
    .flatMap(({ artifact, ...variant }) => (artifact ? [{ ...variant, artifact }] : []))
    .sort((a, b) => b.weight - a.weight);
  if (first) {
    const hidden = [...capture.drop, ...capture.mask];
    return { ...first, served: { variant: first.name, revision, hidden } };
  }
  throw new AppError('conflict', `all variants of "${endpoint}" run elsewhere: name a version`);
}
