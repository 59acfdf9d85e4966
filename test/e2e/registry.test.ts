import { createHash } from 'node:crypto';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { upload } from '../../local/api-client.ts';
import { goldenSample, readExample } from '../../local/examples.ts';
import { api, force, stack, UNEXAMINED, unique, writeUnexaminedPolicy } from '../helpers/stack.ts';

const example = readExample('breast-cancer');
const base64 = Buffer.from(example.artifact).toString('base64');
const sha256 = createHash('sha256').update(example.artifact).digest('hex');
const newModel = async () => {
  const name = unique('model');
  await api.call('POST', '/api/v1/models', {
    body: { name, task: 'binary', tags: { team: name }, policy: UNEXAMINED },
  });
  return { name, path: `/api/v1/models/${name}` };
};
const register = (path: string, more: object = {}, headers = {}) =>
  api.call('POST', `${path}/versions`, { body: { artifact: { base64 }, ...more }, headers });

beforeAll(writeUnexaminedPolicy);

describe('models', () => {
  it('are registered once, listed by tag, changed under If-Match, deleted and brought back', async () => {
    const { name, path } = await newModel();
    const again = {
      body: { name, task: 'binary', tags: { team: name }, policy: UNEXAMINED },
    };
    expect((await api.request('POST', '/api/v1/models', again)).status).toBe(201);
    const other = { body: { name, task: 'regression' } };
    expect((await api.request('POST', '/api/v1/models', other)).status).toBe(409);
    const listed = await api.call('GET', `/api/v1/models?tag=team:${name}`);
    expect(listed.items.map((m: { name: string }) => m.name)).toEqual([name]);
    const patch = { body: { description: 'new' } };
    const changed = await api.request('PATCH', path, { ...patch, headers: { 'if-match': '"1"' } });
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"2"']);
    const stale = { body: { description: 'newer' }, headers: { 'if-match': '"1"' } };
    expect((await api.request('PATCH', path, stale)).status).toBe(412);
    expect((await api.request('DELETE', path)).status).toBe(204);
    expect((await api.request('GET', path)).status).toBe(404);
    expect((await api.request('PATCH', path, { body: { deleted: false } })).status).toBe(200);
    expect((await api.call('GET', path)).description).toBe('new');
  });

  it('are listed by task and owner too', async () => {
    const owner = unique('owner');
    const [one, other] = [unique('model'), unique('model')];
    const register = (name: string, task: string) =>
      api.call('POST', '/api/v1/models', { body: { name, task, owner } });
    await register(one, 'ranking');
    await register(other, 'embedding');
    const list = async (query: string) =>
      (await api.call('GET', `/api/v1/models?${query}`)).items.map((m: { name: string }) => m.name);
    expect(await list(`owner=${owner}`)).toEqual([one, other].sort());
    expect(await list(`owner=${owner}&task=ranking`)).toEqual([one]);
    expect(await list(`owner=${owner}&tag=team`)).toEqual([]);
  });

  it('are listed in pages', async () => {
    for (let i = 0; i < 3; i++) await newModel();
    const first = await api.call('GET', '/api/v1/models?limit=2');
    expect(first.items).toHaveLength(2);
    const second = await api.call('GET', `/api/v1/models?limit=2&cursor=${first.nextCursor}`);
    expect(second.items[0].name > first.items[1].name).toBe(true);
    expect((await api.request('GET', '/api/v1/models?cursor=%00')).status).toBe(400);
  });
});

describe('versions', () => {
  it('come from an upload, with digest, signature and lineage on record', async () => {
    const { path } = await newModel();
    const uploadId = await upload(stack(), example.artifact);
    const body = { ...example.version, artifact: { uploadId } };
    const made = await api.request('POST', `${path}/versions`, { body });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      version: 1,
      status: 'registered',
      lineage: example.version.lineage,
    });
    expect(made.body.artifact.uploaded.sha256).toBe(sha256);
    expect(made.body.artifact.sha256).not.toBe(sha256);
    expect(made.body.artifact.changes[0]).toContain('ZipMap');
    expect(await api.call('GET', made.headers.get('location') as string)).toEqual(made.body);
  });

  it('keep a golden sample beside them, checked against the signature', async () => {
    const { path } = await newModel();
    const golden = goldenSample(example);
    const made = await register(path, { ...example.version, goldenSample: golden });
    expect(made.goldenSample).toEqual({
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      rows: 40,
      tolerance: golden.tolerance,
    });
    const [output] = golden.outputs;
    const short = { ...golden, outputs: [{ ...output, data: [1] }] };
    const body = { ...example.version, artifact: { base64 }, goldenSample: short };
    const refused = await api.request('POST', `${path}/versions`, { body });
    expect([refused.status, refused.body.errors[0].field]).toEqual([
      400,
      'goldenSample.outputs[0].data',
    ]);
  });

  it('come from an object in the data bucket', async () => {
    const { awsEndpointUrl, region, buckets } = stack();
    const s3 = new S3Client({
      endpoint: awsEndpointUrl,
      region,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const Key = `models/${unique('m')}.onnx`;
    await s3.send(new PutObjectCommand({ Bucket: buckets.data, Key, Body: example.artifact }));
    const { path } = await newModel();
    const artifact = { s3Uri: `s3://${buckets.data}/${Key}`, sha256 };
    const made = await api.call('POST', `${path}/versions`, { body: { artifact } });
    expect(made.artifact.uploaded.sha256).toBe(sha256);
    const missing = { body: { artifact: { s3Uri: `s3://${buckets.data}/nothing` } } };
    expect((await api.request('POST', `${path}/versions`, missing)).status).toBe(400);
  });

  it('are made once for one idempotency key, and the key is for one request', async () => {
    const { path } = await newModel();
    const headers = { 'idempotency-key': unique('key') };
    const both = await Promise.all([register(path, {}, headers), register(path, {}, headers)]);
    expect(both.map((v) => v.version)).toEqual([1, 1]);
    expect((await register(path, {}, headers)).version).toBe(1);
    const other = { body: { artifact: { base64 }, description: 'x' }, headers };
    expect((await api.request('POST', `${path}/versions`, other)).status).toBe(422);
    expect((await register(path)).version).toBe(2);
  });

  it('get different numbers when they are registered at once', async () => {
    const { path } = await newModel();
    const made = await Promise.all([1, 2, 3].map((i) => register(path, { description: `${i}` })));
    expect(made.map((v) => v.version).sort()).toEqual([1, 2, 3]);
  });

  it.each([
    ['not ONNX', { artifact: { base64: Buffer.from('hello there').toString('base64') } }, 422],
    [
      'truncated',
      { artifact: { base64: Buffer.from(example.artifact.slice(0, 600)).toString('base64') } },
      422,
    ],
    ['another digest', { artifact: { base64, sha256: '0'.repeat(64) } }, 400],
    ['a foreign bucket', { artifact: { s3Uri: 's3://somebody-elses/model.onnx' } }, 400],
    ['an upload that is not there', { artifact: { uploadId: '01ARZ3NDEKTSV4RRFFQ69G5FAV' } }, 400],
    ['two sources', { artifact: { base64, s3Uri: 's3://a-bucket/b' } }, 400],
    ['an unknown field', { artifact: { base64 }, metrik: {} }, 400],
  ])('are refused with a reason: %s', async (_, body, status) => {
    const { path } = await newModel();
    const answer = await api.request('POST', `${path}/versions`, { body });
    expect([answer.status, typeof answer.body.detail]).toEqual([status, 'string']);
    expect((await api.call('GET', `${path}/versions`)).items).toEqual([]);
  });
});

describe('aliases', () => {
  it('move, tell where they pointed, and are removed', async () => {
    const { path } = await newModel();
    await register(path);
    await register(path, { description: 'second' });
    const alias = `${path}/aliases/champion`;
    const first = await api.call('PUT', alias, { body: { version: 1 } });
    const second = await api.call('PUT', alias, { body: { version: 2 } });
    expect((await api.call('PUT', alias, { body: { version: 2 } })).revision).toBe(second.revision);
    expect((await api.call('GET', `${alias}?at=${first.updatedAt}`)).version).toBe(1);
    expect((await api.call('GET', alias)).version).toBe(2);
    expect((await api.request('GET', `${alias}?at=2020-01-01T00:00:00Z`)).status).toBe(404);
    const stale = { body: { version: 1 }, headers: { 'if-match': '1' } };
    expect((await api.request('PUT', alias, stale)).status).toBe(412);
    expect((await api.request('PUT', alias, { body: { version: 9 } })).status).toBe(404);
    expect((await api.request('DELETE', alias)).status).toBe(204);
    expect((await api.request('GET', alias)).status).toBe(404);
  });

  it('go to exactly one of those who move them at once', async () => {
    const { name, path } = await newModel();
    for (let i = 0; i < 4; i++) await register(path, { description: `${i}` });
    await api.call('PUT', `${path}/aliases/champion`, { body: { version: 1 } });
    const moves = await Promise.all(
      [2, 3, 4].map((version) =>
        api.request('PUT', `${path}/aliases/champion`, {
          body: { version },
          headers: { 'if-match': '1' },
        }),
      ),
    );
    expect(moves.filter(({ status }) => status === 200)).toHaveLength(1);
    const audit = await api.call(
      'GET',
      `/api/v1/audit?resource=${encodeURIComponent(`model/${name}`)}&action=alias.move`,
    );
    expect(audit.items).toHaveLength(2);
    expect(audit.items[0]).toMatchObject({ actor: 'local-admin', before: { version: 1 } });
  });
});

describe('endpoints', () => {
  it('keep revisions, tell what they served, and protect what they serve', async () => {
    const { name, path } = await newModel();
    await register(path);
    await register(path, { description: 'second' });
    const endpoint = `/api/v1/endpoints/${unique('endpoint')}`;
    const serve = (version: number) => ({
      body: { variants: [{ model: name, version }], force },
    });
    const { force: _, ...unforced } = serve(1).body;
    const refused = await api.request('PUT', endpoint, { body: unforced });
    expect([refused.status, refused.body.detail]).toEqual([
      409,
      expect.stringContaining('was not validated to an end'),
    ]);
    const created = await api.request('PUT', endpoint, serve(1));
    expect([created.status, created.body.revision]).toEqual([201, 1]);
    expect((await api.request('PUT', endpoint, serve(1))).body.revision).toBe(1);
    const moved = await api.request('PUT', endpoint, {
      ...serve(2),
      headers: { 'if-match': '"1"' },
    });
    expect([moved.status, moved.body.revision]).toEqual([200, 2]);
    const then = await api.call('GET', `${endpoint}?at=${created.body.updatedAt}`);
    expect(then.variants[0].version).toBe(1);
    expect((await api.request('DELETE', path)).body.detail).toContain('served by');
    const archive = { body: { status: 'archived' } };
    expect((await api.request('PATCH', `${path}/versions/2`, archive)).status).toBe(409);
    expect((await api.request('PATCH', `${path}/versions/1`, archive)).status).toBe(200);
    expect((await api.request('PUT', endpoint, serve(1))).status).toBe(409);
    expect((await api.request('DELETE', endpoint)).status).toBe(204);
    expect((await api.request('GET', endpoint)).status).toBe(404);
    expect((await api.call('GET', `${endpoint}/revisions`)).items).toHaveLength(3);
    expect((await api.request('DELETE', path)).status).toBe(204);
  });
});

describe('the API', () => {
  it('lets nobody in without a token but to health and the reference page', async () => {
    const { paths } = await api.call('GET', '/api/v1/openapi.json');
    const open: string[] = [];
    for (const [path, operations] of Object.entries<Record<string, unknown>>(paths)) {
      for (const method of Object.keys(operations)) {
        const url = `${stack().apiUrl}${path.replace(/\{\w+\}/g, '1')}`;
        const { status } = await fetch(url, { method: method.toUpperCase() });
        if (status !== 401 && status !== 403) open.push(`${method} ${path}`);
      }
    }
    expect(open.sort()).toEqual([
      'get /api/v1/health',
      'get /v2/health/live',
      'get /v2/health/ready',
    ]);
  });
});
