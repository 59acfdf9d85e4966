import type { VersionHead } from '#slices/registry';
import { MlflowError, readLoggedModel, type Space, withHost } from '#slices/tracking';
import { readVersion } from './reads.ts';
import { materialise } from './served-files.ts';
import { sourceOf } from './wire.ts';

/** Where MLflow's clients load a version from: of what is served, exactly that. */
export async function downloadUri(space: Space, head: VersionHead): Promise<string> {
  if (head.why === undefined) return locationOf(await materialise(space, head));
  if (head.status === 'pending' || head.status === 'failed') {
    throw new MlflowError('INVALID_STATE', `version ${head.version} ${head.why}`);
  }
  const { modelId, directory } = head.mlflow ?? {};
  if (directory !== undefined) return locationOf(directory);
  if (modelId) return withHost((await readLoggedModel(space, modelId)).artifactUri);
  // A copy of what lies elsewhere: copies are of what was there before, so this ends.
  const [, name, version] = COPIED.exec(head.mlflow?.source ?? '') ?? [];
  if (name) return downloadUri(space, await readVersion(space, name, Number(version)));
  return sourceOf(space, head);
}

const COPIED = /^models:\/([^/@]+)\/(\d+)$/;

const locationOf = (directory: string): string => withHost(`mlflow-artifacts:/${directory}`);
