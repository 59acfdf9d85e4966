import * as z from 'zod';
import { summarise } from '#core/profile/summary.ts';
import { type Request, route } from '#shared/http.ts';
import { earlierResult, idempotencyOf } from '#shared/idempotency.ts';
import { PageQuery, pageOf } from '#slices/registry';
import { findFile, isSmall, registerDataset } from './registration.ts';
import { getRegistration, startRegistration } from './registrations.ts';
import * as s from './schema.ts';
import {
  deleteDataset,
  getDataset,
  getNewest,
  getProfile,
  listDatasets,
  listVersions,
} from './store.ts';

const OfDataset = z.strictObject({ dataset: s.DatasetName });
const OfVersion = z.strictObject({ dataset: s.DatasetName, digest: s.Digest });
const OfRegistration = z.strictObject({ dataset: s.DatasetName, registration: z.ulid() });
const caller = ({ actor, requestId }: Request<unknown, unknown, unknown>) => ({ actor, requestId });

export const routes = [
  route({
    method: 'POST',
    path: '/api/v1/datasets',
    operation: 'registerDataset',
    summary: 'Register a dataset; a large file answers 202 and a registration to follow',
    scope: 'register',
    names: 'none',
    repeat: 'by key',
    body: s.NewDataset,
    response: {
      status: 201,
      location: true,
      schema: s.Dataset,
      or: { status: 202, schema: s.DatasetRegistration },
    },
    run: async (request) => {
      const { body } = request;
      const idempotency = idempotencyOf(request, 'POST /datasets', body);
      const earlier = await earlierResult(idempotency);
      if (earlier !== undefined) return { body: await getDataset(body.name, earlier) };
      const by = { ...caller(request), idempotency };
      const path = `/api/v1/datasets/${encodeURIComponent(body.name)}`;
      const found = await findFile(body);
      if (!isSmall(found)) {
        const registration = await startRegistration(body, by);
        const location = `${path}/registrations/${registration.id}`;
        return { status: 202, body: registration, headers: { location } };
      }
      const dataset = await registerDataset(body, found, by);
      return { body: dataset, headers: { location: `${path}/versions/${dataset.digest}` } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/datasets',
    operation: 'listDatasets',
    summary: 'Datasets by name, each in its newest version',
    scope: 'read',
    names: 'none',
    query: s.DatasetQuery,
    response: { status: 200, schema: pageOf(s.Dataset) },
    run: async ({ query }) => ({ body: await listDatasets(query) }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/datasets/{dataset}',
    operation: 'getDataset',
    summary: 'The newest version of a dataset',
    scope: 'read',
    names: 'none',
    params: OfDataset,
    response: { status: 200, schema: s.Dataset },
    run: async ({ params }) => ({ body: await getNewest(params.dataset) }),
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/datasets/{dataset}',
    operation: 'deleteDataset',
    summary: 'Delete a dataset softly; registering under its name brings it back',
    scope: 'register',
    names: 'none',
    params: OfDataset,
    response: { status: 204 },
    run: async (request) => {
      await deleteDataset(request.params.dataset, caller(request));
      return {};
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/datasets/{dataset}/versions',
    operation: 'listDatasetVersions',
    summary: 'Versions of a dataset, newest first',
    scope: 'read',
    names: 'none',
    params: OfDataset,
    query: PageQuery,
    response: { status: 200, schema: pageOf(s.Dataset) },
    run: async ({ params, query }) => ({ body: await listVersions(params.dataset, query) }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/datasets/{dataset}/versions/{digest}',
    operation: 'getDatasetVersion',
    summary: 'One version of a dataset',
    scope: 'read',
    names: 'none',
    params: OfVersion,
    response: { status: 200, schema: s.Dataset },
    run: async ({ params }) => ({ body: await getDataset(params.dataset, params.digest) }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/datasets/{dataset}/versions/{digest}/profile',
    operation: 'getDatasetProfile',
    summary: 'What its columns hold: counts, missing, distinct, quantiles, frequent values',
    scope: 'read',
    names: 'none',
    params: OfVersion,
    response: { status: 200, schema: s.ProfileSummary },
    run: async ({ params }) => {
      const dataset = await getDataset(params.dataset, params.digest);
      return { body: summarise(await getProfile(dataset.digest)) };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/datasets/{dataset}/registrations/{registration}',
    operation: 'getDatasetRegistration',
    summary: 'How the registration of a large file goes',
    scope: 'read',
    names: 'none',
    params: OfRegistration,
    response: { status: 200, schema: s.DatasetRegistration },
    run: async ({ params }) => ({
      body: await getRegistration(params.dataset, params.registration),
    }),
  }),
];
