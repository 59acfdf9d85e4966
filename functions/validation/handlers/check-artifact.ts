import { checkArtifact } from '../checks/artifact.ts';
import { checkHandler } from '../run-check.ts';

export const handler = checkHandler('artifact', checkArtifact, 0);
