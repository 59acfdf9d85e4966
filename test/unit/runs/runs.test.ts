import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { logger } from '#shared/observability.ts';
import { handler } from '../../../functions/runs/handlers/api.ts';
import { addInputsAndOutputs } from '../../../functions/tracking/inputs.ts';
import { logBatch } from '../../../functions/tracking/log.ts';
import { createModel } from '../../../functions/tracking/models.ts';
import { createRun, updateRun } from '../../../functions/tracking/runs.ts';
import { invoke } from '../../helpers/invoke.ts';
import { trackingTable } from '../../helpers/tracking-table.ts';

process.env.TABLE_NAME = 'table';
process.env.DATA_BUCKET = 'data';
const SPACE = 'team-a';
const s3 = mockClient(S3Client);
const objects = new Map<string, string>();
const dvc = JSON.parse(
  readFileSync(new URL('../../references/dvc/dvc.json', import.meta.url), 'utf8'),
);

beforeEach(() => {
  trackingTable();
  objects.clear();
  s3.reset();
  s3.on(ListObjectsV2Command).callsFake(({ Prefix }) => ({
    Contents: [...objects]
      .filter(([key]) => key.startsWith(Prefix))
      .map(([Key, text]) => ({ Key, Size: text.length })),
  }));
  s3.on(GetObjectCommand).callsFake(({ Key }) => ({
    Body: Readable.from([Buffer.from(objects.get(Key) as string)]),
    ContentLength: Buffer.byteLength(objects.get(Key) as string),
  }));
  jest.spyOn(logger, 'warn').mockReturnValue();
});

const TAGS = {
  'mlflow.source.type': 'LOCAL',
  'mlflow.source.name': 'train.py',
  'mlflow.source.git.commit': 'a'.repeat(40),
  'mlflow.source.git.repoURL': 'https://me:secret@g.example/r.git',
  'mlflow.user': 'alice',
};
const at = (path: string) => `tracking/${SPACE}/${path}`;

async function begin(tags: Record<string, string> = TAGS) {
  const wanted = { experimentId: '0', userId: 'a', name: 'keen-owl', startTime: 1000 };
  const { info } = await createRun(SPACE, { ...wanted, tags: new Map(Object.entries(tags)) });
  const file = (path: string, text: string) =>
    objects.set(at(`0/${info.id}/artifacts/${path}`), text);
  return { id: info.id, file };
}

const get = (id: string, workspace = SPACE, limits = {}) =>
  invoke(handler, { path: `/api/v1/runs/${id}`, query: { workspace }, scopes: 'read', limits });
const reproduce = (id: string, body: object = {}, limits = {}) =>
  invoke(handler, {
    ...{ method: 'POST', path: `/api/v1/runs/${id}/reproduction`, scopes: 'read', limits },
    body: { workspace: SPACE, ...body },
  });

describe('a run', () => {
  it('is told with all that is kept of it as fields', async () => {
    const { id, file } = await begin();
    const model = await createModel(SPACE, {
      ...{ experimentId: '0', name: 'm', modelType: '', sourceRunId: id },
      ...{ params: new Map(), tags: new Map() },
    });
    const beside = (name: string, text: string) =>
      objects.set(at(`0/models/${model.id}/artifacts/${name}`), text);
    beside('requirements.txt', 'scikit-learn==1.9.1\n');
    beside('python_env.yaml', 'python: 3.10\nbuild_dependencies:\n- pip==24\n');
    beside('model.onnx', 'bytes');
    for (const [name, text] of Object.entries<string>(dvc.files)) file(name, text);
    file('.dvc/config', dvc.config);
    await logBatch(SPACE, id, {
      metrics: [
        { key: 'loss', value: Number.NaN, timestamp: 5, step: 2 },
        { key: 'system/cpu_utilization_percentage', value: 71, timestamp: 5, step: 0 },
      ],
      params: [{ key: 'random_state', value: '7' }],
      tags: [],
    });
    const source = JSON.stringify({ uri: '/home/alice/wages/data/wages.csv' });
    const dataset = { name: 'wages', digest: '1a2b3c4d', source_type: 'local', source };
    await addInputsAndOutputs(SPACE, id, {
      datasets: [{ tags: [{ key: 'mlflow.data.context', value: 'training' }], dataset }],
      modelOutputs: [{ model_id: model.id, step: 0 }],
    });
    await updateRun(SPACE, id, { status: 'FINISHED', endTime: 2000 });
    const { status, body } = await get(id);
    expect(status).toBe(200);
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(body).toMatchObject({
      ...{ id, workspace: SPACE, name: 'keen-owl', status: 'FINISHED', user: 'alice' },
      experiment: { id: '0', name: 'Default' },
      ...{ startedAt: '1970-01-01T00:00:01.000Z', endedAt: '1970-01-01T00:00:02.000Z' },
      source: { type: 'LOCAL', name: 'train.py' },
      git: { commit: 'a'.repeat(40), repository: 'https://g.example/r.git' },
      seeds: [{ name: 'random_state', value: '7' }],
      metrics: { loss: { value: 'NaN', step: 2, at: 5 } },
      systemMetrics: { 'system/cpu_utilization_percentage': { value: 71 } },
      models: { outputs: [{ id: model.id, step: 0 }] },
    });
    // Not 3.1, which it would be as a number.
    expect(body.environment.python).toBe('3.10');
    expect(body.environment.files.map((f: { path: string }) => f.path).sort()).toEqual([
      'python_env.yaml',
      'requirements.txt',
    ]);
    const md5 = 'aa9999429f86103997860965d5eefbab';
    const uri = `s3://research/dvc store/files/md5/aa/${md5.slice(2)}`;
    expect(body.data.map(({ name, object }: any) => [name, object])).toEqual([
      ['wages', { uri, path: 'data/wages.csv', md5, size: 25 }],
      ['data/images.dvc', expect.objectContaining({ isFolder: true, path: 'data/images' })],
      // Of the stage of train.py, which has no data of its own but this.
      ['prepared.csv', { uri, path: 'prepared.csv', md5, size: 25 }],
    ]);
    // DVC has its command.
    expect(body.source.command).toContain('cp prepared.csv model.txt');
  });

  it('has the remote of DVC that a tag names', async () => {
    const { id, file } = await begin({ ...TAGS, 'skiff.dvc.remote': 's3://mine/x' });
    file('data/wages.csv.dvc', dvc.files['data/wages.csv.dvc']);
    const [{ object }] = (await get(id)).body.data;
    expect(object.uri).toMatch(/^s3:\/\/mine\/x\/files\/md5\/aa\//);
  });

  it('has the data of a pipeline in a folder, by its path from the root', async () => {
    const { id, file } = await begin();
    file('models/dvc.lock', dvc.files['dvc.lock']);
    file('.dvc/config', dvc.config);
    const { body } = await get(id);
    expect(body.data.map(({ object }: any) => object.path)).toEqual(['models/prepared.csv']);
    expect(body.source.command).toContain('cp prepared.csv model.txt');
  });

  it('is told though its files are no YAML, too large, or elsewhere', async () => {
    const { id, file } = await begin();
    file('a.dvc', ': : :\n\t- {');
    file('b.dvc', `a: &a [x]\nouts: [*a, *a]\n`);
    file('c.dvc', 'x'.repeat(1_000_000));
    file('python_env.yaml', '- 1');
    const { status, body } = await get(id);
    expect([status, body.data, body.environment.python]).toEqual([200, [], undefined]);
    const gotten = s3.commandCalls(GetObjectCommand).map(({ args }) => args[0].input.Key);
    expect(gotten.some((key) => key?.endsWith('c.dvc'))).toBe(false);
  });

  it('is found in its workspace alone, by those who may look there', async () => {
    const { id } = await begin();
    expect((await get(id, 'team-b')).status).toBe(404);
    expect((await get('nothing')).status).toBe(404);
    expect((await get(id, 'Team A')).status).toBe(400);
    const limits = { workspaces: 'team-b' };
    for (const answer of [await get(id, SPACE, limits), await reproduce(id, {}, limits)]) {
      expect([answer.status, answer.body.detail]).toEqual([
        403,
        'this token is limited to other names than workspace "team-a"',
      ]);
    }
    expect((await get(id, 'default', limits)).status).toBe(403);
    expect((await get(id, SPACE, { workspaces: 'team-*' })).status).toBe(200);
  });
});

describe('its reproduction', () => {
  it('is a script, with what is missing of the run', async () => {
    const { id } = await begin();
    const { status, body } = await reproduce(id);
    expect([status, body.runnable, body.format]).toEqual([200, false, 'script']);
    expect(body.script).toContain(
      `git -C code checkout --quiet --force --detach '${'a'.repeat(40)}'`,
    );
    expect(body.script).not.toContain('secret');
    expect(body.missing.map(({ what }: { what: string }) => what)).toEqual([
      ...['command', 'environment', 'datasets', 'seeds', 'end', 'systemMetrics'],
    ]);
  });

  it('says that not all of its files were looked at', async () => {
    const { id, file } = await begin();
    for (let i = 0; i < 5000; i++) file(`images/${i}.png`, '');
    const whats = async () => (await reproduce(id)).body.missing.map((one: any) => one.what);
    expect(await whats()).not.toContain('files');
    file('requirements.txt', '');
    expect(await whats()).toContain('files');
  });

  it('is input for Step Functions, with a build for CodeBuild', async () => {
    const { id, file } = await begin();
    file('requirements.txt', 'numpy==2\n');
    const { status, body } = await reproduce(id, { format: 'state-machine' });
    expect([status, body.script]).toEqual([200, undefined]);
    const { input } = body;
    expect(input.environment.files).toEqual({ 'requirements.txt': 'numpy==2\n' });
    const { phases, env } = JSON.parse(input.buildspec);
    expect([env.shell, phases.build.commands]).toEqual(['bash', [input.script]]);
  });

  it('is refused where Step Functions would refuse it', async () => {
    const { id } = await begin();
    const params = Array.from({ length: 60 }, (_, i) => ({
      key: `p${i}`,
      value: 'v'.repeat(6000),
    }));
    await logBatch(SPACE, id, { metrics: [], params, tags: [] });
    const { status, body } = await reproduce(id, { format: 'state-machine' });
    expect([status, body.detail]).toEqual([422, expect.stringContaining('262144')]);
    expect((await reproduce(id)).status).toBe(200);
  });
});
