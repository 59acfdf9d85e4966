import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { readExample } from '../../local/examples.ts';
import { api, force, stack, UNEXAMINED, unique, writeUnexaminedPolicy } from '../helpers/stack.ts';

const { artifact } = readExample('breast-cancer');
const base64 = Buffer.from(artifact).toString('base64');

beforeAll(writeUnexaminedPolicy);

async function newModel() {
  const name = unique('recorded');
  await api.call('POST', '/api/v1/models', { body: { name, task: 'binary', policy: UNEXAMINED } });
  return { name, path: `/api/v1/models/${name}` };
}
const register = (path: string) =>
  api.call('POST', `${path}/versions`, { body: { artifact: { base64 } } });

describe('the audit log', () => {
  const entriesOf = async (resource: string) =>
    (await api.call('GET', `/api/v1/audit?resource=${encodeURIComponent(resource)}`)).items;

  it('tells of every change who, when, what, before and after', async () => {
    const { name, path } = await newModel();
    await api.call('PATCH', path, { body: { description: 'new' } });
    await register(path);
    await api.call('PATCH', `${path}/versions/1`, { body: { description: 'first' } });
    await api.call('PUT', `${path}/aliases/champion`, { body: { version: 1 } });
    await api.request('DELETE', `${path}/aliases/champion`);
    const endpoint = `/api/v1/endpoints/${name}`;
    const body = { variants: [{ model: name, version: 1 }], force };
    await api.call('PUT', endpoint, { body });
    await api.request('DELETE', endpoint);
    await api.request('DELETE', path);
    const entries = [
      ...(await entriesOf(`model/${name}`)),
      ...(await entriesOf(`endpoint/${name}`)),
    ];
    const told = Object.fromEntries(
      entries.map(({ action, before, after }) => [action, [Boolean(before), Boolean(after)]]),
    );
    expect(told).toEqual({
      'model.create': [false, true],
      'model.update': [true, true],
      'version.register': [false, true],
      'version.update': [true, true],
      'alias.move': [true, true],
      'alias.remove': [true, false],
      'endpoint.force': [false, true],
      'endpoint.delete': [true, false],
      'model.delete': [true, false],
    });
    for (const { actor, at, requestId } of entries) {
      expect(actor).toBe('local-admin');
      expect(Date.parse(at)).toBeLessThanOrEqual(Date.now() + 1000);
      expect(requestId).toEqual(expect.any(String));
    }
  });
});

describe('an endpoint behind an alias', () => {
  it('keeps the version that the alias meant, until the next PUT; and is listed', async () => {
    const { name, path } = await newModel();
    await register(path);
    await register(path);
    const point = (version: number) =>
      api.call('PUT', `${path}/aliases/champion`, { body: { version } });
    const body = { variants: [{ model: name, alias: 'champion' }], force };
    const put = () => api.call('PUT', `/api/v1/endpoints/${name}`, { body });
    await point(1);
    expect((await put()).variants[0]).toMatchObject({ version: 1, alias: 'champion' });
    await point(2);
    expect((await api.call('GET', `/api/v1/endpoints/${name}`)).variants[0].version).toBe(1);
    expect((await put()).variants[0].version).toBe(2);
    const names: string[] = [];
    let cursor = '';
    do {
      const page = await api.call('GET', `/api/v1/endpoints?limit=100${cursor}`);
      names.push(...page.items.map((endpoint: { name: string }) => endpoint.name));
      cursor = page.nextCursor && `&cursor=${encodeURIComponent(page.nextCursor)}`;
    } while (cursor);
    expect(names.filter((one) => one === name)).toEqual([name]);
  });
});

describe('artifacts', () => {
  it('of the same bytes are stored once, under their digest', async () => {
    const [first, second] = [await newModel(), await newModel()];
    const [a, b] = [await register(first.path), await register(second.path)];
    expect(b.artifact.sha256).toBe(a.artifact.sha256);
    const { awsEndpointUrl: endpoint, region, buckets } = stack();
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    const Prefix = `artifacts/sha256/${a.artifact.sha256}`;
    const { Versions } = await s3.send(
      new ListObjectVersionsCommand({ Bucket: buckets.artifacts, Prefix }),
    );
    expect(Versions?.map(({ Key, Size }) => [Key, Size])).toEqual([[Prefix, a.artifact.sizeBytes]]);
  });

  it('are no others than were announced: what was uploaded instead is refused', async () => {
    const { path } = await newModel();
    const announced = { sizeBytes: artifact.length, sha256: '0'.repeat(64) };
    const { uploadId, url } = await api.call('POST', '/api/v1/uploads', { body: announced });
    await fetch(url, { method: 'PUT', body: artifact });
    const body = { artifact: { uploadId } };
    const answer = await api.request('POST', `${path}/versions`, { body });
    expect([answer.status, answer.body.detail]).toEqual([400, expect.stringContaining('artifact')]);
    expect((await api.call('GET', `${path}/versions`)).items).toEqual([]);
  });
});
