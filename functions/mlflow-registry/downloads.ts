import type { VersionHead } from '#slices/registry';
import { MlflowError, readLoggedModel, type Space, withHost } from '#slices/tracking';
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
  return sourceOf(space, head);
}

const locationOf = (directory: string): string => withHost(`mlflow-artifacts:/${directory}`);
