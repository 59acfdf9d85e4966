import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { api, stack, unique } from '../helpers/stack.ts';

const ARTIFACTS = '/api/2.0/mlflow-artifacts/artifacts';
/** The client keeps the path of the tracking URI before those of the host. */
const prefix = () => new URL(stack().apiUrl).pathname;

interface Options {
  readonly token?: string | undefined;
  readonly workspace?: string;
  readonly body?: Buffer;
  readonly headers?: Record<string, string>;
}

/** Sends a path as it is written, of which `fetch` would put right what it can. */
async function call(method: string, path: string, options: Options = {}) {
  const { token = stack().token, workspace, body } = options;
  const headers = { ...(token && { authorization: `Bearer ${token}` }), ...options.headers };
  const sent = request(stack().artifactHost as string, {
    ...{ method, headers },
    path: `${prefix()}${workspace ? `/${workspace}` : ''}${path}`,
  });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const bytes = Buffer.concat(await answer.toArray());
  return { status: answer.statusCode as number, headers: answer.headers, bytes };
}

const put = (path: string, body: Buffer, options: Options = {}) =>
  call('PUT', `${ARTIFACTS}/${path}`, {
    ...{ ...options, body },
    headers: { 'content-length': String(body.length), ...options.headers },
  });
const get = (path: string, options: Options = {}) => call('GET', `${ARTIFACTS}/${path}`, options);
const list = async (path: string, options: Options = {}) => {
  const found = await call('GET', `${ARTIFACTS}?path=${encodeURIComponent(path)}`, options);
  return JSON.parse(String(found.bytes)).files;
};
const errorOf = ({ status, bytes }: { status: number; bytes: Buffer }) => [
  status,
  JSON.parse(String(bytes)).error_code,
];

async function tokenWith(body: object): Promise<string> {
  return (await api.call('POST', '/api/v1/tokens', { body: { name: unique('files'), ...body } }))
    .token;
}

let folder: string;
beforeAll(() => {
  folder = unique('host');
});

describe('the host of artifacts', () => {
  it('takes a file, lists it, gives it back whole and in part, and deletes it', async () => {
    const bytes = randomBytes(100_000);
    const path = `${folder}/a/model.bin`;
    expect((await put(path, bytes)).status).toBe(200);
    expect(await list(`${folder}/a`)).toEqual([
      { path: 'model.bin', is_dir: false, file_size: bytes.length },
    ]);
    const whole = await get(path);
    expect(whole.bytes.equals(bytes)).toBe(true);
    expect(whole.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
      'content-length': '100000',
    });
    const part = await get(path, { headers: { range: 'bytes=10-19' } });
    expect([part.status, part.bytes]).toEqual([206, bytes.subarray(10, 20)]);
    expect(part.headers['content-range']).toBe('bytes 10-19/100000');
    const beyond = await get(path, { headers: { range: 'bytes=100000-' } });
    expect(errorOf(beyond)).toEqual([416, 'INVALID_PARAMETER_VALUE']);
    const head = await call('HEAD', `${ARTIFACTS}/${path}`);
    expect([head.status, head.headers['content-length']]).toEqual([200, '100000']);
    expect((await call('DELETE', `${ARTIFACTS}/${folder}/a`)).status).toBe(200);
    expect(errorOf(await get(path))).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
    expect(await list(`${folder}/a`)).toEqual([]);
  });

  it.each(['ü ö.txt', '日本/語.txt', "a+b&c=d;'(1)!*.txt", 'a b/c d.txt'])(
    'takes %j',
    async (name) => {
      const path = `${folder}/names/${name}`;
      const written = path.split('/').map(encodeURIComponent).join('/');
      expect((await put(written, Buffer.from(name))).status).toBe(200);
      expect(String((await get(written)).bytes)).toBe(name);
      const [directory, file] = [path.slice(0, path.lastIndexOf('/')), path.split('/').at(-1)];
      expect(await list(directory)).toContainEqual(expect.objectContaining({ path: file }));
      // The API has it under the same name.
      const same = await fetch(`${stack().apiUrl}${ARTIFACTS}/${written}`, {
        headers: { authorization: `Bearer ${stack().token}` },
      });
      expect(await same.text()).toBe(name);
    },
  );

  it('sends a body without a length to the API, which takes what S3 does not', async () => {
    const { status, headers } = await call('PUT', `${ARTIFACTS}/${folder}/empty.txt`, {
      headers: { 'transfer-encoding': 'chunked' },
    });
    expect(status).toBe(307);
    const target = new URL(headers.location as string, stack().artifactHost);
    const authorization = `Bearer ${stack().token}`;
    const followed = await fetch(target, { method: 'PUT', headers: { authorization } });
    expect(followed.status).toBe(200);
    expect(await list(folder)).toContainEqual({ path: 'empty.txt', is_dir: false, file_size: 0 });
  });

  it('keeps out who shows no token, a wrong one, or one without the scope', async () => {
    const path = `${folder}/kept.txt`;
    await put(path, Buffer.from('kept'));
    for (const token of ['', 'skiff_01HZZZZZZZZZZZZZZZZZZZZZZZ_x', 'eyJhbGciOiJub25lIn0.e30.']) {
      expect(errorOf(await get(path, { token }))).toEqual([401, 'UNAUTHENTICATED']);
      expect((await put(path, Buffer.from('changed'), { token })).status).toBe(401);
    }
    const reader = await tokenWith({ scopes: ['read'] });
    expect(errorOf(await put(path, Buffer.from('changed'), { token: reader }))).toEqual([
      403,
      'PERMISSION_DENIED',
    ]);
    const gone = await call('DELETE', `${ARTIFACTS}/${path}`, { token: reader });
    expect(errorOf(gone)).toEqual([403, 'PERMISSION_DENIED']);
    const writer = await tokenWith({ scopes: ['register'] });
    expect((await get(path, { token: writer })).status).toBe(403);
    expect(String((await get(path, { token: reader })).bytes)).toBe('kept');
  });

  it('keeps workspaces apart, and tokens to theirs', async () => {
    const path = `${folder}/mine.txt`;
    await put(path, Buffer.from('a'), { workspace: 'team-a' });
    expect((await get(path)).status).toBe(404);
    expect((await get(path, { workspace: 'team-b' })).status).toBe(404);
    const token = await tokenWith({ scopes: ['read', 'register'], workspaces: ['team-b'] });
    expect((await get(path, { token, workspace: 'team-a' })).status).toBe(403);
    expect((await put(path, Buffer.from('b'), { token, workspace: 'team-a' })).status).toBe(403);
    expect((await put(path, Buffer.from('b'), { token, workspace: 'team-b' })).status).toBe(200);
    expect(String((await get(path, { workspace: 'team-a' })).bytes)).toBe('a');
  });

  it.each([
    ...['../x', 'a/../../x', '%2e%2e/x', 'a/%2E%2e/x', '%252e%252e/x', 'a%2f..%2fx', '..%5cx'],
    ...['a/..\\x', 'a//x', './x', 'a%00x', 'a%23x', 'C:/x', '%252525252e%252525252e/x'],
    ...[`a${ARTIFACTS}/x`, `a${ARTIFACTS.replace('api', '%61pi')}/x`],
  ])('refuses the path %j, for a file and for its place', async (path) => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const body = method === 'PUT' ? Buffer.from('x') : undefined;
      const headers = body && { 'content-length': '1' };
      const options = { ...(body && { body }), ...(headers && { headers }) };
      const { status } = await call(method, `${ARTIFACTS}/${path}`, options);
      expect([400, 404]).toContain(status);
    }
  });

  it('hands nothing to S3 but the file: no headers of its own, and no query', async () => {
    await put(`${folder}/secret.txt`, Buffer.from('secret'), { workspace: 'team-c' });
    const source = `/${stack().buckets.data}/tracking/team-c/${folder}/secret.txt`;
    const headers = { 'x-amz-copy-source': source, 'x-amz-acl': 'public-read' };
    await put(`${folder}/copied.txt`, Buffer.from('mine'), { headers });
    expect(String((await get(`${folder}/copied.txt`)).bytes)).toBe('mine');
    expect(String((await get(`${folder}/copied.txt?acl`)).bytes)).toBe('mine');
  });

  it('leaves nothing of a file that breaks off on its way', async () => {
    const path = `${folder}/broken.bin`;
    const sent = request(`${stack().artifactHost}${prefix()}${ARTIFACTS}/${path}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${stack().token}`, 'content-length': '20000000' },
    });
    const failed = once(sent, 'error');
    sent.write(Buffer.alloc(12_000_000), () => sent.destroy(new Error('broken off')));
    await failed;
    expect((await get(path)).status).toBe(404);
    expect((await put(path, Buffer.from('whole'))).status).toBe(200);
    expect(String((await get(path)).bytes)).toBe('whole');
  });
});
