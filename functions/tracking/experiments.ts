import { createHash, randomInt } from 'node:crypto';
import { AppError, invalidField } from '#core/errors.ts';
import { checkLength, LIMITS } from '#core/tracking/names.ts';
import { getItem, type Item, table, transact, type Write } from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import { type By, changeWrite } from './audit.ts';
import { mayBeId } from './checks.ts';
import { MlflowError } from './errors.ts';
import type { Experiment, Lifecycle, Space, Texts } from './records.ts';
import { readAll, readPrefix, untilUnchanged } from './store.ts';

/** The one that runs go to whose experiment nobody named. */
export const DEFAULT_ID = '0';

/** @throws AppError `not-found` */
export async function readExperiment(space: Space, id: string): Promise<Experiment> {
  const item = mayBeId(id) && (await getItem(keys.trackedExperiment(space, id || DEFAULT_ID)));
  if (item) return unpack(item);
  if ((id || DEFAULT_ID) === DEFAULT_ID) return makeDefault(space);
  throw new AppError('not-found', `No Experiment with id=${id} exists`);
}

/** It is there from the beginning, without anybody having made it. */
async function makeDefault(space: Space): Promise<Experiment> {
  await insert(space, newExperiment(DEFAULT_ID, 'Default', new Map(), Date.now()), []);
  const item = await getItem(keys.trackedExperiment(space, DEFAULT_ID));
  if (item) return unpack(item);
  throw new AppError('not-found', `No Experiment with id=${DEFAULT_ID} exists`);
}

/** @throws AppError `invalid` for one that was deleted */
export async function readActiveExperiment(space: Space, id: string): Promise<Experiment> {
  const experiment = await readExperiment(space, id);
  if (experiment.lifecycle === 'active') return experiment;
  throw new AppError(
    'invalid',
    `The experiment ${experiment.id} must be in the 'active' state. Current state is deleted.`,
  );
}

/** @throws AppError `not-found` */
export async function findByName(space: Space, name: string): Promise<Experiment> {
  const found = await getItem(keys.trackedName(space, hashOf(name)));
  if (found) return readExperiment(space, String(found.experiment));
  if (name === 'Default') return readExperiment(space, DEFAULT_ID);
  throw new AppError('not-found', `Could not find experiment with name '${name}'`);
}

/** Whether experiments are active or deleted; those that are not there are left out. */
export async function listLifecycles(
  space: Space,
  ids: readonly string[],
): Promise<Map<string, Lifecycle>> {
  const wanted = [...new Set(ids)].filter(mayBeId).map((id) => keys.trackedExperiment(space, id));
  const found = (await readAll(wanted)).map(unpack);
  return new Map(found.map(({ id, lifecycle }) => [id, lifecycle]));
}

export async function listExperiments(space: Space): Promise<Experiment[]> {
  const prefix = keys.trackedExperiment(space, '');
  const found = (await readPrefix(prefix.pk, prefix.sk)).map(unpack);
  const known = found.some(({ id }) => id === DEFAULT_ID);
  return known ? found : [...found, await readExperiment(space, DEFAULT_ID)];
}

/** @throws AppError `conflict` where there is one of this name, deleted or not */
export async function createExperiment(
  space: Space,
  wanted: { name: string; artifactLocation?: string | undefined; tags: Texts },
  by: By,
  now = Date.now(),
): Promise<Experiment> {
  checkExperimentName(wanted.name);
  // Later ones have greater numbers, and two of one millisecond different ones.
  const id = `${now}${String(randomInt(100_000)).padStart(5, '0')}`;
  if (wanted.name === 'Default') await readExperiment(space, DEFAULT_ID);
  const made = newExperiment(id, wanted.name, wanted.tags, now, wanted.artifactLocation);
  const audit = changeWrite({ space, experiment: id, change: 'created', name: made.name }, by);
  if (await insert(space, made, [audit])) return made;
  throw new AppError('conflict', `Experiment(name=${wanted.name}) already exists.`);
}

const newExperiment = (
  id: string,
  name: string,
  tags: Texts,
  now: number,
  artifactLocation?: string,
): Experiment => ({
  ...{ id, name, tags, lifecycle: 'active', creationTime: now, lastUpdateTime: now, revision: 0 },
  artifactLocation: artifactLocation || `mlflow-artifacts:/${id}`,
});

const insert = async (space: Space, experiment: Experiment, more: Write[]): Promise<boolean> => {
  const failed = await transact([
    putName(space, experiment.name, experiment.id),
    put(space, experiment),
    ...more,
  ]);
  return failed === undefined;
};

/** @throws AppError `conflict`, and MLflow's INVALID_STATE for a deleted one */
export async function renameExperiment(
  space: Space,
  id: string,
  name: string,
  by: By,
): Promise<void> {
  checkExperimentName(name);
  await untilUnchanged(async () => {
    const before = await readExperiment(space, id);
    if (before.lifecycle !== 'active') {
      throw new MlflowError('INVALID_STATE', 'Cannot rename a non-active experiment.');
    }
    if (before.name === name) return before;
    const after = { ...before, name, lastUpdateTime: Date.now() };
    const gone: Write = {
      Delete: { TableName: table().name, Key: keys.trackedName(space, hashOf(before.name)) },
    };
    const audit = changeWrite({ space, experiment: before.id, change: 'renamed', name }, by);
    const writes = [putName(space, name, before.id), put(space, after), gone, audit];
    const failed = await transact(writes);
    if (failed === 0) throw new AppError('conflict', `Experiment(name=${name}) already exists.`);
    return failed === undefined ? after : undefined;
  });
}

/** Deletes an experiment softly with all that is in it, or brings it back. */
export async function moveExperiment(
  space: Space,
  id: string,
  to: Lifecycle,
  by: By,
): Promise<void> {
  const change = to === 'deleted' ? 'deleted' : 'restored';
  const audit = changeWrite({ space, experiment: id, change }, by);
  const edit = (before: Experiment) => {
    if (before.lifecycle !== to) return { lifecycle: to, lastUpdateTime: Date.now() };
    throw new AppError('not-found', `No Experiment with id=${before.id} exists that is not ${to}`);
  };
  await changeExperiment(space, id, edit, [audit]);
}

/** @throws AppError `not-found` for a tag to remove that is not there */
export async function tagExperiment(
  space: Space,
  id: string,
  key: string,
  value: string | undefined,
): Promise<void> {
  checkExperimentTag(key, value ?? '');
  await changeExperiment(space, id, ({ lifecycle, tags }) => {
    if (lifecycle !== 'active') {
      throw new AppError('invalid', `The experiment ${id} must be in the 'active' state.`);
    }
    const after = new Map(tags);
    if (value !== undefined) after.set(key, value);
    else if (!after.delete(key)) {
      throw new AppError('not-found', `No tag with name: ${key} in experiment with id ${id}`);
    }
    return { tags: after };
  });
}

const changeExperiment = (
  space: Space,
  id: string,
  edit: (before: Experiment) => Partial<Experiment>,
  more: readonly Write[] = [],
) =>
  untilUnchanged(async () => {
    const before = await readExperiment(space, id);
    const after = { ...before, ...edit(before) };
    return (await transact([put(space, after), ...more])) === undefined ? after : undefined;
  });

export function checkExperimentTag(key: string, value: string): void {
  if (key === '') throw invalidField('key', 'a name must be provided');
  checkLength(key, LIMITS.key, 'key');
  checkLength(value, LIMITS.experimentTagValue, 'value');
}

function checkExperimentName(name: string): void {
  if (name.trim() === '') throw invalidField('name', 'must not be empty');
  checkLength(name, LIMITS.experimentName, 'name');
}

const hashOf = (name: string): string => createHash('sha256').update(name).digest('hex');

const putName = (space: Space, name: string, experiment: string): Write => ({
  Put: {
    TableName: table().name,
    Item: { ...keys.trackedName(space, hashOf(name)), experiment },
    ConditionExpression: 'attribute_not_exists(pk)',
  },
});

/** @param experiment with the revision that was read; 0 for a new one */
function put(space: Space, { tags, revision, ...rest }: Experiment): Write {
  const json = JSON.stringify({ ...rest, tags: Object.fromEntries(tags) });
  return {
    Put: {
      TableName: table().name,
      Item: { ...keys.trackedExperiment(space, rest.id), revision: revision + 1, json },
      ConditionExpression: revision === 0 ? 'attribute_not_exists(pk)' : 'revision = :seen',
      ...(revision > 0 && { ExpressionAttributeValues: { ':seen': revision } }),
    },
  };
}

function unpack({ json, revision }: Item): Experiment {
  const { tags, ...rest } = JSON.parse(json as string);
  return { ...rest, tags: new Map(Object.entries<string>(tags)), revision: revision as number };
}
