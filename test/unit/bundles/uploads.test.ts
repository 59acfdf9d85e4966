import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { captureKey } from '#core/capture/keys.ts';
import type { ParquetColumn } from '#core/parquet/pages.ts';
import { ParquetWriter } from '#core/parquet/writer.ts';
import { Profiler } from '#core/profile/profiler.ts';
import { TrafficTally } from '#core/traffic/summary.ts';
import { handler } from '../../../functions/bundles/handlers/devices.ts';
import { compactHour } from '../../../functions/traffic/compaction.ts';
import { rollUp } from '../../../functions/traffic/roll-up.ts';
import { tidyTraffic } from '../../../functions/traffic/tidy.ts';
import { readTraffic } from '../../../functions/traffic/traffic.ts';
import { fakeS3 } from '../../helpers/fake-s3.ts';
import { fakeTable } from '../../helpers/fake-table.ts';
import { invoke } from '../../helpers/invoke.ts';
import { echoModel } from '../../helpers/tiny-model.ts';
import { versionItem } from '../../helpers/version-item.ts';

Object.assign(process.env, {
  ...{ ARTIFACTS_BUCKET: 'artifacts', DATA_BUCKET: 'data' },
});
const table = fakeTable();
const s3 = fakeS3();

const HOUR = 3_600_000;
const HOUR_AGO = Math.floor(Date.now() / HOUR) * HOUR - HOUR;
const INSTANCE = '01KAWWWWWWWWWWWWWWWWWWWWWW';
const iso = (at: number) => new Date(at).toISOString();

beforeEach(() => {
  table.items.clear();
  s3.reset();
  const at = { createdAt: iso(0), updatedAt: iso(0), updatedBy: 'a' };
  const variants = [{ name: 'default', model: 'm', version: 7, weight: 100 }];
  const endpoint = { name: 'e', description: '', revision: 1, variants, ...at };
  table.put({ pk: 'ENDPOINT#e', sk: 'CURRENT', gsi1pk: 'ENDPOINTS', gsi1sk: 'e', ...endpoint });
  table.put({ pk: 'ENDPOINT#e', sk: 'REVISION#000000001', ...endpoint });
  table.put(versionItem(echoModel([{ name: 'x', datatype: 'FP64', shape: ['n'] }])));
});

async function send(...items: object[]) {
  const path = '/api/v1/endpoints/e/devices/d/uploads';
  const call = { method: 'POST', path, body: { items }, scopes: 'device' };
  const { status, body } = await invoke(handler, call);
  return status === 200 ? body.items.map((item: { result: string }) => item.result) : body;
}

const VARIANT = { variant: 'default', revision: 1 };

function capture(
  n = 0,
  { at = HOUR_AGO, variant = 'default', version = 7, without = '', texts = '', input = 'x' } = {},
) {
  const writer = new ParquetWriter((bytes) => gzipSync(bytes));
  const columns: ParquetColumn[] = [
    { name: 'prediction_id', type: 'string', values: [`${INSTANCE}.e.1.default`] },
    { name: 'row', type: 'int32', values: Int32Array.of(0) },
    { name: 'at', type: 'timestamp', values: BigInt64Array.of(BigInt(at)) },
    { name: 'revision', type: 'int32', values: Int32Array.of(1) },
    { name: 'variant', type: 'string', values: [variant] },
    { name: 'model', type: 'string', values: ['m'] },
    { name: 'version', type: 'int32', values: Int32Array.of(version) },
    { name: 'latency_ms', type: 'double', values: Float64Array.of(1) },
    { name: 'unit', type: 'string', values: [null] },
    { name: `in_${input}`, type: 'double', values: Float64Array.of(n) },
    { name: 'out_x_out', type: 'double', values: Float64Array.of(n) },
  ];
  writer.write(
    columns
      .filter(({ name }) => name !== without)
      .map((column) =>
        column.name === texts ? { name: texts, type: 'string', values: ['1'] } : column,
      ),
  );
  const base64 = Buffer.from(writer.finish()).toString('base64');
  const id = `${INSTANCE}.${n}`;
  return { kind: 'capture', id, ...VARIANT, at: iso(at), shadowed: false, base64 };
}

function minute(requests: number, at = HOUR_AGO) {
  const tally = new TrafficTally();
  for (let i = 0; i < requests; i++) tally.addRequest({ status: 200, rows: 2, latencyMs: 1 });
  const { calls, handlerMs, besideMs, megabyteMs, ...summary } = tally.toJSON();
  const text = `${iso(at).slice(0, 16)}Z`;
  return {
    ...{ kind: 'summary', id: `m${requests}`, instance: INSTANCE, ...VARIANT },
    ...{ minute: text, before: 0, summary },
  };
}

const captures = () => [...s3.objects.keys()].filter((key) => key.startsWith('data/captures/'));

describe('a capture file from a device', () => {
  it('is kept once, under the name that a function of ours would give it', async () => {
    expect(await send(capture(), capture())).toEqual(['stored', 'duplicate']);
    expect(await send(capture())).toEqual(['duplicate']);
    const file = { endpoint: 'e', at: HOUR_AGO, variant: 'default', shadowed: false };
    expect(captures()).toEqual([`data/${captureKey({ ...file, id: `${INSTANCE}.0` })}`]);
  });

  it('is known again when it has become part of a larger one', async () => {
    await send(capture(0), capture(1));
    await compactHour('captures', 'e', HOUR_AGO);
    expect(captures()).toEqual([expect.stringContaining('-compact-')]);
    expect(await send(capture(0), capture(2))).toEqual(['duplicate', 'stored']);
  });

  it('costs the last bytes of the larger one, once', async () => {
    await send(capture(5), capture(6));
    await compactHour('captures', 'e', HOUR_AGO);
    const [compacted] = captures() as [string];
    const padded = Buffer.concat([Buffer.alloc(2 ** 20), s3.objects.get(compacted) as Uint8Array]);
    s3.objects.set(compacted, padded);
    s3.calls.read.length = 0;
    expect(await send(capture(5), capture(6), capture(5))).toEqual(Array(3).fill('duplicate'));
    expect(s3.calls.read).toEqual([2 ** 19]);
  });

  it('is refused where readers could not use it', async () => {
    const facts = ['prediction_id', 'row', 'at', 'revision', 'variant', 'model', 'version'];
    const incomplete = [...facts, 'latency_ms', 'unit'].map((without) => capture(0, { without }));
    const wrong = [
      ...[capture(0, { texts: 'at' }), capture(0, { version: 8 })],
      ...[capture(0, { texts: 'in_x' }), capture(0, { without: 'in_x' })],
    ];
    const all = [...incomplete, ...wrong];
    expect(await send(...all)).toEqual(all.map(() => 'refused'));
    expect(captures()).toEqual([]);
  });

  it('is kept whatever lies in its hour of other variants', async () => {
    const about = { endpoint: 'e', at: HOUR_AGO, variant: 'other', shadowed: false };
    const key = captureKey({ ...about, id: `${INSTANCE}.0` }).replace(INSTANCE, 'compact-1');
    s3.objects.set(`data/${key}`, Buffer.from('no Parquet'));
    expect(await send(capture())).toEqual(['stored']);
  });

  it('is refused where it cannot be read, or is of something else', async () => {
    const junk = { ...capture(), base64: Buffer.from('junk').toString('base64') };
    const other = { ...capture(), revision: 2 };
    const foreign = capture(0, { variant: 'other' });
    const old = capture(0, { at: Date.now() - 14 * 24 * HOUR });
    const early = capture(0, { at: Date.now() + 2 * HOUR });
    const all = [junk, other, foreign, old, early];
    expect(await send(...all)).toEqual(all.map(() => 'refused'));
    expect(captures()).toEqual([]);
    const path = { ...capture(), id: '../../x' };
    expect(await send(path)).toMatchObject({ status: 400 });
  });
});

describe('the traffic of a device', () => {
  const requests = async (to = HOUR_AGO + HOUR) => {
    const { variants } = await readTraffic('e', { from: HOUR_AGO, to });
    return variants.map(({ summary }) => [summary.requests, summary.calls]);
  };

  it('counts as the endpoint’s, costs no calls, and what is known later replaces it', async () => {
    expect(await send(minute(3))).toEqual(['stored']);
    expect(await send(minute(5), minute(5), minute(3))).toEqual([
      ...['stored', 'stored', 'duplicate'],
    ]);
    expect(await requests()).toEqual([[5, 0]]);
  });

  it('is counted in an hour that had been rolled up before it came', async () => {
    const before = HOUR_AGO - 9 * HOUR;
    table.put({
      ...{ pk: 'TRAFFIC#e', sk: `${iso(before).slice(0, 16)}Z#default#1#i`, before: 0 },
      ...{ minute: `${iso(before).slice(0, 16)}Z`, ...VARIANT, model: 'm', version: 7 },
      ...{ instance: 'i', summary: JSON.stringify(minute(2).summary) },
    });
    await rollUp('e', before);
    await send(minute(4, before + 60_000));
    const span = { from: before, to: before + HOUR };
    const count = async () => (await readTraffic('e', span)).variants[0]?.summary.requests;
    expect(await count()).toBe(2);
    await tidyTraffic(Date.now());
    expect(await count()).toBe(6);
    expect([...table.items.values()].filter(({ sk }) => sk.startsWith('LATE'))).toEqual([]);
  });
});

describe('a profile from a device', () => {
  const made = (...names: string[]) => {
    const profiler = new Profiler();
    const values = Float64Array.of(1, 2, 3);
    const columns = ['in_x', 'out_x_out', ...names].map((name) => {
      return { name, kind: 'numeric' as const, values };
    });
    profiler.update({ rows: 3, columns });
    return {
      ...{ kind: 'profile', id: `${INSTANCE}.0`, ...VARIANT, outside: { in_x: 1 } },
      ...{ from: iso(HOUR_AGO), to: iso(HOUR_AGO + HOUR), profile: profiler.toJSON() },
    };
  };
  const changed = (change: object) => {
    const { profile, ...item } = made();
    const columns = profile.columns.map((column) => ({ ...column, ...change }));
    return { ...item, profile: { ...profile, columns } };
  };

  it('is kept once, and refused where it could not be merged', async () => {
    expect(await send(made(), made())).toEqual(['stored', 'duplicate']);
    const short = changed({ distinct: 'AAAA' });
    expect(await send(short)).toMatchObject({ status: 400, detail: expect.any(String) });
    expect(JSON.stringify(await send(short))).toContain('4,096 registers');
    const kept = [...s3.objects.keys()].filter((key) => key.includes('row-profiles'));
    expect(kept).toHaveLength(1);
  });

  it('is refused where it is of other columns, or does not agree with itself', async () => {
    const quantiles = { count: 4, levels: [[1, 2, 3]], keepsOdd: [false] };
    const all = [made('in_y'), changed({ count: 4 }), changed({ quantiles })];
    expect(await send(...all)).toEqual(all.map(() => 'refused'));
    expect([...s3.objects.keys()]).toEqual([]);
  });
});
