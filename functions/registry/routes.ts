import * as z from 'zod';
import { authorOf } from '#shared/author.ts';
import { route } from '#shared/http.ts';
import { idempotencyOf } from '#shared/idempotency.ts';
import { getAlias, listAliases, removeAlias, setAlias } from './aliases.ts';
import { bytesToMove } from './artifacts.ts';
import { createModel, deleteModel, getModel, listModels, updateModel } from './models.ts';
import { registerVersion } from './register.ts';
import { getRegistration, startRegistration } from './registrations.ts';
import * as s from './schema.ts';
import { settings } from './settings.ts';
import { findSources } from './sources.ts';
import { createUpload } from './uploads.ts';
import { getVersion, listVersions, updateVersion } from './versions.ts';

const OfModel = z.strictObject({ model: s.ModelName });
const OfVersion = z.strictObject({ model: s.ModelName, version: s.VersionNumber });
const OfAlias = z.strictObject({ model: s.ModelName, alias: s.ModelAlias });
const OfRegistration = z.strictObject({ registration: z.ulid() });

const revised = <T extends { revision: number }>(body: T) => ({ body, revision: body.revision });
const models = [
  route({
    method: 'POST',
    path: '/api/v1/models',
    operation: 'createModel',
    summary: 'Register a model',
    scope: 'register',
    names: { body: ({ name }) => ({ models: [name] }) },
    repeat: 'as it is',
    body: s.NewModel,
    response: { status: 201, schema: s.Model },
    run: async (request) => revised(await createModel(request.body, authorOf(request))),
  }),
  route({
    method: 'GET',
    path: '/api/v1/models',
    operation: 'listModels',
    summary: 'Models by name',
    scope: 'read',
    names: { items: ({ name }: s.Model) => ({ models: [name] }) },
    query: s.ModelQuery,
    response: { status: 200, schema: s.pageOf(s.Model) },
    run: async ({ query }) => ({ body: await listModels(query) }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/models/{model}',
    operation: 'getModel',
    summary: 'One model',
    scope: 'read',
    params: OfModel,
    response: { status: 200, schema: s.Model },
    run: async ({ params }) => revised(await getModel(params.model)),
  }),
  route({
    method: 'PATCH',
    path: '/api/v1/models/{model}',
    operation: 'updateModel',
    summary: 'Change description, owner or tags, or bring a deleted model back',
    scope: 'register',
    params: OfModel,
    body: s.ModelPatch,
    response: { status: 200, schema: s.Model },
    run: async (request) =>
      revised(await updateModel(request.params.model, request.body, authorOf(request))),
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/models/{model}',
    operation: 'deleteModel',
    summary: 'Delete a model softly; refused while an endpoint serves it',
    scope: 'register',
    params: OfModel,
    response: { status: 204 },
    run: async (request) => {
      await deleteModel(request.params.model, authorOf(request));
      return {};
    },
  }),
];

const versions = [
  route({
    method: 'POST',
    path: '/api/v1/uploads',
    operation: 'createUpload',
    summary: 'Announce a file and get a URL to PUT it to',
    scope: 'register',
    names: 'none',
    repeat: 'as it is',
    body: s.NewUpload,
    response: { status: 201, schema: s.Upload },
    run: async ({ body, actor }) => ({ body: await createUpload(body, actor) }),
  }),
  route({
    method: 'POST',
    path: '/api/v1/models/{model}/versions',
    operation: 'registerVersion',
    summary: 'Register a version; a large artifact answers 202 and a registration to follow',
    scope: 'register',
    repeat: 'by key',
    params: OfModel,
    body: s.NewVersion,
    response: {
      status: 201,
      location: true,
      schema: s.ModelVersion,
      or: { status: 202, schema: s.Registration },
    },
    run: async (request) => {
      const { model } = request.params;
      const idempotency = idempotencyOf(request, `POST /models/${model}/versions`, request.body);
      const by = { ...authorOf(request), idempotency };
      await getModel(model);
      const sources = await findSources(request.body);
      if ((await bytesToMove(sources)) > settings().SKIFF_SYNC_ARTIFACT_BYTES) {
        const registration = await startRegistration(model, { request: request.body }, by);
        const location = `/api/v1/registrations/${registration.id}`;
        return { status: 202, body: registration, headers: { location } };
      }
      const version = await registerVersion(model, { request: request.body, sources }, by);
      const path = `/api/v1/models/${encodeURIComponent(model)}/versions/${version.version}`;
      return { ...revised(version), headers: { location: path } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/models/{model}/versions',
    operation: 'listVersions',
    summary: 'Versions of a model, newest first',
    scope: 'read',
    params: OfModel,
    query: s.PageQuery,
    response: { status: 200, schema: s.pageOf(s.ModelVersion) },
    run: async ({ params, query }) => ({ body: await listVersions(params.model, query) }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/models/{model}/versions/{version}',
    operation: 'getVersion',
    summary: 'One version with signature, lineage and what its file holds',
    scope: 'read',
    params: OfVersion,
    response: { status: 200, schema: s.ModelVersion },
    run: async ({ params }) => revised(await getVersion(params.model, params.version)),
  }),
  route({
    method: 'PATCH',
    path: '/api/v1/models/{model}/versions/{version}',
    operation: 'updateVersion',
    summary: 'Change description or tags, or archive a version that nothing serves',
    scope: 'register',
    params: OfVersion,
    body: s.VersionPatch,
    response: { status: 200, schema: s.ModelVersion },
    run: async (request) => {
      const { model, version } = request.params;
      return revised(await updateVersion(model, version, request.body, authorOf(request)));
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/registrations/{registration}',
    operation: 'getRegistration',
    summary: 'How the registration of a large artifact goes',
    scope: 'read',
    names: { answer: ({ model }: s.Registration) => ({ models: [model] }) },
    params: OfRegistration,
    response: { status: 200, schema: s.Registration },
    run: async ({ params }) => ({ body: await getRegistration(params.registration) }),
  }),
];

const aliases = [
  route({
    method: 'GET',
    path: '/api/v1/models/{model}/aliases',
    operation: 'listAliases',
    summary: 'Aliases of a model',
    scope: 'read',
    params: OfModel,
    response: { status: 200, schema: s.pageOf(s.Alias) },
    run: async ({ params }) => ({ body: { items: await listAliases(params.model) } }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/models/{model}/aliases/{alias}',
    operation: 'getAlias',
    summary: 'Where an alias points, now or at a time',
    scope: 'read',
    params: OfAlias,
    query: s.AtQuery,
    response: { status: 200, schema: s.Alias },
    run: async ({ params, query }) => revised(await getAlias(params.model, params.alias, query.at)),
  }),
  route({
    method: 'PUT',
    path: '/api/v1/models/{model}/aliases/{alias}',
    operation: 'setAlias',
    summary: 'Set or move an alias',
    scope: 'register',
    params: OfAlias,
    body: s.AliasTarget,
    response: { status: 200, schema: s.Alias },
    run: async (request) => {
      const { model, alias } = request.params;
      return revised(await setAlias(model, alias, request.body.version, authorOf(request)));
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/models/{model}/aliases/{alias}',
    operation: 'removeAlias',
    summary: 'Remove an alias',
    scope: 'register',
    params: OfAlias,
    response: { status: 204 },
    run: async (request) => {
      await removeAlias(request.params.model, request.params.alias, authorOf(request));
      return {};
    },
  }),
];

export const routes = [...models, ...versions, ...aliases];
