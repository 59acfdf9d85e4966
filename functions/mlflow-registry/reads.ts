import { AppError } from '#core/errors.ts';
import {
  getModel,
  getVersionHead,
  listAliases,
  type Model,
  type VersionHead,
  versionHeads,
} from '#slices/registry';
import type { Space } from '#slices/tracking';
import { registryName } from './names.ts';
import { type AliasOf, stageOf, writeModel, writeVersion } from './wire.ts';

/** @throws AppError `not-found` in MLflow's words */
export async function readModel(space: Space, name: string): Promise<Model> {
  const missing = new AppError('not-found', `Registered Model with name=${name} not found`);
  return getModel(registryName(space, name)).catch(inWords(missing));
}

/** @throws AppError `not-found` in MLflow's words, for one that its clients deleted too */
export async function readVersion(
  space: Space,
  name: string,
  version: number,
): Promise<VersionHead> {
  await readModel(space, name);
  const words = `Model Version (name=${name}, version=${version}) not found`;
  const missing = new AppError('not-found', words);
  const head = await getVersionHead(registryName(space, name), version).catch(inWords(missing));
  if (head.mlflow?.removed) throw missing;
  return head;
}

const inWords = (missing: AppError) => (error: unknown) => {
  throw error instanceof AppError && error.code === 'not-found' ? missing : error;
};

/** Newest first, without those that MLflow's clients deleted. */
export async function* presentVersions(model: string): AsyncGenerator<VersionHead> {
  for await (const head of versionHeads(model)) if (!head.mlflow?.removed) yield head;
}

/** The newest of each stage. */
export async function latestVersions(model: string): Promise<VersionHead[]> {
  const latest = new Map<string, VersionHead>();
  for await (const head of presentVersions(model)) {
    const stage = stageOf(head);
    if (!latest.has(stage)) latest.set(stage, head);
  }
  return [...latest.values()];
}

export const aliasesOf = async (model: string): Promise<AliasOf[]> => listAliases(model);

export async function describeModel(space: Space, model: Model) {
  const [latest, aliases] = await Promise.all([latestVersions(model.name), aliasesOf(model.name)]);
  return writeModel(space, model, latest, aliases);
}

export const describeVersion = async (space: Space, head: VersionHead) =>
  writeVersion(space, head, await aliasesOf(head.model));
