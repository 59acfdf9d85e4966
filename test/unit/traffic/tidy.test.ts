import { DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { TrafficTally } from '#core/traffic/summary.ts';
import { readCaptures } from '../../../functions/traffic/captures.ts';
import { compactHour } from '../../../functions/traffic/compaction.ts';
import { rollUp } from '../../../functions/traffic/roll-up.ts';
import { readTraffic } from '../../../functions/traffic/traffic.ts';
import { INSTANCE, readParquet, recorderOf } from '../../helpers/capture.ts';
import { fakeS3 } from '../../helpers/fake-s3.ts';
import { clientOf, serviceOf } from '../../helpers/inference.ts';
import { echoModel } from '../../helpers/tiny-model.ts';

Object.assign(process.env, { TABLE_NAME: 'table', DATA_BUCKET: 'data' });
const db = mockClient(DynamoDBDocumentClient);
const s3 = fakeS3();
let items: Record<string, any>[] = [];

beforeEach(() => {
  s3.reset();
  db.reset();
  items = [];
  db.on(QueryCommand).callsFake(async ({ ExpressionAttributeValues: values }) => ({
    Items: items
      .filter(({ sk }) => sk >= values[':from'] && sk <= values[':to'])
      .sort((a, b) => (a.sk < b.sk ? -1 : 1)),
  }));
  db.on(PutCommand).callsFake(async ({ Item }) => {
    items = [...items.filter(({ sk }) => sk !== Item.sk), Item];
  });
});

const HOUR = Date.parse('2026-11-25T21:00Z');
const NEXT = HOUR + 3_600_000;

function put(minute: string, requests: number, more: object = {}) {
  const tally = new TrafficTally();
  for (let i = 0; i < requests; i++) tally.addRequest({ status: 200, rows: 1, latencyMs: i });
  const item = { variant: 'a', model: 'm', version: 1, revision: 1, instance: 'i', before: 0 };
  const made = { ...item, minute, ...more, summary: JSON.stringify(tally) };
  items.push({ ...made, sk: `${minute}#${made.variant}#${made.revision}#${made.instance}` });
}

describe('an hour of traffic', () => {
  it('is rolled up into one item a version, which says the same as its minutes', async () => {
    put('2026-11-25T21:00Z', 5);
    put('2026-11-25T21:59Z', 7, { before: 8 });
    put('2026-11-25T21:30Z', 2, { instance: 'j' });
    put('2026-11-25T21:30Z', 3, { variant: 'b', version: 2, revision: 2 });
    put('2026-11-25T22:00Z', 4, { before: 15 });
    const span = { from: HOUR, to: NEXT + 60_000 };
    const before = await readTraffic('e', span);
    await rollUp('e', HOUR);
    await rollUp('e', HOUR);
    const rolled = items.filter(({ sk }) => sk.startsWith('H'));
    expect(rolled.map(({ sk }) => sk)).toEqual(['H2026-11-25T21Z#a#1', 'H2026-11-25T21Z#b#2']);
    items = items.filter(({ sk }) => !sk.startsWith('2026-11-25T21'));
    const after = await readTraffic('e', span);
    expect(after.variants.map((v) => [v.variant, v.summary.requests])).toEqual([
      ['a', 18],
      ['b', 3],
    ]);
    expect(after.variants.map(({ summary }) => summary.rows)).toEqual(
      before.variants.map(({ summary }) => summary.rows),
    );
    expect([before.missing, after.missing]).toEqual([3, 3]);
  });

  it('is read minute by minute where steps are finer, or the hour is not whole', async () => {
    put('2026-11-25T21:10Z', 5);
    put('2026-11-25T21:50Z', 7, { before: 5 });
    await rollUp('e', HOUR);
    const fine = await readTraffic('e', { from: HOUR, to: NEXT, step: 60_000 });
    expect(fine.steps.map(({ variants }) => variants[0]?.summary.requests)).toEqual([5, 7]);
    const part = await readTraffic('e', { from: HOUR + 1_200_000, to: NEXT + 1_200_000 });
    expect(part.variants[0]?.summary.requests).toBe(7);
  });
});

const model = echoModel([
  { name: 'f', datatype: 'FP32', shape: ['N', 2] },
  { name: 'i', datatype: 'INT64', shape: ['N'] },
  { name: 'u', datatype: 'UINT64', shape: ['N'] },
  { name: 'b', datatype: 'BOOL', shape: ['N'] },
  { name: 's', datatype: 'BYTES', shape: ['N'] },
]);

/** Small files as an instance writes them, put where they belong; answers their rows. */
async function capture(files: number, instance = INSTANCE) {
  const settings = { capture: { share: 1, mask: [], drop: [] } };
  const { recorder, sink } = recorderOf({ instance });
  const hook = { record: recorder.record.bind(recorder), answered: () => {} };
  const client = clientOf(serviceOf({ it: model }, {}, settings), [], hook);
  for (let n = 0; n < files; n++) {
    const inputs = [
      { name: 'f', datatype: 'FP32', shape: [2, 2], data: [n, 0.1, 2, 3] },
      { name: 'i', datatype: 'INT64', shape: [2], data: [n, -8] },
      { name: 'u', datatype: 'UINT64', shape: [2], data: [n, 9] },
      { name: 'b', datatype: 'BOOL', shape: [2], data: [true, false] },
      { name: 's', datatype: 'BYTES', shape: [2], data: ['a', 'ä'] },
    ];
    await client({ path: '/v2/models/it/infer', body: { inputs } });
    await recorder.flush();
  }
  for (const [key, bytes] of sink.files) s3.objects.set(`data/${key}`, bytes);
  const [first = ''] = sink.files.keys();
  const [, day, hour] = /dt=(\S+)\/hr=(\d\d)/.exec(first) as unknown as [string, string, string];
  return { rows: await sink.rows(), hour: Date.parse(`${day}T${hour}:00Z`), small: sink.files };
}

const stored = async () => {
  const rows = await Promise.all([...s3.objects.values()].map(readParquet));
  return rows.flat();
};
const read = async (hour: number) => {
  let rows = 0;
  const query = { endpoint: 'it', from: hour, to: hour + 2 * 3_600_000 };
  for await (const table of readCaptures(query)) rows += table.rows;
  return rows;
};

describe('an hour of captures', () => {
  it('is compacted into one file with the same rows, once however often', async () => {
    const { rows, hour } = await capture(5);
    await compactHour('captures', 'it', hour);
    const keys = [...s3.objects.keys()];
    expect(keys).toEqual([expect.stringMatching(/\/default-compact-[0-9a-f]{26}\.parquet$/)]);
    const [file] = s3.objects.values();
    expect(await stored()).toEqual(rows);
    await compactHour('captures', 'it', hour);
    expect([...s3.objects]).toEqual([[keys[0], file]]);
  });

  it('has no row twice where compacting breaks off, and comes to its end the next time', async () => {
    const { rows, hour, small } = await capture(4);
    s3.hooks.beforeRemoval = () => {
      throw new Error('broken off');
    };
    await expect(compactHour('captures', 'it', hour)).rejects.toThrow('broken off');
    s3.hooks.beforeRemoval = () => {};
    expect(s3.objects.size).toBe(small.size + 1);
    expect(await read(hour)).toBe(rows.length);
    await compactHour('captures', 'it', hour);
    expect(s3.objects.size).toBe(1);
    expect(await read(hour)).toBe(rows.length);
  });

  it('keeps files with other columns apart, and takes in what came late', async () => {
    const { hour } = await capture(2);
    await compactHour('captures', 'it', hour);
    const [compacted] = s3.objects.keys();
    const late = await capture(3, INSTANCE.replace('W', 'X'));
    await compactHour('captures', 'it', late.hour);
    expect(s3.objects.has(compacted as string)).toBe(true);
    expect(s3.objects.size).toBe(2);
    expect(await read(hour)).toBe(4 + late.rows.length);
  });
});
