import { readFileSync } from 'node:fs';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { describe, expect, it } from '@jest/globals';
import { upload } from '../../local/api-client.ts';
import { verdictOf } from '../../local/verdict.ts';
import { graph, model, node, tensor, value } from '../helpers/onnx-builder.ts';
import { api, stack, unique } from '../helpers/stack.ts';

const FLOAT = 1;
const s3 = () =>
  new S3Client({
    endpoint: stack().awsEndpointUrl,
    region: stack().region,
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });

/** Registers, waits where the answer is 202 and for the verdict, serves; answers the version. */
async function deploy(name: string, body: object) {
  // Examined, but approved however fast: other tests use the processor too.
  await api.call('PUT', `/api/v1/policies/${name}`, { body: { gates: [] } });
  await api.call('POST', '/api/v1/models', { body: { name, task: 'other', policy: name } });
  const answer = await api.request('POST', `/api/v1/models/${name}/versions`, { body });
  if (answer.status === 202) await follow(answer.headers.get('location') as string);
  else expect(answer.status).toBe(201);
  expect(await verdictOf(stack(), name, 1)).toMatchObject({ status: 'approved' });
  const variants = [{ model: name, version: 1 }];
  await api.call('PUT', `/api/v1/endpoints/${name}`, { body: { variants } });
  const version = await api.call('GET', `/api/v1/models/${name}/versions/1`);
  return { ...version, httpStatus: answer.status };
}

async function follow(location: string): Promise<void> {
  let registration = await api.call('GET', location);
  for (let i = 0; i < 240 && registration.status === 'running'; i++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    registration = await api.call('GET', location);
  }
  expect(registration).toMatchObject({ status: 'succeeded', version: 1 });
}

async function infer(name: string, input: object): Promise<number[]> {
  const body = { inputs: [{ datatype: 'FP32', ...input }] };
  return (await api.call('POST', `/v2/models/${name}/infer`, { body })).outputs[0].data;
}

describe('an export of PyTorch with its weights beside it', () => {
  const read = (file: string) =>
    new Uint8Array(readFileSync(new URL(`../fixtures/pytorch/${file}`, import.meta.url)));

  it('is uploaded in two files, and serves what PyTorch computes', async () => {
    const location = 'model.onnx.data';
    const name = unique('pytorch');
    const [uploadId, companion] = [
      await upload(stack(), read('model.onnx')),
      await upload(stack(), read(location)),
    ];
    const version = await deploy(name, {
      artifact: { uploadId },
      externalData: [{ location, source: { uploadId: companion } }],
    });
    expect(version.graph.producer.name).toBe('pytorch');
    expect(version.artifact.changes[0]).toContain(location);
    const expected = JSON.parse(new TextDecoder().decode(read('expected.json')));
    const served = await infer(name, { name: 'image', ...expected.image });
    const wanted: number[] = expected.probabilities.data;
    expect(served).toHaveLength(wanted.length);
    const difference = Math.max(...served.map((p, i) => Math.abs(p - (wanted[i] as number))));
    expect(difference).toBeLessThan(expected.tolerance);
  });
});

describe('a companion file of 64 MB', () => {
  it('is streamed into the artifact by a function of its own, and predicts', async () => {
    const width = 4096;
    const weights = new Float32Array(width * width).map((_, i) => (i % width) / width);
    const { data: bucket } = stack().buckets;
    const [name, key] = [unique('large'), `${unique('w')}.data`];
    const params = { Bucket: bucket, Key: key, Body: new Uint8Array(weights.buffer) };
    await new Upload({ client: s3(), params }).done();
    const external = { location: 'w.data', offset: '0', length: `${weights.byteLength}` };
    const edge = (n: string) => [value(n, FLOAT, [-1, width])];
    const bytes = model(
      graph({
        nodes: [node('MatMul', ['x', 'w'], ['y'])],
        initializers: [tensor({ name: 'w', dims: [width, width], external })],
        inputs: edge('x'),
        outputs: edge('y'),
      }),
    );
    const source = { s3Uri: `s3://${bucket}/${key}` };
    const version = await deploy(name, {
      artifact: { base64: Buffer.from(bytes).toString('base64') },
      externalData: [{ location: 'w.data', source }],
    });
    expect(version.httpStatus).toBe(202);
    expect(version.artifact.sizeBytes).toBeGreaterThan(weights.byteLength);
    const data = Array.from({ length: width }, (_, i) => (i === 7 ? 2 : 0));
    const served = await infer(name, { name: 'x', shape: [1, width], data });
    expect(served.slice(0, 3)).toEqual([0, 2 / width, 4 / width]);
    const left = await s3().send(
      new ListObjectsV2Command({ Bucket: stack().buckets.artifacts, Prefix: 'uploads/embedding/' }),
    );
    expect(left.KeyCount).toBe(0);
  }, 240_000);
});

describe('small files that unpack to a large artifact', () => {
  it('are left to the function that has the time', async () => {
    const { data: bucket } = stack().buckets;
    const [name, key] = [unique('shared'), `${unique('w')}.data`];
    const Body = new Uint8Array(2 ** 21);
    await new Upload({ client: s3(), params: { Bucket: bucket, Key: key, Body } }).done();
    const external = { location: 'w.data', offset: '0', length: `${2 ** 21}` };
    const bytes = model(
      graph({
        nodes: [node('ReduceMax', ['w0'], ['most']), node('Add', ['x', 'most'], ['y'])],
        initializers: Array.from({ length: 16 }, (_, i) =>
          tensor({ name: `w${i}`, dims: [2 ** 19], external }),
        ),
        inputs: [value('x', FLOAT, [1])],
        outputs: [value('y', FLOAT, [1])],
      }),
    );
    const version = await deploy(name, {
      artifact: { base64: Buffer.from(bytes).toString('base64') },
      externalData: [{ location: 'w.data', source: { s3Uri: `s3://${bucket}/${key}` } }],
    });
    expect(version.httpStatus).toBe(202);
    expect(version.artifact.sizeBytes).toBeGreaterThan(16 * 2 ** 21);
  }, 240_000);
});
