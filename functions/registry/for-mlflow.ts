import { bytesToMove } from './artifacts.ts';
import { type By, getModel } from './models.ts';
import { registerVersion } from './register.ts';
import { isAbandoned, startRegistration } from './registrations.ts';
import { versionHeads } from './scan.ts';
import type { MlflowFacts, NewVersion, VersionHead } from './schema.ts';
import { settings } from './settings.ts';
import { findSources } from './sources.ts';
import { failVersion, keepVersion } from './unserved.ts';
import { getVersionHead } from './versions.ts';

const PENDING = 'is being registered: its artifact is large';

/**
 * The registration of an MLflow client, which waits for a version that has its number already. What
 * is large goes on after the answer, as `pending`; the same request meanwhile answers the same
 * version, because the client repeats requests whose answer was lost.
 *
 * @throws AppError naming what is wrong with the artifact or the declaration
 */
export async function registerForMlflow(
  model: string,
  request: NewVersion,
  mlflow: MlflowFacts,
  by: By,
): Promise<VersionHead> {
  await getModel(model);
  const sources = await findSources(request);
  if ((await bytesToMove(sources)) <= settings().SKIFF_SYNC_ARTIFACT_BYTES) {
    const { version } = await registerVersion(model, { request, sources, mlflow }, by);
    return getVersionHead(model, version);
  }
  const facts = { mlflow, lineage: request.lineage, metrics: request.metrics };
  const words = { description: request.description, tags: request.tags };
  const same = await twinOf(model, mlflow, by);
  if (same) return same;
  const kept = { ...facts, ...words, status: 'pending', why: PENDING } as const;
  const pending = await keepVersion(model, kept, by);
  const reserved = pending.version;
  // Its words and tags are with the version already, where they may change meanwhile.
  const rest = { ...request, description: '', tags: {} };
  await startRegistration(model, { request: rest, mlflow, reserved }, by).catch(
    async (error: Error) => {
      await failVersion(model, reserved, 'could not be handed over', by);
      throw error;
    },
  );
  return pending;
}

/** One that is under way, from the same source by the same caller. */
async function twinOf(model: string, { source, runId }: MlflowFacts, by: By) {
  for await (const head of versionHeads(model)) {
    if (head.status !== 'pending' || isAbandoned(head) || head.createdBy !== by.actor) continue;
    if (head.mlflow?.source === source && head.mlflow?.runId === runId) return head;
  }
  return undefined;
}
