import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Signature } from '#core/signature/schema.ts';
import type { ServingEndpoint } from '#slices/deployments';
import sample from '../../../events/shadows/score-shadows.json' with { type: 'json' };
import { readParquet, recorderOf } from '../../helpers/capture.ts';
import { FakeAws, marshal } from '../../helpers/fake-aws.ts';
import { type Call, clientOf, serviceOf, servingEndpoint } from '../../helpers/inference.ts';
import { random } from '../../helpers/random.ts';
import { artifactOf, echoModel } from '../../helpers/tiny-model.ts';
import { treeModel } from '../../helpers/tree-model.ts';

Object.assign(process.env, { TABLE_NAME: 't', DATA_BUCKET: 'data', ARTIFACTS_BUCKET: 'models' });
const aws = new FakeAws();
let handler: (event: unknown) => Promise<void>;
beforeAll(async () => {
  await aws.start();
  ({ handler } = await import('../../../functions/shadows/handlers/score-shadows.ts'));
});
afterAll(() => aws.stop());
beforeEach(() => {
  aws.items.clear();
  aws.objects.clear();
});

interface Model {
  readonly model: Uint8Array;
  readonly signature: Signature;
}

const live = treeModel({ trees: 3, depth: 2, features: 2 });
const other = treeModel({ trees: 30, depth: 3, features: 2 });
const versionOf = (name: string, { model, signature }: Model, version: number) => ({
  ...{ name, model: 'm', version, artifact: artifactOf(model), signature },
});

/** Puts endpoint, models and captures of these calls where the function finds them. */
async function captured(deployed: Model, shadows: readonly Model[], calls: readonly Call[]) {
  const settings = {
    capture: { share: 1, mask: [], drop: [] },
    shadows: shadows.map((model, i) => versionOf(`s${i}`, model, 10 + i)),
  };
  const serving: ServingEndpoint = { ...servingEndpoint('it', deployed), ...settings };
  aws.items.set('ENDPOINT#it CURRENT', { serving: marshal(serving) });
  for (const { model } of shadows) {
    aws.objects.set(`models/artifacts/sha256/${artifactOf(model).sha256}`, model);
  }
  const { recorder, sink } = recorderOf();
  const capture = { record: recorder.record.bind(recorder), answered: () => {} };
  const client = clientOf(serviceOf({ it: deployed }, {}, settings), [], capture);
  const answers = [];
  for (const call of calls) answers.push(await client(call));
  await recorder.flush();
  for (const [key, bytes] of sink.files) aws.objects.set(`data/${key}`, bytes);
  return { keys: [...sink.files.keys()], answers, rows: await sink.rows() };
}

const score = async (keys: readonly string[]) => {
  for (const key of keys) await handler({ ...sample, detail: { object: { key } } });
};
const shadowRows = async (name: string) => {
  const files = [...aws.objects].filter(([key]) => key.startsWith(`data/shadows/it/`));
  const own = files.filter(([key]) => key.includes(`/${name}-default-`));
  return (await Promise.all(own.map(([, bytes]) => readParquet(bytes)))).flat();
};
const summaries = () =>
  [...aws.items]
    .filter(([key]) => key.startsWith('TRAFFIC#'))
    .map(([key, item]) => ({ key, item, summary: JSON.parse(item.summary.S) }));

const next = random(3);
const infer = (rows: number): Call => ({
  path: '/v2/models/it/infer',
  body: {
    inputs: [
      {
        ...{ name: 'x', datatype: 'FP32', shape: [rows, 2] },
        data: Array.from({ length: 2 * rows }, () => 4 * next() - 2),
      },
    ],
  },
});

describe('a shadow', () => {
  it('scores what was captured, and says in what it differs from the live version', async () => {
    const calls = [1, 5, 3].map(infer);
    const { keys, rows } = await captured(live, [live, other], calls);
    await score(keys);
    const same = await shadowRows('s0');
    const differs = await shadowRows('s1');
    expect(same).toHaveLength(9);
    expect(same.every((row) => row.same_label === true && row.difference === 0)).toBe(true);
    const direct = clientOf(serviceOf({ it: other }));
    const expected = [];
    for (const call of calls) expected.push(...(await direct(call)).json.outputs[1].data);
    expect(differs.flatMap((row) => [row.out_probabilities_no, row.out_probabilities_yes])).toEqual(
      expected.map(Math.fround),
    );
    for (const [i, row] of differs.entries()) {
      const before = rows[i] as (typeof rows)[0];
      expect(row).toMatchObject({
        ...{ prediction_id: before.prediction_id, row: before.row, at: before.at, unit: null },
        ...{ variant: 's1', version: 11, live_variant: 'default', live_version: 7 },
        same_label: before.out_label === row.out_label,
      });
      const distance = Math.abs(row.out_probabilities_yes - before.out_probabilities_yes);
      expect(row.difference).toBeCloseTo(distance, 6);
    }
  });

  it('adds its agreement to the traffic summaries, the same however often', async () => {
    const { keys } = await captured(live, [other], [1, 5, 3].map(infer));
    await score(keys);
    const first = summaries();
    await score(keys);
    expect(summaries().map(({ key }) => key)).toEqual(first.map(({ key }) => key));
    const rows = await shadowRows('s0');
    const merged = summaries().reduce((sum, { summary }) => sum + summary.disagreement.rows, 0);
    expect(merged).toBe(9);
    const otherLabel = summaries().reduce(
      (n, { summary }) => n + summary.disagreement.otherLabel,
      0,
    );
    expect(otherLabel).toBe(rows.filter(({ same_label }) => !same_label).length);
    const [{ key, item, summary }] = first as [(typeof first)[0]];
    expect(key).toMatch(/^TRAFFIC#it \S+Z#shadow:s0#3#[0-9A-Z]{26}\.0$/);
    expect(item).toMatchObject({
      variant: { S: 's0' },
      version: { N: '10' },
      shadow: { BOOL: true },
    });
    expect(summary).toMatchObject({ files: 1 });
    expect(summary.calls).toBe(1);
    expect(summary.handlerMs).toBeGreaterThan(0);
  });

  it('gets back every datatype as the live model saw it', async () => {
    const everything = echoModel([
      { name: 'f', datatype: 'FP32', shape: ['N', 2] },
      { name: 'h', datatype: 'FP16', shape: ['N', 1] },
      { name: 'd', datatype: 'FP64', shape: ['N', 1] },
      { name: 'i', datatype: 'INT64', shape: ['N'] },
      { name: 'u', datatype: 'UINT32', shape: ['N'] },
      { name: 'b', datatype: 'BOOL', shape: ['N', 1] },
      { name: 's', datatype: 'BYTES', shape: ['N', 1] },
      { name: 'm', datatype: 'FP32', shape: ['N', 2, 'w'] },
    ]);
    const inputs = [
      { name: 'f', datatype: 'FP32', shape: [2, 2], data: [0.1, 2, 3, 4] },
      { name: 'h', datatype: 'FP16', shape: [2, 1], data: [0.5, 0.25] },
      { name: 'd', datatype: 'FP64', shape: [2, 1], data: [0.1, 1e300] },
      { name: 'i', datatype: 'INT64', shape: [2], data: [7, -8] },
      { name: 'u', datatype: 'UINT32', shape: [2], data: [4294967295, 0] },
      { name: 'b', datatype: 'BOOL', shape: [2, 1], data: [true, false] },
      { name: 's', datatype: 'BYTES', shape: [2, 1], data: ['a', 'ä😀'] },
      {
        name: 'm',
        datatype: 'FP32',
        shape: [2, 2, 3],
        data: Array.from({ length: 12 }, (_, i) => i),
      },
    ];
    const call = { path: '/v2/models/it/infer', body: { inputs } };
    const { keys, rows, answers } = await captured(everything, [everything], [call]);
    expect(answers[0]?.status).toBe(200);
    await score(keys);
    const shadowed = await shadowRows('s0');
    const outputs = (all: typeof rows) =>
      all.map((row) => Object.entries(row).filter(([name]) => name.startsWith('out_')));
    expect(outputs(shadowed)).toEqual(outputs(rows));
    expect(shadowed).toHaveLength(2);
  });

  it('whose model cannot run on the inputs is counted as failing, and no retry made', async () => {
    const wide = treeModel({ trees: 1, depth: 1, features: 3 });
    const { keys } = await captured(live, [wide], [infer(1)]);
    await score(keys);
    const [only] = summaries();
    expect(only?.summary).toMatchObject({ requests: 1, clientErrors: 1, rows: 0, files: 0 });
    expect(await shadowRows('s0')).toEqual([]);
  });

  it('that cannot be loaded now is tried again: the function fails', async () => {
    const { keys } = await captured(live, [other], [infer(1)]);
    aws.objects.delete(`data/${keys[0]}`);
    await expect(score(keys)).rejects.toThrow();
  });

  it('costs nothing where there is none: other files and endpoints are left alone', async () => {
    const { keys } = await captured(live, [other], [infer(1)]);
    aws.items.delete('ENDPOINT#it CURRENT');
    await score([...keys, 'captures/it/x.parquet', (keys[0] as string).replace('-shadowed', '')]);
    expect(summaries()).toEqual([]);
  });
});
