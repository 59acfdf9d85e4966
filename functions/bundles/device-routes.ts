import { route } from '#shared/http.ts';
import { bundleFor, downloadable } from './bundles.ts';
import { DeviceUpload, DeviceUploadResult, OfDevice } from './device-schema.ts';
import { DownloadableBundle } from './schema.ts';
import { receiveUpload } from './uploads.ts';

const DEVICE = '/api/v1/endpoints/{endpoint}/devices/{device}';

export const deviceRoutes = [
  route({
    method: 'GET',
    path: `${DEVICE}/bundle`,
    operation: 'getDeviceBundle',
    summary: 'The bundle that a device is to run: the newest whose rollout it is in',
    scope: 'device',
    params: OfDevice,
    response: { status: 200, schema: DownloadableBundle },
    run: async ({ params: { endpoint, device } }) => {
      const bundle = await bundleFor(endpoint, device);
      return { body: await downloadable(bundle), revision: bundle.changes };
    },
  }),
  route({
    method: 'POST',
    path: `${DEVICE}/uploads`,
    operation: 'uploadFromDevice',
    summary: 'Hand over what a device gathered: captures, traffic by the minute, profiles',
    description:
      'Each item is taken or refused by itself, and may be sent again: it is kept once. The answer is 200 in any case and says which.',
    scope: 'device',
    repeat: 'as it is',
    params: OfDevice,
    body: DeviceUpload,
    response: { status: 200, schema: DeviceUploadResult },
    run: async ({ params, body }) => ({
      body: { items: await receiveUpload(params, body.items) },
    }),
  }),
];
