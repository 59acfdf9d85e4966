import type { VersionHead } from '#slices/registry';
import { mlflow, pageText, type Space } from '#slices/tracking';
import { downloadUri } from './downloads.ts';
import { createVersion } from './ingest.ts';
import { describeVersion, readVersion } from './reads.ts';
import { aboutModel, asState, NOTHING } from './route.ts';
import * as schema from './schema.ts';
import { searchVersions } from './search.ts';
import { editVersion, moveStage, readStage, removeVersion, tagVersion } from './writes.ts';

const PATH = '/api/2.0/mlflow/model-versions';

const one = async (space: Space, head: VersionHead) => ({
  json: { model_version: await describeVersion(space, head) },
});

const lifeRoutes = [
  aboutModel({
    method: 'POST',
    path: `${PATH}/create`,
    scope: 'register',
    request: schema.NewVersion,
    run: async (request) => one(request.space, await createVersion(request).catch(asState)),
  }),
  aboutModel({
    method: 'GET',
    path: `${PATH}/get`,
    scope: 'read',
    request: schema.VersionId,
    run: async ({ space, body: { name, version } }) =>
      one(space, await readVersion(space, name, version)),
  }),
  aboutModel({
    method: 'PATCH',
    path: `${PATH}/update`,
    scope: 'register',
    request: schema.VersionWords,
    run: async ({ space, body: { description, ...of }, by }) =>
      one(space, await editVersion(space, of, () => ({ description }), by)),
  }),
  aboutModel({
    method: 'DELETE',
    path: `${PATH}/delete`,
    scope: 'register',
    request: schema.VersionId,
    run: async ({ space, body, by }) => {
      await removeVersion(space, body, by).catch(asState);
      return NOTHING;
    },
  }),
  aboutModel({
    method: 'POST',
    path: `${PATH}/transition-stage`,
    scope: 'register',
    request: schema.Transition,
    run: async ({ space, body: { stage, archive_existing_versions, ...of }, by }) => {
      const to = { stage: readStage(stage), archiveOthers: archive_existing_versions };
      return one(space, await moveStage(space, of, to, by));
    },
  }),
];

const otherRoutes = [
  mlflow({
    method: 'GET',
    path: `${PATH}/search`,
    scope: 'read',
    request: schema.VersionSearch,
    run: async (request) => ({ text: pageText('model_versions', await searchVersions(request)) }),
  }),
  aboutModel({
    method: 'GET',
    path: `${PATH}/get-download-uri`,
    scope: 'read',
    request: schema.VersionId,
    run: async ({ space, body: { name, version } }) => ({
      json: { artifact_uri: await downloadUri(space, await readVersion(space, name, version)) },
    }),
  }),
  aboutModel({
    method: 'POST',
    path: `${PATH}/set-tag`,
    scope: 'register',
    request: schema.VersionTag,
    run: async ({ space, body: { key, value, ...of }, by }) => {
      await tagVersion(space, of, [key, value], by);
      return NOTHING;
    },
  }),
  aboutModel({
    method: 'DELETE',
    path: `${PATH}/delete-tag`,
    scope: 'register',
    request: schema.VersionTagKey,
    run: async ({ space, body: { key, ...of }, by }) => {
      await tagVersion(space, of, [key, undefined], by);
      return NOTHING;
    },
  }),
];

export const versionRoutes = [...lifeRoutes, ...otherRoutes];
