import type * as z from 'zod';
import { AppError } from '#core/errors.ts';
import { getAlias, type Model } from '#slices/registry';
import type { Space } from '#slices/tracking';
import { MlflowError, mlflow, pageText } from '#slices/tracking';
import {
  aliasesOf,
  describeModel,
  describeVersion,
  latestVersions,
  presentVersions,
  readModel,
  readVersion,
} from './reads.ts';
import { aboutModel, asState, NOTHING } from './route.ts';
import * as schema from './schema.ts';
import { searchModels } from './search.ts';
import { stageOf, writeVersion } from './wire.ts';
import { aim, describe, makeModel, readStage, removeModel, tagModel, unaim } from './writes.ts';

const PATH = '/api/2.0/mlflow/registered-models';

const one = async (space: Space, model: Model) => ({
  json: { registered_model: await describeModel(space, model) },
});

const lifeRoutes = [
  aboutModel({
    method: 'POST',
    path: `${PATH}/create`,
    scope: 'register',
    request: schema.NewModel,
    run: async ({ space, body, by }) => {
      const tags = Object.fromEntries(body.tags);
      return one(space, await makeModel(space, { ...body, tags }, by));
    },
  }),
  aboutModel({
    method: 'GET',
    path: `${PATH}/get`,
    scope: 'read',
    request: schema.Name,
    run: async ({ space, body }) => one(space, await readModel(space, body.name)),
  }),
  aboutModel({
    method: 'PATCH',
    path: `${PATH}/update`,
    scope: 'register',
    request: schema.ModelWords,
    run: async ({ space, body: { name, description }, by }) =>
      one(space, await describe(space, name, description, by)),
  }),
  aboutModel({
    method: 'POST',
    path: `${PATH}/rename`,
    scope: 'register',
    request: schema.RenamedModel,
    run: async ({ space, body: { name, new_name } }) => {
      await readModel(space, name);
      throw new MlflowError(
        'NOT_IMPLEMENTED',
        `models are not renamed here, because endpoints, predictions and the audit log know them by their names: register "${new_name}" and copy the versions that are to go on (client.copy_model_version)`,
      );
    },
  }),
  aboutModel({
    method: 'DELETE',
    path: `${PATH}/delete`,
    scope: 'register',
    request: schema.Name,
    run: async ({ space, body, by }) => {
      await removeModel(space, body.name, by).catch(asState);
      return NOTHING;
    },
  }),
  mlflow({
    method: 'GET',
    path: `${PATH}/search`,
    scope: 'read',
    request: schema.ModelSearch,
    run: async (request) => ({ text: pageText('registered_models', await searchModels(request)) }),
  }),
];

const tagRoutes = [
  aboutModel({
    method: 'POST',
    path: `${PATH}/set-tag`,
    scope: 'register',
    request: schema.ModelTag,
    run: async ({ space, body: { name, key, value }, by }) => {
      await tagModel(space, name, [key, value], by);
      return NOTHING;
    },
  }),
  aboutModel({
    method: 'DELETE',
    path: `${PATH}/delete-tag`,
    scope: 'register',
    request: schema.ModelTagKey,
    run: async ({ space, body: { name, key }, by }) => {
      await tagModel(space, name, [key, undefined], by);
      return NOTHING;
    },
  }),
];

const aliasRoutes = [
  aboutModel({
    method: 'POST',
    path: `${PATH}/alias`,
    scope: 'register',
    request: schema.AliasTarget,
    run: async ({ space, body, by }) => {
      await aim(space, body, by).catch(asState);
      return NOTHING;
    },
  }),
  aboutModel({
    method: 'DELETE',
    path: `${PATH}/alias`,
    scope: 'register',
    request: schema.AliasName,
    run: async ({ space, body, by }) => {
      await unaim(space, body.name, body.alias, by);
      return NOTHING;
    },
  }),
  aboutModel({
    method: 'GET',
    path: `${PATH}/alias`,
    scope: 'read',
    request: schema.AliasName,
    run: async ({ space, body: { name, alias } }) => {
      const version = await versionBehind(space, name, alias);
      const head = await readVersion(space, name, version);
      return { json: { model_version: await describeVersion(space, head) } };
    },
  }),
];

/** @throws AppError in MLflow's words and codes, which are not those of what is not found */
async function versionBehind(space: Space, name: string, alias: string): Promise<number> {
  const { name: model } = await readModel(space, name);
  if (alias.toLowerCase() === 'latest') {
    for await (const { version } of presentVersions(model)) return version;
    throw new AppError('not-found', `Latest version not found for model ${name}.`);
  }
  const found = await getAlias(model, alias).catch((error: unknown) => {
    if (!(error instanceof AppError) || error.code !== 'not-found') throw error;
    throw new AppError('invalid', `Registered model alias ${alias} not found.`);
  });
  return found.version;
}

async function latest(space: Space, { name, stages }: z.output<typeof schema.LatestVersions>) {
  const wanted = stages.map(readStage);
  const { name: model } = await readModel(space, name);
  const aliases = await aliasesOf(model);
  const found = (await latestVersions(model)).filter(
    (head) => wanted.length === 0 || wanted.some((stage) => stage === stageOf(head)),
  );
  return { json: { model_versions: found.map((head) => writeVersion(space, head, aliases)) } };
}

/** Clients have asked in both ways. */
const latestRoutes = (['GET', 'POST'] as const).map((method) =>
  aboutModel({
    method,
    path: `${PATH}/get-latest-versions`,
    scope: 'read',
    request: schema.LatestVersions,
    run: ({ space, body }) => latest(space, body),
  }),
);

export const modelRoutes = [...lifeRoutes, ...tagRoutes, ...aliasRoutes, ...latestRoutes];
