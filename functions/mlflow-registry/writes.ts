import type * as z from 'zod';
import { AppError, invalidField } from '#core/errors.ts';
import { checkLength, checkName } from '#core/tracking/names.ts';
import {
  type By,
  changeVersion,
  createModel,
  deleteModel,
  getModel,
  getVersionHead,
  type MlflowFacts,
  type Model,
  removeAlias,
  setAlias,
  Task,
  updateModel,
  type VersionHead,
} from '#slices/registry';
import { MlflowError, type Space } from '#slices/tracking';
import { checkAlias, registryName } from './names.ts';
import { aliasesOf, presentVersions, readModel, readVersion } from './reads.ts';
import { stageOf } from './wire.ts';

const LIMITS = { key: 250, value: 100_000, all: 200_000 };
/** Whoever else changes the same thing at the same moment may be first as often as this. */
const MAX_RACES = 10;

type Tags = Readonly<Record<string, string>>;

/** @throws AppError `invalid` for what is beyond MLflow's limits, or the room that there is */
export function checkTags(tags: Tags): void {
  for (const [key, value] of Object.entries(tags)) {
    checkName(key, 'key');
    checkLength(value, LIMITS.value, 'value');
  }
  const bytes = Buffer.byteLength(JSON.stringify(tags));
  if (bytes <= LIMITS.all) return;
  throw new AppError('invalid', `the tags have ${bytes} bytes; at most ${LIMITS.all} are kept`);
}

/** A deleted one comes back with its versions: nothing that was registered is ever lost. */
export async function makeModel(
  space: Space,
  { name, tags, description }: { name: string; tags: Tags; description: string },
  by: By,
): Promise<Model> {
  const registered = registryName(space, name);
  checkTags(tags);
  const exists = await getModel(registered).then(() => true, isMissing);
  if (exists) throw new AppError('conflict', `Registered Model (name=${name}) already exists.`);
  const wanted = { name: registered, description, policy: 'default', task: taskIn(tags) };
  try {
    return await createModel({ ...wanted, tags: { ...tags } }, by);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
    return updateModel(registered, { deleted: false, description, tags: { ...tags } }, by);
  }
}

/** Its clients cannot say it otherwise, and it never changes. */
const TASK_TAG = 'skiff.task';

function taskIn({ [TASK_TAG]: task = 'other' }: Tags): z.output<typeof Task> {
  const { data } = Task.safeParse(task);
  if (data) return data;
  throw invalidField(`tags.${TASK_TAG}`, `must be one of ${Task.options.join(', ')}`);
}

const isMissing = (error: unknown): false => {
  if (error instanceof AppError && error.code === 'not-found') return false;
  throw error;
};

export async function removeModel(space: Space, name: string, by: By): Promise<void> {
  await deleteModel((await readModel(space, name)).name, by);
}

export const describe = async (space: Space, name: string, description: string, by: By) =>
  updateModel((await readModel(space, name)).name, { description }, by);

/** @param value undefined takes the tag away */
export const tagModel = (
  space: Space,
  name: string,
  [key, value]: [string, string | undefined],
  by: By,
): Promise<Model> =>
  untilFirst(async () => {
    const { name: registered, revision, tags: before } = await readModel(space, name);
    const tags = withTag(before, key, value);
    return updateModel(registered, { tags }, { ...by, ifMatch: revision });
  });

function withTag(before: Tags, key: string, value: string | undefined): Record<string, string> {
  const { [key]: _, ...others } = before;
  const tags = value === undefined ? others : { ...before, [key]: value };
  checkTags(tags);
  return tags;
}

export async function aim(
  space: Space,
  { name, alias, version }: { name: string; alias: string; version: number },
  by: By,
): Promise<void> {
  checkAlias(alias);
  const { model } = await readVersion(space, name, version);
  await untilFirst(() => setAlias(model, alias, version, by));
}

export async function unaim(space: Space, name: string, alias: string, by: By): Promise<void> {
  await removeAlias((await readModel(space, name)).name, alias, by);
}

type Edit = (head: VersionHead) => Parameters<typeof changeVersion>[2];

export const editVersion = (
  space: Space,
  { name, version }: { name: string; version: number },
  edit: Edit,
  by: By,
): Promise<VersionHead> =>
  untilFirst(async () => {
    const head = await readVersion(space, name, version);
    return changeVersion(head.model, version, edit(head), { ...by, ifMatch: head.revision });
  });

/** @param value undefined takes the tag away */
export const tagVersion = (
  space: Space,
  of: { name: string; version: number },
  [key, value]: [string, string | undefined],
  by: By,
) => editVersion(space, of, ({ tags }) => ({ tags: withTag(tags, key, value) }), by);

const factsOf = ({ mlflow }: VersionHead): MlflowFacts => mlflow ?? { notes: [] };

/** Takes it away from MLflow's clients, with its aliases; here it is archived. Its number stays. */
export async function removeVersion(
  space: Space,
  { name, version }: { name: string; version: number },
  by: By,
): Promise<void> {
  const { name: model } = await readModel(space, name);
  const isLeft = (alias: { version: number }) => alias.version === version;
  const left = (await aliasesOf(model)).filter(isLeft);
  // Of a deletion that ended half-way, aliases are left that have to go yet.
  const head = await getVersionHead(model, version).catch(isMissing);
  const goneBefore = head !== false && head.mlflow?.removed;
  if (!goneBefore || left.length === 0) {
    const edit: Edit = (seen) => ({
      status: 'archived',
      mlflow: { ...factsOf(seen), removed: true },
    });
    await editVersion(space, { name, version }, edit, by);
  }
  for (const { alias } of left) await removeAlias(model, alias, by);
}

const STAGES = ['None', 'Staging', 'Production', 'Archived'] as const;
type Stage = (typeof STAGES)[number];

/** @throws AppError `invalid` */
export function readStage(text: string): Stage {
  const stage = STAGES.find((one) => one.toLowerCase() === text.toLowerCase());
  if (stage) return stage;
  const all = STAGES.join(', ');
  throw new AppError(
    'invalid',
    `Invalid Model Version stage: ${text}. Value must be one of ${all}.`,
  );
}

/** A stage is a word that MLflow's clients give a version: what is served does not follow it. */
export async function moveStage(
  space: Space,
  of: { name: string; version: number },
  { stage, archiveOthers }: { stage: Stage; archiveOthers: boolean },
  by: By,
): Promise<VersionHead> {
  if (archiveOthers && stage !== 'Staging' && stage !== 'Production') {
    throw new AppError(
      'invalid',
      `Model version transition cannot archive existing model versions because '${stage}' is not an Active stage. Valid stages are Staging, Production`,
    );
  }
  const { model, status } = await readVersion(space, of.name, of.version);
  if (status === 'archived' && stage !== 'Archived') {
    throw new MlflowError('INVALID_STATE', `version ${of.version} of ${of.name} is archived`);
  }
  if (archiveOthers) {
    for await (const other of presentVersions(model)) {
      if (other.version === of.version || stageOf(other) !== stage) continue;
      await editVersion(space, { ...of, version: other.version }, staged('Archived'), by);
    }
  }
  return editVersion(space, of, staged(stage), by);
}

const staged =
  (stage: Stage): Edit =>
  (head) => {
    const { stage: _, ...facts } = factsOf(head);
    return { mlflow: stage === 'None' ? facts : { ...facts, stage } };
  };

/** What else is a conflict is one the next time too. */
const LOST = new Set(['precondition-failed', 'conflict']);

/** Again, as long as somebody else was faster. */
async function untilFirst<T>(attempt: () => Promise<T>): Promise<T> {
  for (let race = 1; ; race++) {
    try {
      return await attempt();
    } catch (error) {
      const lost = error instanceof AppError && LOST.has(error.code);
      if (!lost || race === MAX_RACES) throw error;
    }
  }
}
