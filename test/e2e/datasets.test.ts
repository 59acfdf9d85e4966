import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { upload } from '../../local/api-client.ts';
import { api, stack, unique } from '../helpers/stack.ts';

const root = new URL('../../', import.meta.url).pathname;
const csv = readFileSync(`${root}examples/penguins/sample.csv`);
const [header = ''] = csv.toString().split('\n');
const rows = csv.toString().trim().split('\n').length - 1;
const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
const register = (name: string, source: object, more: object = {}) =>
  api.request('POST', '/api/v1/datasets', {
    body: { name, source, role: 'validation', ...more },
  });

describe('datasets', () => {
  it('are registered from an upload, with schema and profile; again they are the same', async () => {
    const name = unique('penguins');
    const uploadId = await upload(stack(), csv);
    const made = await register(name, { uploadId });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ name, format: 'csv', rows, serial: 1 });
    expect(made.body.columns.map((c: { name: string }) => c.name)).toEqual(
      header.trim().split(','),
    );
    const location = made.headers.get('location') as string;
    expect(await api.call('GET', location)).toEqual(made.body);
    const profile = await api.call('GET', `${location}/profile`);
    expect(profile.rows).toBe(rows);
    expect(profile.columns).toHaveLength(made.body.columns.length);
    const inline = await register(name, { base64: base64(csv) });
    expect(inline.body).toEqual(made.body);
  });

  it('have versions, newest first, and are listed by role', async () => {
    const name = unique('grown');
    const first = await register(name, { base64: base64('a,b\n1,x\n') });
    const packed = gzipSync('{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}\n');
    const second = await register(name, { base64: base64(packed) });
    expect(second.body).toMatchObject({ format: 'jsonl', compression: 'gzip', rows: 2, serial: 2 });
    const { items } = await api.call('GET', `/api/v1/datasets/${name}/versions`);
    expect(items).toEqual([second.body, first.body]);
    expect(await api.call('GET', `/api/v1/datasets/${name}`)).toEqual(second.body);
    const path = `/api/v1/datasets/${name}`;
    expect((await api.request('DELETE', path)).status).toBe(204);
    expect((await api.request('GET', path)).status).toBe(404);
    expect((await register(name, { base64: base64('a,b\n1,x\n') })).body).toEqual(first.body);
    expect((await api.request('GET', path)).status).toBe(200);
  });

  it('are profiled by a function of their own where they are large', async () => {
    const name = unique('large');
    const line = '0.123456789,abcdefgh,12345\n';
    const uploadId = await upload(stack(), Buffer.from(`x,y,z\n${line.repeat(400_000)}`));
    const { status, headers } = await register(name, { uploadId });
    expect(status).toBe(202);
    const path = headers.get('location') as string;
    let found = await api.call('GET', path);
    while (found.status === 'profiling') {
      await new Promise((resolve) => setTimeout(resolve, 500));
      found = await api.call('GET', path);
    }
    expect(found.status).toBe('ready');
    expect(await api.call('GET', `/api/v1/datasets/${name}`)).toMatchObject({
      digest: found.digest,
      rows: 400_000,
    });
  });

  it('are refused with the line or the field that is wrong', async () => {
    const ragged = await register(unique('bad'), { base64: base64('a,b\n1,2\n3\n') });
    expect(ragged.status).toBe(422);
    expect(ragged.body.detail).toBe('line 3 has 1 fields, the header has 2');
    const label = { label: 'specis' };
    const misspelt = await register(unique('bad'), { base64: base64('species,b\n1,2\n') }, label);
    expect(misspelt.status).toBe(400);
    expect(misspelt.body.errors).toEqual([
      { field: 'label', message: 'the file has no column "specis"; the nearest is "species"' },
    ]);
    const dvc = `outs:\n- md5: ${'0'.repeat(32)}\n  size: 8\n  hash: md5\n  path: data.csv\n`;
    const other = await register(unique('bad'), { base64: base64('a,b\n1,2\n') }, { dvc });
    expect(other.status).toBe(400);
    expect(other.body.errors[0].field).toBe('dvc');
  });

  it('are not declared in two ways', async () => {
    const name = unique('once');
    const source = { base64: base64('a,b\n1,2\n') };
    await register(name, source, { label: 'a' });
    const again = await register(name, source, { label: 'b' });
    expect(again.status).toBe(409);
    expect(again.body.detail).toContain('label');
  });
});
