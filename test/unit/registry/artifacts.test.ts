import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  DeleteObjectCommand,
} from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { inspectModel } from '#core/onnx/inspect.ts';
import { bytesField, textField } from '#core/onnx/protobuf.ts';
import { deriveSignature } from '#core/signature/derive.ts';
import { logger } from '#shared/observability.ts';
import { bytesToMove, storeArtifact } from '../../../functions/registry/artifacts.ts';
import { NewVersion } from '../../../functions/registry/schema.ts';
import { findSources } from '../../../functions/registry/sources.ts';
import { fakeS3 } from '../../helpers/fake-s3.ts';
import * as b from '../../helpers/onnx-builder.ts';

const MIB = 2 ** 20;
Object.assign(process.env, {
  AWS_REGION: 'eu-central-1',
  ARTIFACTS_BUCKET: 'artifacts',
  DATA_BUCKET: 'data',
  SKIFF_MAX_ARTIFACT_BYTES: `${64 * MIB}`,
  SKIFF_SYNC_ARTIFACT_BYTES: `${16 * MIB}`,
});
const s3 = fakeS3();
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const base64 = (bytes: Uint8Array) => ({ base64: Buffer.from(bytes).toString('base64') });

interface Weight {
  readonly offset: number;
  readonly length: number;
}

/** Each weight is a tensor of bytes in the file `w.data`; the model adds the first two. */
const split = (weights: readonly Weight[], nodes = [b.node('Add', ['x', 'w0'], ['y'])]) =>
  b.model(
    b.graph({
      nodes,
      initializers: weights.map(({ offset, length }, i) =>
        b.tensor({
          name: `w${i}`,
          type: 2,
          dims: [length],
          external: { location: 'w.data', offset: `${offset}`, length: `${length}` },
        }),
      ),
      inputs: [b.value('x', 2, ['n'])],
      outputs: [b.value('y', 2, ['n'])],
    }),
    b.opset(13),
    b.opset(1, 'ai.onnx.ml'),
  );

/** Bytes that differ from place to place. */
const noise = (length: number) => {
  const words = new Uint32Array(Math.ceil(length / 4)).map((_, i) => Math.imul(i, 0x9e3779b1));
  return new Uint8Array(words.buffer, 0, length);
};
const register = async (model: Uint8Array, sha256?: string) =>
  findSources(
    NewVersion.parse({
      artifact: base64(model),
      externalData: [{ location: 'w.data', source: { s3Uri: 's3://data/w.data', sha256 } }],
    }),
  );
/** What the weights' tensors must hold once they are embedded. */
const weightsOf = (data: Uint8Array, weights: readonly Weight[]) =>
  weights.map(({ offset, length }) => digestOf(data.subarray(offset, offset + length)));
const keys = () => [...s3.objects.keys()].sort();

beforeEach(s3.reset);

describe('a model with a companion file', () => {
  const MANY: Weight[] = [
    { offset: 12 * MIB, length: 8 * MIB - 3 },
    { offset: 5, length: 12 * MIB },
    { offset: 4 * MIB, length: 100 },
    { offset: 4 * MIB + 100, length: 7 },
    { offset: 0, length: 0 },
  ];
  const data = noise(20 * MIB);

  it('is stored under the digest of the whole, and nothing else stays', async () => {
    s3.objects.set('data/w.data', data);
    const artifact = await storeArtifact(await register(split(MANY), digestOf(data)));
    const key = `artifacts/artifacts/sha256/${artifact.sha256}`;
    expect(keys()).toEqual([key, 'data/w.data']);
    const stored = s3.objects.get(key) as Uint8Array;
    expect([digestOf(stored), stored.length]).toEqual([artifact.sha256, artifact.sizeBytes]);
    expect(inspectModel(stored)).toEqual(artifact.inspection);
    expect(artifact.changes).toEqual([`external data embedded: w.data (sha256 ${digestOf(data)})`]);
    expect(artifact.uploaded.sizeBytes).toBe(split(MANY).length);
    expect(s3.mock.commandCalls(DeleteObjectCommand)[0]?.args[0].input.VersionId).toBe('v1');
  });

  it('has its weights where its graph wants them, in any order of the file', async () => {
    s3.objects.set('data/w.data', data);
    const { sha256 } = await storeArtifact(await register(split(MANY)));
    const stored = Buffer.from(
      s3.objects.get(`artifacts/artifacts/sha256/${sha256}`) as Uint8Array,
    );
    const found = MANY.map(({ length }, i) => {
      // dims, type, name: what stands between a tensor's name and its data is one header.
      const name = stored.indexOf(Buffer.from(textField(8, `w${i}`)));
      const body = bytesField(9, new Uint8Array(length)).length - length;
      const start = name + textField(8, `w${i}`).length + body;
      return digestOf(stored.subarray(start, start + length));
    });
    expect(found).toEqual(weightsOf(data, MANY));
  });

  it('is read and written a few megabytes at a time', async () => {
    s3.objects.set('data/w.data', data);
    await storeArtifact(await register(split(MANY)));
    expect(Math.max(...s3.calls.read, ...s3.calls.written)).toBe(8 * MIB);
    // Three blocks to verify it, and few more than once for tensors out of order.
    expect(s3.calls.read.length).toBeLessThanOrEqual(9);
  });

  it('may be small, or inline', async () => {
    const model = b.addModel({ external: { location: 'w.data', offset: '8', length: '8' } });
    const weights = noise(16);
    const request = {
      artifact: base64(model),
      externalData: [{ location: 'w.data', source: base64(weights) }],
    };
    const { sha256, sizeBytes } = await storeArtifact(await findSources(NewVersion.parse(request)));
    const stored = s3.objects.get(`artifacts/artifacts/sha256/${sha256}`);
    expect(stored?.length).toBe(sizeBytes);
    expect(Buffer.from(stored ?? []).includes(Buffer.from(weights.subarray(8)))).toBe(true);
  });

  it('loses its ZipMap before its weights arrive', async () => {
    s3.objects.set('data/w.data', data);
    const labels = b.attribute('classlabels_strings', textField(9, 'no'), textField(9, 'yes'));
    const nodes = [
      b.node('Add', ['x', 'w0'], ['p']),
      b.node('ZipMap', ['p'], ['y'], 'ai.onnx.ml', [labels]),
    ];
    const artifact = await storeArtifact(await register(split(MANY, nodes)));
    const stored = s3.objects.get(`artifacts/artifacts/sha256/${artifact.sha256}`) as Uint8Array;
    expect(artifact.changes.map((change) => change.split(' ')[0])).toEqual(['ZipMap', 'external']);
    expect(inspectModel(stored)).toEqual(artifact.inspection);
    expect(artifact.inspection.classLabels[0]?.labels).toEqual(['no', 'yes']);
    expect(deriveSignature(artifact.inspection).outputs[0]).toMatchObject({ shape: [-1, 2] });
  });

  it('is refused where the companion is not what was announced, before anything is written', async () => {
    s3.objects.set('data/w.data', data);
    const sources = await register(split(MANY), 'a'.repeat(64));
    await expect(storeArtifact(sources)).rejects.toMatchObject({ code: 'invalid' });
    expect(s3.calls.written).toEqual([]);
  });

  it('is refused where the companion changes while it is read', async () => {
    s3.objects.set('data/w.data', data);
    const sources = await register(split(MANY));
    s3.hooks.afterRead = () => s3.objects.set('data/w.data', data.toReversed());
    await expect(storeArtifact(sources)).rejects.toMatchObject({ code: 'conflict' });
    expect(s3.calls.written).toEqual([]);
  });

  it('leaves nothing where a part cannot be written', async () => {
    s3.objects.set('data/w.data', data);
    s3.hooks.beforePart = (number) => {
      if (number === 2) throw new Error('no space');
    };
    await expect(storeArtifact(await register(split(MANY)))).rejects.toThrow('no space');
    expect(s3.mock.commandCalls(AbortMultipartUploadCommand)).toHaveLength(1);
    expect(keys()).toEqual(['data/w.data']);
  });

  it('leaves nothing where the copy fails', async () => {
    s3.objects.set('data/w.data', data);
    s3.hooks.beforeCopy = () => {
      throw new Error('slow down');
    };
    await expect(storeArtifact(await register(split(MANY)))).rejects.toThrow('slow down');
    expect(keys()).toEqual(['data/w.data']);
  });
});

describe('a temporary object that cannot be removed', () => {
  it('is left to the rule of its bucket: the artifact is stored all the same', async () => {
    s3.objects.set('data/w.data', noise(MIB));
    s3.hooks.beforeRemoval = () => {
      throw new Error('not now');
    };
    const warn = jest.spyOn(logger, 'warn').mockImplementation(() => {});
    const { sha256 } = await storeArtifact(await register(split([{ offset: 0, length: MIB }])));
    expect(s3.objects.has(`artifacts/artifacts/sha256/${sha256}`)).toBe(true);
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });
});

describe('a location that is given twice', () => {
  it('is refused by its field', async () => {
    const twice = { location: 'w.data', source: base64(noise(8)) };
    const request = { artifact: base64(b.addModel()), externalData: [twice, twice] };
    await expect(findSources(NewVersion.parse(request))).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('externalData[1].location'),
    });
  });
});

describe('weights that share a range', () => {
  const shared = (times: number) =>
    split(Array.from({ length: times }, () => ({ offset: 0, length: MIB })));

  it('count as often as they are unpacked', async () => {
    s3.objects.set('data/w.data', noise(MIB));
    const few = await register(shared(2));
    expect(few.totalBytes).toBeLessThan(2 * MIB);
    expect(await bytesToMove(few)).toBeGreaterThan(2 * MIB);
    expect(await bytesToMove(await register(shared(30)))).toBeGreaterThan(30 * MIB);
  });

  it('are refused before a byte is written where the whole is too large', async () => {
    s3.objects.set('data/w.data', noise(MIB));
    const sources = await register(shared(65));
    await expect(storeArtifact(sources)).rejects.toMatchObject({ code: 'too-large' });
    await expect(bytesToMove(sources)).rejects.toMatchObject({ code: 'too-large' });
    expect(s3.calls.written).toEqual([]);
  });
});

describe('a model in one file', () => {
  it('is copied as it is, and its size is what a registration moves', async () => {
    const bytes = b.addModel();
    s3.objects.set('data/m.onnx', bytes);
    const request = NewVersion.parse({ artifact: { s3Uri: 's3://data/m.onnx' } });
    const sources = await findSources(request);
    expect(await bytesToMove(sources)).toBe(bytes.length);
    const artifact = await storeArtifact(sources);
    expect(artifact).toMatchObject({ sha256: digestOf(bytes), changes: [] });
    expect(s3.mock.commandCalls(CopyObjectCommand)).toHaveLength(1);
    expect(s3.objects.get(`artifacts/artifacts/sha256/${artifact.sha256}`)).toEqual(bytes);
  });

  it('is refused where it changes between reading and copying', async () => {
    s3.objects.set('data/m.onnx', b.addModel());
    const request = NewVersion.parse({ artifact: { s3Uri: 's3://data/m.onnx' } });
    const sources = await findSources(request);
    s3.hooks.beforeCopy = () => s3.objects.set('data/m.onnx', noise(100));
    await expect(storeArtifact(sources)).rejects.toMatchObject({ code: 'conflict' });
    expect(keys()).toEqual(['data/m.onnx']);
  });
});
