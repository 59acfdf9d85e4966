import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { openBundle } from '#core/bundle/manifest.ts';
import { catalogue } from '../../../events/catalogue.ts';
import { handler } from '../../../functions/bundles/handlers/api.ts';
import { handler as devicesApi } from '../../../functions/bundles/handlers/devices.ts';
import { fakeS3 } from '../../helpers/fake-s3.ts';
import { fakeTable } from '../../helpers/fake-table.ts';
import { servingEndpoint } from '../../helpers/inference.ts';
import { invoke } from '../../helpers/invoke.ts';
import { artifactOf, echoModel } from '../../helpers/tiny-model.ts';
import { versionItem } from '../../helpers/version-item.ts';

Object.assign(process.env, {
  ...{ ARTIFACTS_BUCKET: 'artifacts', DATA_BUCKET: 'data', SIGNING_SECRET: 'secret' },
  ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' },
});
const table = fakeTable();
const s3 = fakeS3();
mockClient(SecretsManagerClient)
  .on(GetSecretValueCommand)
  .resolves({ SecretString: 'made by the stack' });

const model = echoModel([{ name: 'x', datatype: 'FP32', shape: ['n'] }]);
const artifact = artifactOf(model.model);
const golden = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1], data: [2] }],
  outputs: [{ name: 'x_out', data: [2] }],
};
const AT = '2026-11-24T00:00:00.000Z';
const BUNDLES = '/api/v1/endpoints/e/bundles';

function deploy(revision: number, more: object = {}): void {
  const serving = { ...servingEndpoint('e', model), revision, ...more };
  const at = { createdAt: AT, updatedAt: AT, updatedBy: 'a' };
  const record = { name: 'e', description: '', revision, variants: [], ...at };
  table.put({ pk: 'ENDPOINT#e', sk: 'CURRENT', ...record, serving });
}

beforeEach(() => {
  table.items.clear();
  s3.reset();
  s3.objects.set(`artifacts/artifacts/sha256/${artifact.sha256}`, model.model);
  table.put(versionItem(model));
  table.put({ pk: 'MODEL#m', sk: 'GOLDEN#000000007', sample: JSON.stringify(golden) });
  deploy(3);
});

const create = (body: object = {}) => invoke(handler, { method: 'POST', path: BUNDLES, body });
const archive = (revision = 3) => {
  const found = [...s3.objects].find(([key]) => key.startsWith(`artifacts/bundles/e/${revision}-`));
  return found?.[1] as Uint8Array;
};

describe('a bundle of an endpoint', () => {
  it('is made once of each revision, signed with the key that is public', async () => {
    const first = await create({ rollout: 10 });
    expect([first.status, first.body]).toEqual([
      201,
      expect.objectContaining({ endpoint: 'e', revision: 3, rollout: 10, changes: 1 }),
    ]);
    const key = await invoke(handler, { path: '/api/v1/bundle-key', scopes: 'read' });
    const { files, manifest } = openBundle(archive(), [key.body.publicKey]);
    expect(manifest).toMatchObject({ endpoint: 'e', revision: 3, at: AT });
    expect([...files.keys()]).toEqual([
      'endpoint.json',
      'variants/default/signature.json',
      'variants/default/contract.json',
      'variants/default/golden.json',
      `models/${artifact.sha256}.onnx`,
    ]);
    expect(Buffer.from(files.get(`models/${artifact.sha256}.onnx`) as Uint8Array)).toEqual(
      Buffer.from(model.model),
    );
    const again = await create({ rollout: 90 });
    expect([again.status, again.body]).toEqual([200, first.body]);
    const events = [...table.items.values()].filter(({ pk }) => pk === 'AUDIT');
    expect(events.map(({ event }) => event.name)).toEqual(['BundleCreated']);
    const { detail } = events[0]?.event ?? {};
    catalogue.BundleCreated.strict().parse({ id: 'x', at: AT, actor: 'a', ...detail });
  });

  it('has the same bytes however often it is made', async () => {
    const { body } = await create();
    const bytes = Buffer.from(archive());
    table.items.delete('BUNDLE#e\nREVISION#000000003');
    s3.objects.delete([...s3.objects.keys()].find((name) => name.includes('bundles/')) as string);
    expect((await create()).body.sha256).toBe(body.sha256);
    expect(Buffer.from(archive())).toEqual(bytes);
  });

  it('is not made of what runs elsewhere, nor of what is not there', async () => {
    const [variant] = servingEndpoint('e', model).variants;
    const { artifact: _, ...remote } = variant as object & { artifact?: unknown };
    deploy(4, { variants: [remote] });
    expect([(await create()).status, (await create()).body.detail]).toEqual([
      422,
      expect.stringContaining('runs on SageMaker'),
    ]);
    table.items.delete('ENDPOINT#e\nCURRENT');
    expect((await create()).status).toBe(404);
  });

  it('is downloaded from an address that is good for a while', async () => {
    await create();
    const { body } = await invoke(handler, { path: `${BUNDLES}/3` });
    expect(body.url).toMatch(/bundles\/e\/3-[0-9a-f]{16}\.tar.*X-Amz-Expires=900/);
    expect((await invoke(handler, { path: `${BUNDLES}/4` })).status).toBe(404);
  });
});

describe('the rollout of a bundle', () => {
  const patch = (revision: number, rollout: number, headers: Record<string, string> = {}) =>
    invoke(handler, {
      ...{ method: 'PATCH', path: `${BUNDLES}/${revision}`, body: { rollout }, headers },
    });
  const devices = Array.from({ length: 400 }, (_, i) => `device-${i}`);
  const offered = async () => {
    const all = await Promise.all(
      devices.map((device) =>
        invoke(devicesApi, {
          path: `/api/v1/endpoints/e/devices/${device}/bundle`,
          scopes: 'device',
        }),
      ),
    );
    return all.map(({ body }) => body.revision as number | undefined);
  };

  it('reaches its share of the devices, keeps those it has, and takes them back', async () => {
    await create();
    deploy(4);
    await create({ rollout: 25 });
    const some = await offered();
    const share = some.filter((revision) => revision === 4).length / devices.length;
    // Within four standard deviations.
    expect(Math.abs(share - 0.25)).toBeLessThan(0.087);
    await patch(4, 60);
    const more = await offered();
    expect(some.every((revision, i) => revision === 3 || more[i] === 4)).toBe(true);
    await patch(4, 0);
    expect(new Set(await offered())).toEqual(new Set([3]));
    await patch(3, 0);
    expect(new Set(await offered())).toEqual(new Set([undefined]));
  });

  it('is changed by whoever has seen it as it is', async () => {
    await create();
    expect((await patch(3, 50, { 'if-match': '"1"' })).headers.etag).toBe('"2"');
    expect((await patch(3, 60, { 'if-match': '"1"' })).status).toBe(412);
    expect((await patch(3, 33.33)).status).toBe(400);
    const list = await invoke(handler, { path: BUNDLES });
    expect(list.body.items).toMatchObject([{ revision: 3, rollout: 50 }]);
  });
});
