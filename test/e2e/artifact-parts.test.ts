import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { api, unique } from '../helpers/stack.ts';

const MLFLOW = '/api/2.0/mlflow';
const FILES = '/api/2.0/mlflow-artifacts';

const post = (path: string, body: object) => api.request('POST', path, { body });
const list = async (run_id: string, path = '') => {
  const query = new URLSearchParams({ run_id, path });
  return (await api.call('GET', `${MLFLOW}/artifacts/list?${query}`)).files ?? [];
};

let experiment: string;
let run: string;
let model: string;
/** Of the run's files, below the workspace. */
let root: string;
beforeAll(async () => {
  const name = unique('parts');
  const made = await api.call('POST', `${MLFLOW}/experiments/create`, { body: { name } });
  experiment = made.experiment_id;
  const body = { experiment_id: experiment };
  run = (await api.call('POST', `${MLFLOW}/runs/create`, { body })).run.info.run_id;
  const logged = await api.call('POST', `${MLFLOW}/logged-models`, {
    body: { ...body, name: 'm', source_run_id: run },
  });
  model = logged.model.info.model_id;
  root = `${experiment}/${run}/artifacts`;
});

describe('a file in parts', () => {
  const MEBIBYTE = 2 ** 20;
  const begin = async (directory: string, file: { path: string; num_parts: number }) =>
    (await api.call('POST', `${FILES}/mpu/create/${root}/${directory}`, { body: file })) as {
      upload_id: string;
      credentials: { url: string; part_number: number; headers: Record<string, string> }[];
    };
  const send = async (url: string, body: Buffer) => {
    const answer = await fetch(url, { method: 'PUT', body });
    expect(answer.status).toBe(200);
    return answer.headers.get('etag') as string;
  };

  it('goes to S3 by the addresses that it was given, without a token, and is whole', async () => {
    const parts = [randomBytes(5 * MEBIBYTE), randomBytes(1000)];
    // Clients tell the path that they have it under.
    const path = '/home/me/weights.bin';
    const { upload_id, credentials } = await begin('model', { path, num_parts: 2 });
    expect(credentials.map(({ part_number }) => part_number)).toEqual([1, 2]);
    const etags: string[] = [];
    for (const [i, { url }] of credentials.entries()) {
      expect(url).not.toContain('checksum');
      etags.push(await send(url, parts[i] as Buffer));
    }
    const done = { path, upload_id };
    const sent = credentials.map(({ part_number, url }, i) => ({
      part_number,
      etag: etags[i],
      url,
    }));
    const complete = `${FILES}/mpu/complete/${root}/model`;
    expect((await post(complete, { ...done, parts: sent })).status).toBe(200);
    const bytes = Buffer.concat(parts);
    expect(await list(run, 'model')).toEqual([
      { path: 'model/weights.bin', is_dir: false, file_size: bytes.length },
    ]);
    const query = { run_id: run, path: 'model/weights.bin' };
    const { presigned_url } = await api.call('POST', `${MLFLOW}/artifacts/presigned-download-url`, {
      body: query,
    });
    const down = Buffer.from(await (await fetch(presigned_url)).arrayBuffer());
    expect(down.equals(bytes)).toBe(true);
    // Clients repeat what they have no answer to.
    expect((await post(complete, { ...done, parts: sent })).status).toBe(200);
  });

  it('is thrown away where the client gives up', async () => {
    const path = 'given-up.bin';
    const { upload_id, credentials } = await begin('model', { path, num_parts: 1 });
    const [{ url }] = credentials as [(typeof credentials)[0]];
    const etag = await send(url, randomBytes(100));
    expect((await post(`${FILES}/mpu/abort/${root}/model`, { path, upload_id })).status).toBe(200);
    const parts = [{ part_number: 1, etag, url }];
    const late = await post(`${FILES}/mpu/complete/${root}/model`, { path, upload_id, parts });
    expect([late.status, late.body.error_code]).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
    expect((await list(run, 'model')).map((file: any) => file.path)).not.toContain(
      'model/given-up.bin',
    );
  });

  it.each([
    ['no parts', { path: 'x', num_parts: 0 }, 'num_parts'],
    ['more parts than there is room for', { path: 'x', num_parts: 3001 }, 'CHUNK_SIZE'],
    ['no name', { path: 'x/', num_parts: 1 }, 'path'],
    ['no path', { num_parts: 1 }, 'path'],
  ])('is refused with %s', async (_, body, words) => {
    const { status, body: answer } = await post(`${FILES}/mpu/create/${root}`, body);
    expect([status, answer.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE']);
    expect(answer.message).toContain(words);
  });

  it('stays within its workspace', async () => {
    const { status } = await post(`${FILES}/mpu/create/a/%252e%252e/b`, {
      path: 'x',
      num_parts: 1,
    });
    expect(status).toBe(400);
  });
});

describe('addresses for files of runs and logged models', () => {
  const upload = `${MLFLOW}/artifacts/presigned-upload-url`;
  const download = `${MLFLOW}/artifacts/presigned-download-url`;

  it.each([
    ['run', () => ({ run_id: run })],
    ['logged model', () => ({ model_id: model })],
  ])('take a file of a %s', async (_, owner) => {
    const given = await api.call('POST', upload, {
      body: { ...owner(), path: 'by/address ü.txt', expiration: 60 },
    });
    expect(given.headers).toEqual({});
    expect(new URL(given.presigned_url).searchParams.get('X-Amz-Expires')).toBe('60');
    const put = await fetch(given.presigned_url, { method: 'PUT', body: 'by address' });
    expect(put.status).toBe(200);
    const files =
      'run_id' in owner()
        ? await list(run, 'by')
        : (
            await api.call(
              'GET',
              `${MLFLOW}/logged-models/${model}/artifacts/directories?artifact_directory_path=by`,
            )
          ).files;
    expect(files).toEqual([{ path: 'by/address ü.txt', is_dir: false, file_size: 10 }]);
  });

  it('list the directories of a logged model from its root', async () => {
    const all = await api.call('GET', `${MLFLOW}/logged-models/${model}/artifacts/directories`);
    expect(all.root_uri).toMatch(new RegExp(`/${experiment}/models/${model}/artifacts$`));
    expect(all.files).toEqual([{ path: 'by', is_dir: true }]);
    const none = await api.request(
      'GET',
      `${MLFLOW}/logged-models/m-${'0'.repeat(32)}/artifacts/directories`,
    );
    expect([none.status, none.body.error_code]).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
  });

  it('give a file with its size, for as long as was asked', async () => {
    const body = { run_id: run, path: 'by/address ü.txt', expiration: 30 };
    const given = await api.call('POST', download, { body });
    expect(given).toMatchObject({ file_size: 10, headers: {} });
    expect(new URL(given.presigned_url).searchParams.get('X-Amz-Expires')).toBe('30');
    const part = await fetch(given.presigned_url, { headers: { range: 'bytes=3-' } });
    expect([part.status, await part.text()]).toEqual([206, 'address']);
    const path = encodeURIComponent('address ü.txt');
    const proxied = await api.call('GET', `${FILES}/presigned/${root}/by/${path}`);
    expect(proxied.file_size).toBe(10);
    expect(await (await fetch(proxied.url)).text()).toBe('by address');
  });

  it.each([
    ['download', () => ({ run_id: run, path: 'not/there' }), 404, 'RESOURCE_DOES_NOT_EXIST'],
    ['download', () => ({ run_id: 'f'.repeat(32), path: 'a' }), 404, 'RESOURCE_DOES_NOT_EXIST'],
    ['download', () => ({ run_id: run, path: '../a' }), 400, 'INVALID_PARAMETER_VALUE'],
    ['upload', () => ({ run_id: run, path: '../../a' }), 400, 'INVALID_PARAMETER_VALUE'],
    ['upload', () => ({ path: 'a' }), 400, 'INVALID_PARAMETER_VALUE'],
    ['upload', () => ({ run_id: run, model_id: model, path: 'a' }), 400, 'INVALID_PARAMETER_VALUE'],
    [
      'upload',
      () => ({ run_id: run, path: 'a', expiration: 0 }),
      ...([400, 'INVALID_PARAMETER_VALUE'] as const),
    ],
  ])('are refused: %s', async (what, body, status, code) => {
    const answer = await post(what === 'upload' ? upload : download, body());
    expect([answer.status, answer.body.error_code]).toEqual([status, code]);
  });

  it('are refused for files that lie elsewhere, whose clients have credentials of their own', async () => {
    const name = unique('elsewhere');
    const { experiment_id } = await api.call('POST', `${MLFLOW}/experiments/create`, {
      body: { name, artifact_location: 's3://some-bucket/x' },
    });
    const body = { experiment_id };
    const { run: other } = await api.call('POST', `${MLFLOW}/runs/create`, { body });
    const refused = await post(upload, { run_id: other.info.run_id, path: 'a' });
    expect([refused.status, refused.body.message]).toEqual([
      400,
      expect.stringContaining(`s3://some-bucket/x/${other.info.run_id}/artifacts`),
    ]);
  });
});
