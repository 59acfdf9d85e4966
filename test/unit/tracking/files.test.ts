import { DeleteObjectsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import type { HttpEvent } from '#shared/http.ts';
import {
  createUpload,
  deleteArtifacts,
  listArtifacts,
  presignUpload,
  putArtifact,
  writableAt,
} from '../../../functions/tracking/artifacts.ts';
import { type MlflowRequest, mlflow, mlflowApi } from '../../../functions/tracking/mlflow-api.ts';

process.env.DATA_BUCKET = 'data';

/** Sends bytes as the gateway hands over what is called text. */
async function upload(bytes: Buffer, length: number | undefined) {
  let got: Buffer | undefined;
  const run = async (request: MlflowRequest<unknown>) => {
    got = request.bytes();
    return { json: {} };
  };
  const api = mlflowApi([mlflow({ method: 'PUT', path: '/api/x', scope: 'public', run })]);
  const answer = await api({
    ...{ rawPath: '/api/x', rawQueryString: '', isBase64Encoded: false },
    body: bytes.toString('utf8'),
    headers: length === undefined ? {} : { 'content-length': String(length) },
    requestContext: { requestId: 'r', http: { method: 'PUT' } },
  } as unknown as HttpEvent);
  return { status: answer.statusCode, text: String(answer.body), got };
}

describe('an upload that is called text', () => {
  it.each(['', 'plain', 'ü €'])('is taken as it is where it is UTF-8: %j', async (text) => {
    const bytes = Buffer.from(text);
    expect(await upload(bytes, bytes.length)).toMatchObject({ status: 200, got: bytes });
  });

  it('may have the character that stands for what is no character', async () => {
    const bytes = Buffer.from('a\ufffdb');
    expect(await upload(bytes, bytes.length)).toMatchObject({ status: 200, got: bytes });
  });

  it.each([undefined, 4])('is refused where it is not, of length %s', async (length) => {
    const { status, text, got } = await upload(Buffer.from('f\xfcr!', 'latin1'), length);
    expect([status, got]).toEqual([400, undefined]);
    expect(text).toContain('MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE');
  });
});

describe('deleting files', () => {
  it('fails where one of them was not deleted', async () => {
    const s3 = mockClient(S3Client);
    s3.on(ListObjectsV2Command).resolves({});
    s3.on(DeleteObjectsCommand).resolves({});
    await deleteArtifacts('default', 'a');
    s3.on(DeleteObjectsCommand).resolves({ Errors: [{ Key: 'k', Code: 'SlowDown' }] });
    await expect(deleteArtifacts('default', 'a')).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('what is served, laid out for clients', () => {
  const [folder, file] = ['registered', 'registered/ab/1/model.onnx'];

  it.each<[string, () => unknown]>([
    ['written', () => putArtifact('default', file, Buffer.from('x'))],
    ['written by the host of artifacts', async () => writableAt('default', file)],
    ['written in parts', () => createUpload('default', folder, { path: 'x', num_parts: 1 })],
    ['written by an address', async () => presignUpload('default', file, 60)],
    ['deleted', () => deleteArtifacts('default', folder)],
  ])('is not %s by them', async (_, act) => {
    mockClient(S3Client);
    await expect(act()).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('is not listed: its names are told to those who may see the version', async () => {
    const s3 = mockClient(S3Client);
    s3.on(ListObjectsV2Command).resolves({
      CommonPrefixes: [{ Prefix: 'tracking/default/registered/ab/' }],
    });
    expect(await listArtifacts('default', 'registered/')).toEqual([]);
  });
});

describe('a file that is fetched', () => {
  const fetchNamed = async (name: string) => {
    const run = async () => ({ bytes: Buffer.from('x'), name });
    const api = mlflowApi([mlflow({ method: 'GET', path: '/api/x', scope: 'public', run })]);
    const requestContext = { requestId: 'r', http: { method: 'GET' } };
    const event = { rawPath: '/api/x', rawQueryString: '', headers: {}, requestContext };
    return (await api(event as unknown as HttpEvent)).headers;
  };

  it.each([
    ['a.txt', 'text/plain'],
    ['MLmodel', 'text/plain'],
    ['b.pkl', 'application/octet-stream'],
    ['c.PNG', 'image/png'],
    ['page.html', 'application/octet-stream'],
    ['image.svg', 'application/octet-stream'],
    ['constructor', 'application/octet-stream'],
  ])('is no page for a browser: %s', async (name, type) => {
    expect(await fetchNamed(name)).toEqual({
      'content-type': type,
      'content-disposition': `attachment; filename=${name}`,
      'x-content-type-options': 'nosniff',
    });
  });

  it('keeps its name, whatever is in it', async () => {
    expect((await fetchNamed('a "ü".txt'))?.['content-disposition']).toBe(
      `attachment; filename="a ___.txt"; filename*=UTF-8''a%20%22%C3%BC%22.txt`,
    );
  });
});
