import { describe, expect, it } from '@jest/globals';
import { hashText } from '#core/profile/hash.ts';
import { mergeSummaries } from '#core/traffic/summary.ts';
import type { ServingEndpoint } from '#slices/deployments';
import { prepareTarget } from '../../../functions/inference/predict.ts';
import { newTrace } from '../../../functions/inference/wire.ts';
import { INSTANCE, MemorySink, type RecorderSetup, recorderOf } from '../../helpers/capture.ts';
import { type Call, clientOf, serviceOf, servingEndpoint } from '../../helpers/inference.ts';
import { echoModel } from '../../helpers/tiny-model.ts';
import { treeModel } from '../../helpers/tree-model.ts';

const trees = treeModel({ trees: 3, depth: 2, features: 2 });
const everything = echoModel([
  { name: 'f', datatype: 'FP32', shape: ['N', 2] },
  { name: 'h', datatype: 'FP16', shape: ['N', 1] },
  { name: 'i', datatype: 'INT64', shape: ['N'] },
  { name: 's', datatype: 'BYTES', shape: ['N', 1] },
]);

type Settings = Partial<Pick<ServingEndpoint, 'capture' | 'shadows'>>;
const ALL: Settings = { capture: { share: 1, mask: [], drop: [] } };

/** A client of one endpoint whose requests are recorded. */
function recorded(deployed: typeof trees, settings: Settings, setup: RecorderSetup = {}) {
  const service = serviceOf({ it: deployed }, {}, settings);
  const made = recorderOf(setup);
  const capture = {
    record: made.recorder.record.bind(made.recorder),
    answered: () => {},
  };
  return { ...made, client: clientOf(service, [], capture) };
}

const tensor = (name: string, datatype: string, shape: number[], data: unknown[]) => ({
  ...{ name, datatype, shape, data },
});
const infer = (...inputs: unknown[]): Call => ({ path: '/v2/models/it/infer', body: { inputs } });
const twoRows = infer(tensor('x', 'FP32', [2, 2], [1, 2, 3, 4]));

describe('what is captured', () => {
  it('is each row with its facts, inputs and outputs as the model saw them', async () => {
    const { client, recorder, sink } = recorded(everything, ALL);
    const answer = await client(
      infer(
        tensor('f', 'FP32', [2, 2], [0.1, 2, 3, 4]),
        tensor('h', 'FP16', [2, 1], [0.5, 0.25]),
        tensor('i', 'INT64', [2], [7, 8]),
        tensor('s', 'BYTES', [2, 1], ['a', 'ä']),
      ),
    );
    await recorder.flush();
    const id = answer.headers['x-skiff-prediction-id'];
    const [first, second] = await sink.rows();
    expect(first).toEqual({
      ...{ prediction_id: id, row: 0, at: expect.any(Date), revision: 3, variant: 'default' },
      ...{ model: 'm', version: 7, latency_ms: expect.any(Number), unit: null },
      ...{ in_f_0: Math.fround(0.1), in_f_1: 2, in_h: 0.5, in_i: 7n, in_s: 'a' },
      ...{ out_f_out_0: Math.fround(0.1), out_f_out_1: 2, out_h_out: 0.5 },
      ...{ out_i_out: 7n, out_s_out: 'a' },
    });
    expect(second).toMatchObject({ prediction_id: id, row: 1, in_f_1: 4, in_h: 0.25, in_s: 'ä' });
  });

  it('lies under endpoint and hour, in a file that tells which instance wrote it', async () => {
    const { client, recorder, sink } = recorded(trees, {
      ...ALL,
      shadows: [{ name: 'next' }] as never,
    });
    await client(twoRows);
    await recorder.flush();
    expect([...sink.files.keys()]).toEqual([
      expect.stringMatching(
        `^captures/it/dt=\\d{4}-\\d\\d-\\d\\d/hr=\\d\\d/default-${INSTANCE}\\.0-shadowed\\.parquet$`,
      ),
    ]);
  });

  it('leaves out what is dropped, and hides what is masked', async () => {
    const capture = { share: 1, mask: ['x_0'], drop: ['x_1', 'probabilities'] };
    const { client, recorder, sink } = recorded(trees, { capture });
    await client(twoRows);
    await recorder.flush();
    const [row] = await sink.rows();
    expect(Object.keys(row ?? {}).filter((name) => /^(in|out)_/.test(name))).toEqual([
      ...['in_x_0', 'out_label'],
    ]);
    expect(row?.in_x_0).toBe('***');
  });

  it('is the share of requests that the prediction id says, and no failure', async () => {
    const capture = { share: 0.3, mask: [], drop: [] };
    const { client, recorder, sink } = recorded(trees, { capture });
    const ids: string[] = [];
    for (let i = 0; i < 200; i++) {
      const { headers } = await client(twoRows);
      ids.push(String(headers['x-skiff-prediction-id']));
    }
    await client(infer(tensor('x', 'FP32', [1, 2], ['no'])));
    await recorder.flush();
    const captured = new Set((await sink.rows()).map((row) => row.prediction_id));
    const chosen = ids.filter((id) => (hashText(id)[0] as number) / 2 ** 32 < 0.3);
    expect([...captured]).toEqual(chosen);
    expect(Math.abs(chosen.length - 60)).toBeLessThan(35);
    const [item] = sink.summaries.values();
    expect(item?.summary).toMatchObject({ requests: 201, clientErrors: 1, rows: 400 });
    expect(item?.summary).toMatchObject({ selected: chosen.length, captured: chosen.length });
  });

  it('is nothing by default, while traffic is counted', async () => {
    const { client, recorder, sink } = recorded(trees, {});
    await client(twoRows);
    await recorder.flush();
    expect(sink.files.size).toBe(0);
    const [item] = sink.summaries.values();
    expect(item?.summary.requests).toBe(1);
    expect(item?.summary.outputs.map(({ name, kind }) => [name, kind])).toEqual([
      ...[
        ['label', 'label'],
        ['probabilities', 'score'],
      ],
    ]);
  });
});

describe('what cannot be written', () => {
  it('is written with the next flush, under the same key, and counted then', async () => {
    const { client, recorder, sink, warnings } = recorded(trees, ALL);
    sink.failing = 'both';
    await client(twoRows);
    await recorder.flush();
    expect([sink.files.size, sink.summaries.size]).toEqual([0, 0]);
    expect(warnings.join()).toContain('could not be written');
    sink.failing = undefined;
    await client(twoRows);
    await recorder.flush();
    expect([...sink.files.keys()].map((key) => key.match(/\.(\d+)\.parquet/)?.[1])).toEqual([
      '0',
      '1',
    ]);
    const whole = mergeSummaries([...sink.summaries.values()].map(({ summary }) => summary));
    expect(whole).toMatchObject({ requests: 2, selected: 2, captured: 2, files: 2 });
  });

  it('is given up beyond a bound, and shows as selected but not captured', async () => {
    const { client, recorder, sink } = recorded(trees, ALL, { limits: { unwritten: 1 } });
    await client(twoRows);
    await recorder.flush();
    expect(sink.files.size).toBe(0);
    const [item] = sink.summaries.values();
    expect(item?.summary).toMatchObject({ selected: 1, captured: 0 });
  });

  it('never grows the memory: far behind, captures are let go and requests still counted', async () => {
    const { client, recorder, sink } = recorded(trees, ALL, { limits: { requests: 2 } });
    for (let i = 0; i < 30; i++) await client(twoRows);
    await recorder.flush();
    const rows = await sink.rows();
    expect(rows.length).toBeLessThan(2 * 9);
    const [item] = sink.summaries.values();
    expect(item?.summary).toMatchObject({ requests: 30, selected: 30, captured: rows.length / 2 });
  });
});

describe('a flush', () => {
  it('is due by number, by values and by age', async () => {
    let now = Date.now();
    const setup = { now: () => now, limits: { requests: 3, values: 1_000, age: 60_000 } };
    const { client, recorder } = recorded(trees, ALL, setup);
    await client(twoRows);
    expect(recorder.isDue).toBe(false);
    now += 61_000;
    expect(recorder.isDue).toBe(true);
    await recorder.flush();
    expect(recorder.isDue).toBe(false);
    now -= 61_000;
    for (let i = 0; i < 3; i++) await client(twoRows);
    expect(recorder.isDue).toBe(true);
    const many = recorded(trees, ALL, setup);
    await many.client(infer(tensor('x', 'FP32', [500, 2], new Array(1_000).fill(1))));
    expect(many.recorder.isDue).toBe(true);
  });

  it('counts what is recorded late in its minute, to what was written of it', async () => {
    const start = Date.UTC(2026, 10, 25, 21);
    let now = start;
    const { recorder, sink } = recorded(trees, {}, { now: () => now });
    const target = prepareTarget(
      servingEndpoint('it', trees),
      servingEndpoint('it', trees).variants[0] as never,
    );
    const record = () => recorder.record({ ...newTrace('id', start), target, status: 200 });
    record();
    await recorder.flush();
    now = start + 90_000;
    await recorder.flush();
    record();
    await recorder.flush();
    const items = [...sink.summaries.values()];
    expect(items.map(({ summary, before }) => [summary.requests, before])).toEqual([[2, 0]]);
  });

  it('numbers what an instance saw, minute by minute, so that a gap shows', async () => {
    const sink = new MemorySink();
    const { client, recorder } = recorded(trees, ALL, { sink, startMs: 120 });
    for (let i = 0; i < 3; i++) await client(twoRows);
    await recorder.flush();
    await client(twoRows);
    await recorder.flush();
    const items = [...sink.summaries.values()].sort((a, b) => (a.minute < b.minute ? -1 : 1));
    let next = 0;
    for (const { before, summary } of items) {
      expect(before).toBe(next);
      next += summary.requests;
    }
    expect(next).toBe(4);
    expect(mergeSummaries(items.map((item) => item.summary)).besideMs).toBeGreaterThanOrEqual(120);
  });
});

describe('a variant that another one stood in for', () => {
  it('has failed the request, which the other one answered', async () => {
    const endpoint = servingEndpoint('it', trees);
    const [variant] = endpoint.variants as [ServingEndpoint['variants'][number]];
    const [broken, whole] = ['broken', 'whole'].map((name) =>
      prepareTarget(endpoint, { ...variant, name }),
    );
    const { recorder, sink } = recorderOf();
    const answered = { status: 200, rows: 2, latencyMs: 3, target: whole, fallbackFrom: broken };
    recorder.record({ ...newTrace('01KB0000000000000000000000', Date.now()), ...answered });
    await recorder.flush();
    const summaries = Object.fromEntries(
      [...sink.summaries.values()].map(({ target, summary }) => [target.variant.name, summary]),
    );
    expect(summaries).toMatchObject({
      broken: { requests: 1, serverErrors: 1, rows: 0, latency: { count: 0 } },
      whole: { requests: 1, serverErrors: 0, rows: 2, latency: { count: 1 } },
    });
  });
});
