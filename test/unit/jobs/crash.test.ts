import { gunzipSync, gzipSync } from 'node:zlib';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { parquetReadObjects } from 'hyparquet';
import type { ParquetColumn } from '#core/parquet/pages.ts';
import { ParquetWriter } from '#core/parquet/writer.ts';
import { readJobProfile } from '#slices/jobs';
import { examples as registry } from '#slices/registry';
import { readSummedRows } from '#slices/traffic';
import { scoreShard } from '../../../functions/inference/batch/score-shard.ts';
import { beginJob, finishJob } from '../../../functions/jobs/workflow.ts';
import { readExample } from '../../../local/examples.ts';
import { deployed } from '../../helpers/examples.ts';
import { fakeS3 } from '../../helpers/fake-s3.ts';
import { serviceOf, servingEndpoint } from '../../helpers/inference.ts';
import { random as seeded } from '../../helpers/random.ts';

process.env.TABLE_NAME = 'table';
process.env.DATA_BUCKET = 'data';

const example = readExample('penguins');
const model = deployed(example);
const { sessions } = serviceOf({ e: model });
const host = { sessions, bucket: 'data' };
const s3 = fakeS3();
const documents = mockClient(DynamoDBDocumentClient);
type Stored = Record<string, any>;
const items = new Map<string, Stored>();
const keyOf = ({ pk, sk }: Stored) => `${pk}|${sk}`;
/** Throws now and then where a test wants workers to be killed. */
let kill = () => {};

const names = (model.signature.features ?? []).map(({ name }) => name);
const rows = example.expected.rows as Stored[];
const line = (row: Stored, n: number) =>
  `${n % 17 === 3 ? '"not\na number"' : names.map((name) => row[name] ?? '').join(',')}\n`;
const file = `${names.join(',')}\n${Array.from({ length: 2000 }, (_, n) => line(rows[n % rows.length] as Stored, n)).join('')}`;

/** Each job has a name of its own: workers keep the plan of the latest. */
let serial = 0;
let id = '';

function start(shardBytes: number): void {
  s3.reset();
  items.clear();
  id = `J${serial++}x`;
  s3.objects.set('data/batch/files/a.csv', Buffer.from(file));
  s3.objects.set(
    'data/batch/files/b.jsonl',
    Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join('')),
  );
  s3.objects.set('data/batch/files/_SUCCESS', new Uint8Array());
  const job = {
    ...{ id, status: 'queued', attempt: 1, endpoint: 'e', output: 'jsonl', requestedBy: 'alice' },
    ...{ input: { prefix: 'batch/files/' }, tolerance: { share: 0.2 }, shardBytes },
    ...{ outputPrefix: 'batch/out/e/J1/', createdAt: '2026-11-25T00:00:00.000Z' },
  };
  items.set(`JOB#${id}|CURRENT`, { pk: `JOB#${id}`, sk: 'CURRENT', ...job });
  items.set('ENDPOINT#e|CURRENT', { serving: servingEndpoint('e', model) });
}

beforeEach(() => {
  documents.reset();
  kill = () => {};
  s3.hooks.beforePut = () => kill();
  documents.on(GetCommand).callsFake(({ Key }) => {
    kill();
    return { Item: items.get(keyOf(Key)) };
  });
  documents.on(PutCommand).callsFake(({ Item }) => {
    kill();
    if (items.has(keyOf(Item))) {
      throw new ConditionalCheckFailedException({ message: 'there', $metadata: {} });
    }
    items.set(keyOf(Item), Item);
    kill();
    return {};
  });
  documents.on(QueryCommand).callsFake(({ ExpressionAttributeValues: { ':pk': pk } }) => ({
    Items: [...items.values()]
      .filter((item) => item.pk === pk && item.sk.startsWith('SHARD#'))
      .sort((a, b) => (a.sk < b.sk ? -1 : 1)),
  }));
  documents.on(TransactWriteCommand).callsFake(({ TransactItems }) => {
    for (const { Update } of TransactItems) {
      if (!Update) continue;
      const item = items.get(keyOf(Update.Key)) as Stored;
      for (const [, field, value] of Update.UpdateExpression.matchAll(/#(\w+) = (:\w+)/g)) {
        item[field] = Update.ExpressionAttributeValues[value];
      }
    }
    return {};
  });
});

/** What a job leaves in the bucket, but for when it did. */
const output = () =>
  new Map(
    [...s3.objects]
      .filter(([key]) => key.startsWith('data/batch/out/'))
      .map(([key, bytes]) => [key, Buffer.from(bytes).toString().replaceAll(id, 'J')] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

const event = (shard: number) => ({ job: id, attempt: 1, shard });

async function undisturbed(shardBytes: number) {
  start(shardBytes);
  const { shards } = await beginJob({ job: id, attempt: 1 }, 'x');
  for (const { shard } of shards) await scoreShard(host, event(shard));
  const job = await finishJob({ job: id, attempt: 1 });
  return { job, shards: shards.length, output: output() };
}

describe('a job', () => {
  it('accounts for every row of all objects, and marks success last', async () => {
    const { job, shards, output: found } = await undisturbed(8192);
    expect(job.status).toBe('succeeded');
    expect(shards).toBeGreaterThan(8);
    const manifest = JSON.parse(found.get('data/batch/out/e/J1/manifest.json') as string);
    const rejects = Math.ceil((2000 - 3) / 17);
    expect(manifest).toMatchObject({ rows: 2000 + rows.length, rejects });
    expect(manifest.results).toBe(2000 + rows.length - rejects);
    const places = manifest.parts.flatMap(({ key }: { key: string }) =>
      (found.get(`data/${key}`) as string)
        .split('\n')
        .filter(Boolean)
        .map((text) => JSON.parse(text)),
    );
    expect(new Set(places.map(({ object, row }: Stored) => `${object}/${row}`)).size).toBe(
      manifest.results,
    );
    expect([...found.keys()].filter((key) => /_SUCCESS$/.test(key))).toHaveLength(1);
  });

  it('says the same in any shards, but for where its parts begin', async () => {
    const results = async (shardBytes: number) => {
      const { output: found } = await undisturbed(shardBytes);
      const text = (pattern: RegExp) =>
        [...found]
          .filter(([key]) => pattern.test(key))
          .map(([, content]) => content)
          .join('');
      return [text(/J1\/part-/), text(/rejects\/part-/)];
    };
    expect(await results(8192)).toEqual(await results(10_000_000));
  });

  it.each([1, 2, 3, 4, 5])('ends the same when workers are killed at random (%i)', async (seed) => {
    const expected = await undisturbed(8192);
    start(8192);
    const random = seeded(seed);
    const { shards } = await beginJob({ job: id, attempt: 1 }, 'x');
    let killed = 0;
    kill = () => {
      if (random() > 0.25) return;
      killed++;
      throw new Error('killed');
    };
    // Each at least twice, in any order, as events that come twice would have it.
    const open = shards.flatMap(({ shard }) => [shard, shard]);
    while (open.length > 0) {
      const [shard = 0] = open.splice(Math.floor(random() * open.length), 1);
      await scoreShard(host, event(shard)).catch(() => open.push(shard));
    }
    kill = () => {};
    expect(killed).toBeGreaterThan(5);
    const job = await finishJob({ job: id, attempt: 1 });
    expect(job.status).toBe('succeeded');
    expect(output()).toEqual(expected.output);
  });

  it('cuts Parquet between row groups, and says the same of the rows in any shards', async () => {
    const groups = 12;
    const writer = new ParquetWriter((bytes) => gzipSync(bytes));
    const columns = (group: number) =>
      names.map((name): ParquetColumn => {
        const values = Array.from(
          { length: 200 },
          (_, i) => rows[(group + i) % rows.length]?.[name],
        );
        return values.some((value) => typeof value === 'string')
          ? { name, type: 'string', values: values.map((value) => value ?? null) }
          : { name, type: 'double', values: Float64Array.from(values, (v) => v ?? Number.NaN) };
      });
    for (let group = 0; group < groups; group++) writer.write(columns(group));
    const bytes = writer.finish();
    const scored = async (shardBytes: number) => {
      start(shardBytes);
      s3.objects.clear();
      s3.objects.set('data/batch/files/a.parquet', bytes);
      const { shards } = await beginJob({ job: id, attempt: 1 }, 'x');
      for (const { shard } of shards) await scoreShard(host, event(shard));
      const job = await finishJob({ job: id, attempt: 1 });
      expect([job.status, job.reason]).toEqual(['succeeded', undefined]);
      const manifest = JSON.parse(output().get('data/batch/out/e/J1/manifest.json') as string);
      const text = manifest.parts
        .map(({ key }: { key: string }) => output().get(`data/${key}`))
        .join('');
      return { shards: shards.length, rows: manifest.results, text };
    };
    const [cut, whole] = [await scored(4096), await scored(10_000_000)];
    expect(whole).toMatchObject({ shards: 1, rows: groups * 200 });
    expect(cut.shards).toBeGreaterThan(3);
    expect(cut.shards).toBeLessThanOrEqual(groups);
    expect([cut.rows, cut.text]).toEqual([whole.rows, whole.text]);
  });

  it('leaves a profile of what it scored, whose counts do not depend on the shards', async () => {
    const profiled = async (shardBytes: number) => {
      const { output: found, job } = await undisturbed(shardBytes);
      const profile = JSON.parse(found.get('data/batch/out/e/J1/profile.json') as string);
      expect(await readJobProfile(id)).toEqual({ job, profile });
      return profile.columns.map(({ name, count, missing, distinct }: Stored) => [
        ...[name, count, missing, distinct],
      ]);
    };
    const found = await profiled(8192);
    expect(found).toEqual(await profiled(10_000_000));
    const rejects = Math.ceil((2000 - 3) / 17);
    expect(found.map(([name]: [string]) => name)).toEqual(
      expect.arrayContaining(names.map((name) => `in_${name}`)),
    );
    expect(found[0][1]).toBe(2000 + rows.length - rejects);
    s3.objects.delete('data/batch/out/e/J1/profile.json');
    await expect(readJobProfile(id)).rejects.toThrow(`the job "${id}" has no profile`);
  });

  describe('and the monitor of its endpoint', () => {
    const of = () => ({ job: id, attempt: 1 });
    const kept = () => [...s3.objects.keys()].filter((key) => /row-profiles/.test(key));
    async function scored(changes: object): Promise<void> {
      start(10_000_000);
      Object.assign(items.get(`JOB#${id}|CURRENT`) as Stored, changes);
      const { shards } = await beginJob(of(), 'x');
      for (const { shard } of shards) await scoreShard(host, event(shard));
    }

    it('knows what it scored, once, in the minute of its end, whenever that is told', async () => {
      await scored({});
      s3.hooks.beforePut = () => {
        if (items.get(`JOB#${id}|CURRENT`)?.status === 'succeeded') throw new Error('killed');
      };
      const end = Date.parse('2026-11-25T21:59:59.999Z');
      await expect(finishJob(of(), new Date(end))).rejects.toThrow('killed');
      expect(kept()).toEqual([]);
      s3.hooks.beforePut = () => {};
      for (const hours of [1, 2]) await finishJob(of(), new Date(end + hours * 3_600_000));
      expect(kept()).toEqual([`data/row-profiles/e/dt=2026-11-25/hr=21/default-job-${id}.json`]);
      const span = { from: end - 59_999, to: end + 1 };
      const found = [];
      for await (const summed of readSummedRows({ endpoint: 'e', ...span })) found.push(summed);
      const { profile } = await readJobProfile(id);
      expect(found).toEqual([
        {
          ...{ variant: 'default', model: 'm', version: 7, revision: 3, profile },
          ...{ from: '2026-11-25T21:59:00.000Z', to: '2026-11-25T22:00:00.000Z' },
        },
      ]);
    });

    it.each([
      ['asked not to', { monitor: false }, 'succeeded'],
      ['it failed', { tolerance: { count: 5 } }, 'failed'],
    ])('knows nothing where %s', async (_, changes, status) => {
      await scored(changes);
      expect(await finishJob(of())).toMatchObject({ status });
      expect(kept()).toEqual([]);
    });
  });

  it('is scored by a version that is named, in Parquet where asked; by approved ones only', async () => {
    const artifact = servingEndpoint('e', model).variants[0]?.artifact;
    const approved = registry.getVersion?.answer as Stored;
    const version = {
      ...approved,
      ...{ model: 'birds', version: 3, signature: model.signature },
      artifact: { ...approved.artifact, ...artifact },
    };
    const begun = async (status: string) => {
      start(8192);
      const job = items.get(`JOB#${id}|CURRENT`) as Stored;
      Object.assign(job, { endpoint: undefined, model: 'birds', version: 3, output: 'parquet' });
      items.set('MODEL#birds|CURRENT', { ...(registry.getModel?.answer as Stored), name: 'birds' });
      items.set('MODEL#birds|VERSION#000000003', { ...version, status });
      return beginJob({ job: id, attempt: 1 }, 'x');
    };
    expect(await begun('rejected')).toMatchObject({ proceed: false });
    expect(items.get(`JOB#${id}|CURRENT`)).toMatchObject({
      ...{ status: 'failed', reason: expect.stringContaining('only approved versions score jobs') },
    });
    for (const { shard } of (await begun('approved')).shards) await scoreShard(host, event(shard));
    expect(await finishJob({ job: id, attempt: 1 })).toMatchObject({
      ...{ status: 'succeeded', model: 'birds', version: 3 },
    });
    expect([...s3.objects.keys()].some((key) => key.includes('row-profiles'))).toBe(false);
    const parts = [...s3.objects].filter(([key]) => /part-\d+\.parquet$/.test(key));
    const found = await Promise.all(
      parts.map(([, bytes]) =>
        parquetReadObjects({
          file: new Uint8Array(bytes).buffer,
          compressors: { GZIP: (packed: Uint8Array) => gunzipSync(packed) },
        }),
      ),
    );
    const versions = found.flat().map((row) => row.model_version);
    expect([versions.length, new Set(versions)]).toEqual([
      2000 + rows.length - Math.ceil((2000 - 3) / 17),
      new Set([3]),
    ]);
  });

  it('fails where a shard is missing, or too many rows were refused', async () => {
    start(8192);
    const { shards } = await beginJob({ job: id, attempt: 1 }, 'x');
    for (const { shard } of shards.slice(1)) await scoreShard(host, event(shard));
    expect(await finishJob({ job: id, attempt: 1 })).toMatchObject({
      ...{ status: 'failed', reason: 'shard 0 was not scored' },
    });
    start(8192);
    (items.get(`JOB#${id}|CURRENT`) as Stored).tolerance = { count: 5 };
    for (const { shard } of (await beginJob({ job: id, attempt: 1 }, 'x')).shards) {
      await scoreShard(host, event(shard));
    }
    const { status, reason } = await finishJob({ job: id, attempt: 1 });
    expect([status, reason]).toEqual([
      'failed',
      expect.stringMatching(/rows could not be scored, more than 5$/),
    ]);
    expect([...output().keys()].some((key) => key.endsWith('_SUCCESS'))).toBe(false);
  });

  it('reads one object where its whole key is given', async () => {
    start(8192);
    s3.objects.set('data/batch/files/a.csv.old.csv', Buffer.from(file));
    (items.get(`JOB#${id}|CURRENT`) as Stored).input = { prefix: 'batch/files/a.csv' };
    await beginJob({ job: id, attempt: 1 }, 'x');
    expect(items.get(`JOB#${id}|CURRENT`)).toMatchObject({ status: 'running', objects: 1 });
  });

  it('leaves the work of another attempt or execution alone', async () => {
    start(8192);
    expect(await beginJob({ job: id, attempt: 2 }, 'x')).toMatchObject({ proceed: false });
    expect(await beginJob({ job: id, attempt: 1 }, 'x')).toMatchObject({ proceed: true });
    expect(await beginJob({ job: id, attempt: 1 }, 'y')).toMatchObject({ proceed: false });
    await scoreShard(host, { job: id, attempt: 2, shard: 0 });
    expect([...items.keys()].some((key) => key.includes('SHARD#'))).toBe(false);
  });

  it('fails in words where its input cannot be read', async () => {
    start(8192);
    s3.objects.delete('data/batch/files/a.csv');
    s3.objects.set('data/batch/files/c.csv', Buffer.from('x,y\n1,2\n'));
    expect(await beginJob({ job: id, attempt: 1 }, 'x')).toMatchObject({ proceed: true });
    await scoreShard(host, event(0));
    expect(items.get(`JOB#${id}|CURRENT`)).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/^"batch\/files\/c.csv": its first line has 2 fields/),
    });
  });
});
