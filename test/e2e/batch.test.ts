import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parquetReadObjects } from 'hyparquet';
import { catalogue, type EventName } from '../../events/catalogue.ts';
import { readExample } from '../../local/examples.ts';
import { verdictOf } from '../../local/verdict.ts';
import { listen } from '../helpers/bus.ts';
import { dataBucket } from '../helpers/data-bucket.ts';
import { api, force, stack, UNEXAMINED, unique, writeUnexaminedPolicy } from '../helpers/stack.ts';

const example = readExample('penguins');
const model = unique('penguins');
const approvedModel = unique('approved');
const endpoint = unique('batch');
const JOBS = '/api/v1/jobs';
const MINUTE = 60_000;
type Row = Record<string, any>;
const rows = example.expected.rows as Row[];
const names = Object.keys(rows[0] as Row);
const line = (row: Row) => `${names.map((name) => row[name] ?? '').join(',')}\n`;

beforeAll(async () => {
  await writeUnexaminedPolicy();
  await api.call('PUT', `/api/v1/policies/${approvedModel}`, { body: { gates: [] } });
  const policies = { [model]: UNEXAMINED, [approvedModel]: approvedModel };
  const artifact = { base64: Buffer.from(example.artifact).toString('base64') };
  for (const [name, policy] of Object.entries(policies)) {
    const body = { name, task: 'multiclass', policy };
    await api.call('POST', '/api/v1/models', { body });
    const version = { ...example.version, artifact };
    await api.call('POST', `/api/v1/models/${name}/versions`, { body: version });
  }
  await api.call('PUT', `/api/v1/endpoints/${endpoint}`, {
    body: { variants: [{ model, version: 1 }], force },
  });
});

const ended = (job: Row) => !['queued', 'running'].includes(job.status);

async function until(id: string, isSo: (job: Row) => boolean): Promise<Row> {
  for (let i = 0; ; i++) {
    const job = await api.call('GET', `${JOBS}/${id}`);
    if (isSo(job) || i === 1200) return job;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What the endpoint answers over HTTP, without ids. */
async function overHttp(wanted: readonly Row[]): Promise<Row[]> {
  const { predictions } = await api.call('POST', `/api/v1/endpoints/${endpoint}/predictions`, {
    body: { rows: wanted },
  });
  return predictions.map(({ predictionId: _, ...rest }: Row) => rest);
}

const parsed = (text: Buffer): Row[] =>
  text
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((one) => JSON.parse(one));

describe('a file that is dropped', () => {
  it('comes back scored: results, rejects, manifest, and success last', async () => {
    const name = `${unique('drop')}.csv`;
    const key = `batch/in/${endpoint}/${name}`;
    const bad = { ...rows[0], [names.at(-1) as string]: 'heavy' };
    const more = Array.from({ length: 20 }, (_, i) => rows[i % rows.length] as Row);
    await dataBucket().put(key, `${names.join(',')}\n${[...more, bad].map(line).join('')}`);
    let found: Row | undefined;
    for (let i = 0; i < 120 && !found; i++) {
      const { items } = await api.call('GET', `${JOBS}?limit=50`);
      found = items.find((job: Row) => job.input.prefix === key);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    const job = await until(found?.id, ended);
    expect(job).toMatchObject({ status: 'succeeded', endpoint, model, version: 1, shards: 1 });
    expect(job.progress).toMatchObject({ shardsDone: 1, rows: 21, results: 20, rejects: 1 });
    expect(job.progress.costUsd).toBeGreaterThan(0);
    expect(await dataBucket().keys(job.outputPrefix)).toEqual(
      [
        '_SUCCESS',
        '_plan.json',
        '_profiles/part-00000.json',
        'manifest.json',
        'part-00000.jsonl',
        'profile.json',
        'rejects/part-00000.jsonl',
      ].sort(),
    );
    const manifest = JSON.parse(
      (await dataBucket().read(`${job.outputPrefix}manifest.json`)).toString(),
    );
    expect(manifest).toMatchObject({ rows: 21, results: 20, rejects: 1, modelVersion: 1 });
    const part = await dataBucket().read(manifest.parts[0].key);
    expect(createHash('sha256').update(part).digest('hex')).toBe(manifest.parts[0].sha256);
    const wanted = await overHttp(more);
    expect(parsed(part)).toEqual(
      wanted.map((row, i) => ({ object: 0, row: i + 1, ...row, modelVersion: 1 })),
    );
    const [reject] = parsed(await dataBucket().read(manifest.rejected[0].key));
    expect(reject).toMatchObject({
      ...{ row: 21, line: 22, raw: line(bad).trim() },
      reason: `${names.at(-1)}: "heavy" is not a number`,
    });
  });
});

describe('a job', () => {
  const folder = unique('files');
  const wanted = (more: object = {}) => ({
    ...{ endpoint, input: { prefix: `batch/files/${folder}/` }, shardBytes: 4096, ...more },
  });
  const many = Array.from({ length: 1200 }, (_, i) => rows[i % rows.length] as Row);

  beforeAll(async () => {
    await dataBucket().put(
      `batch/files/${folder}/a.csv`,
      `${names.join(';')}\n${many.map(line).join('').replaceAll(',', ';')}`,
    );
    await dataBucket().put(
      `batch/files/${folder}/b.jsonl.gz`,
      gzipSync(many.map((row) => JSON.stringify(row)).join('\n')),
    );
  });

  it('is started once by one key, scores many objects in many shards, and is audited', async () => {
    const headers = { 'idempotency-key': unique('key') };
    const first = await api.request('POST', JOBS, { body: wanted({ output: 'csv' }), headers });
    expect(first.status).toBe(202);
    const again = await api.request('POST', JOBS, { body: wanted({ output: 'csv' }), headers });
    expect(again.body.id).toBe(first.body.id);
    const job = await until(first.body.id, ended);
    expect(job).toMatchObject({ status: 'succeeded', objects: 2 });
    expect(job.shards).toBeGreaterThan(5);
    expect(job.progress).toMatchObject({ rows: 2400, results: 2400, shardsDone: job.shards });
    const { items } = await api.call(
      'GET',
      `/api/v1/audit?resource=${encodeURIComponent(`job/${job.id}`)}`,
    );
    expect(items.map(({ action }: Row) => action).sort()).toEqual([
      'job.finish',
      'job.request',
      'job.start',
    ]);
  });

  it('is scored by a version into Parquet, announced on the bus, and leaves a profile', async () => {
    const approved = { endpoint: undefined, model: approvedModel, version: 1, output: 'parquet' };
    expect(await verdictOf(stack(), approvedModel, 1)).toMatchObject({ status: 'approved' });
    const { queue, end } = await listen({ model: [approvedModel] });
    const { id } = await api.call('POST', JOBS, { body: wanted(approved) });
    const job = await until(id, ended);
    expect(job).toMatchObject({ status: 'succeeded', model: approvedModel, version: 1 });
    const events = await queue.receive(3);
    await end();
    for (const { detail, 'detail-type': type } of events) {
      catalogue[type as EventName].strict().parse(detail);
    }
    expect(events.map((event) => [event['detail-type'], event.detail.job]).sort()).toEqual(
      ['JobFinished', 'JobRequested', 'JobStarted'].map((type) => [type, id]),
    );
    const keys = await dataBucket().keys(job.outputPrefix);
    const parts = keys.filter((key) => /^part-\d+\.parquet$/.test(key));
    expect(parts).toHaveLength(job.shards);
    const bytes = await dataBucket().read(job.outputPrefix + parts[0]);
    const found = await parquetReadObjects({
      file: new Uint8Array(bytes).buffer,
      compressors: { GZIP: (packed: Uint8Array) => gunzipSync(packed) },
    });
    const [answer] = await overHttp([many[0] as Row]);
    expect(found[0]).toMatchObject({ object: 0, row: 1n, label: answer?.label, model_version: 1 });
    const profile = await api.call('GET', `${JOBS}/${id}/profile`);
    expect(profile).toMatchObject({ job: id, model: approvedModel, version: 1, rows: 2400 });
    const columns = profile.columns.map(({ name }: Row) => name);
    expect(columns).toEqual(expect.arrayContaining(names.map((name) => `in_${name}`)));
  });

  it('is cancelled, and resumed to the same output', async () => {
    const prefix = `batch/files/${unique('long')}/`;
    const long = Array.from({ length: 20 }, () => many.map(line).join('')).join('');
    await dataBucket().put(`${prefix}a.csv`, `${names.join(',')}\n${long}`);
    const body = wanted({ input: { prefix }, shardBytes: 16_384 });
    const whole = await until((await api.call('POST', JOBS, { body })).id, ended);
    const { id } = await api.call('POST', JOBS, { body });
    await until(id, ({ status, progress }) => status !== 'queued' && progress.shardsDone > 1);
    const cancelled = await api.request('DELETE', `${JOBS}/${id}`);
    expect([cancelled.status, cancelled.body.status]).toEqual([200, 'cancelled']);
    expect(await dataBucket().keys(cancelled.body.outputPrefix)).not.toContain('_SUCCESS');
    const resumed = await api.request('POST', `${JOBS}/${id}/resume`);
    expect([resumed.status, resumed.body.attempt]).toEqual([202, 2]);
    const job = await until(id, ended);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 2, shards: whole.shards });
    const manifestOf = async ({ outputPrefix }: Row) => {
      const text = (await dataBucket().read(`${outputPrefix}manifest.json`)).toString();
      return text.replaceAll(/J?[0-9A-Z]{26}/g, 'ID');
    };
    expect(await manifestOf(job)).toBe(await manifestOf(whole));
  });

  it('fails in words', async () => {
    const missing = { ...wanted(), input: { prefix: 'batch/files/nothing/' } };
    const { id } = await api.call('POST', JOBS, { body: missing });
    expect(await until(id, ended)).toMatchObject({
      ...{ status: 'failed', reason: 'there is no object below "batch/files/nothing/"' },
    });
    const out = await api.request('POST', JOBS, {
      body: { ...wanted(), input: { prefix: 'captures/' } },
    });
    expect(out.body.errors[0].field).toBe('input.prefix');
    expect((await api.request('DELETE', `${JOBS}/${id}`)).status).toBe(409);
    expect((await api.request('GET', `${JOBS}/unknown`)).status).toBe(404);
  });

  it('is seen by the monitor of its endpoint, in the minute that it ended', async () => {
    const path = `/api/v1/endpoints/${endpoint}/monitor`;
    await api.call('PUT', path, { body: { reference: { kind: 'first-window' } } });
    const { items } = await api.call('GET', `${JOBS}?limit=50`);
    const own = items.filter((job: Row) => job.endpoint === endpoint);
    const jobs = await Promise.all(own.map(({ id }: Row) => api.call('GET', `${JOBS}/${id}`)));
    const done = jobs.filter(({ status }) => status === 'succeeded');
    const minuteOf = (job: Row) => Math.floor(Date.parse(job.finishedAt) / MINUTE) * MINUTE;
    const from = Math.min(...done.map(minuteOf));
    const left = Math.max(0, from + MINUTE + 500 - Date.now());
    await new Promise((resolve) => setTimeout(resolve, left));
    const body = { from: new Date(from).toISOString() };
    const to = new Date(from + MINUTE).toISOString();
    const report = await api.call('POST', `${path}/runs`, { body: { ...body, to } });
    const scored = done.filter((job: Row) => minuteOf(job) === from);
    const results = scored.reduce((sum: number, job: Row) => sum + job.progress.results, 0);
    expect(results).toBeGreaterThan(0);
    expect(report).toMatchObject({ rows: results });
  });
});
