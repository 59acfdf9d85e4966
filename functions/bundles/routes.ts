import { authorOf } from '#shared/author.ts';
import { route } from '#shared/http.ts';
import { pageOf } from '#slices/registry';
import {
  bundleKey,
  createBundle,
  downloadable,
  getBundle,
  listBundles,
  setRollout,
} from './bundles.ts';
import {
  Bundle,
  BundleKey,
  BundleRollout,
  BundlesQuery,
  DownloadableBundle,
  NewBundle,
  OfBundle,
  OfEndpoint,
} from './schema.ts';

const BUNDLES = '/api/v1/endpoints/{endpoint}/bundles';

export const routes = [
  route({
    method: 'POST',
    path: BUNDLES,
    operation: 'createBundle',
    summary: 'Make a signed archive of what an endpoint serves now, to run on devices',
    description:
      'There is one bundle of each revision: where it was made before, it is the answer, and its rollout stays as it is.',
    scope: 'deploy',
    repeat: 'as it is',
    params: OfEndpoint,
    body: NewBundle,
    response: { status: 200, schema: Bundle, or: { status: 201, schema: Bundle } },
    run: async (request) => {
      const { endpoint } = request.params;
      const { bundle, created } = await createBundle(endpoint, request.body, authorOf(request));
      return { status: created ? 201 : 200, body: bundle, revision: bundle.changes };
    },
  }),
  route({
    method: 'GET',
    path: BUNDLES,
    operation: 'listBundles',
    summary: 'Bundles of an endpoint, the newest revision first',
    scope: 'read',
    params: OfEndpoint,
    query: BundlesQuery,
    response: { status: 200, schema: pageOf(Bundle) },
    run: async ({ params, query }) => ({ body: await listBundles(params.endpoint, query) }),
  }),
  route({
    method: 'GET',
    path: `${BUNDLES}/{revision}`,
    operation: 'getBundle',
    summary: 'One bundle, and where it can be downloaded',
    scope: 'read',
    params: OfBundle,
    response: { status: 200, schema: DownloadableBundle },
    run: async ({ params: { endpoint, revision } }) => {
      const bundle = await getBundle(endpoint, revision);
      return { body: await downloadable(bundle), revision: bundle.changes };
    },
  }),
  route({
    method: 'PATCH',
    path: `${BUNDLES}/{revision}`,
    operation: 'setBundleRollout',
    summary: 'Offer a bundle to more of the devices, or to fewer, who then go back',
    scope: 'deploy',
    params: OfBundle,
    body: BundleRollout,
    response: { status: 200, schema: Bundle },
    run: async (request) => {
      const { params, body } = request;
      const bundle = await setRollout(params, body.rollout, authorOf(request));
      return { body: bundle, revision: bundle.changes };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/bundle-key',
    operation: 'getBundleKey',
    summary: 'The public key that bundles are signed with',
    scope: 'read',
    names: 'none',
    response: { status: 200, schema: BundleKey },
    run: async () => ({ body: { algorithm: 'Ed25519', ...(await bundleKey()) } }),
  }),
];
