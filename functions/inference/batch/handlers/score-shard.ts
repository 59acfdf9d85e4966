import { openModel } from '../../service.ts';
import { modelMemory, Sessions } from '../../sessions.ts';
import { fetchArtifact } from '../../store.ts';
import { type ShardEvent, scoreShard } from '../score-shard.ts';

const { ARTIFACTS_BUCKET = '', DATA_BUCKET = '', ...env } = process.env;

const sessions = new Sessions({
  fetchArtifact: (artifact) => fetchArtifact(ARTIFACTS_BUCKET, artifact),
  createSession: openModel,
  maxBytes: modelMemory(Number(env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE) || 1769),
});

export const handler = (event: ShardEvent): Promise<void> =>
  scoreShard({ sessions, bucket: DATA_BUCKET }, event);
