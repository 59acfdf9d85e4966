import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { readExample } from '../../local/examples.ts';
import { readParquet } from '../helpers/capture.ts';
import { api, force, stack, UNEXAMINED, unique, writeUnexaminedPolicy } from '../helpers/stack.ts';
import { treeModel } from '../helpers/tree-model.ts';

const example = readExample('wages');
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const [education = [], age = []] = (example.expected.request.inputs as { data: number[] }[]).map(
  ({ data }) => data,
);
const all = education.map((years, i) => ({ education: years, age: age[i] as number }));

async function rowsUnder(prefix: string) {
  const { awsEndpointUrl: endpoint, region, buckets } = stack();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const s3 = new S3Client({ endpoint, region, credentials });
  const Bucket = buckets.data;
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: prefix }));
  const files = Contents.map(async ({ Key }) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return readParquet((await Body?.transformToByteArray()) as Uint8Array);
  });
  return (await Promise.all(files)).flat();
}

/** Asks until it is so: what leaves the serving path comes a little later. */
async function eventually<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  for (let i = 0; ; i++) {
    const answer = await ask();
    if (isSo(answer) || i === 60) return answer;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

const model = unique('captured');
const put = async (settings: object) => {
  const name = unique('capture');
  const body = { variants: [{ model, version: 1 }], force, ...settings };
  const { status, body: answer } = await api.request('PUT', `/api/v1/endpoints/${name}`, { body });
  return { name, path: `/api/v1/endpoints/${name}`, status, answer };
};
const predict = (path: string, rows: object[]) =>
  api.call('POST', `${path}/predictions`, { body: { rows } });

/** Two versions of forests that take the same two columns. */
const forest = unique('forest');
const forests = [
  treeModel({ trees: 3, depth: 2, features: 2 }),
  treeModel({ trees: 30, depth: 3, features: 2 }),
];
const points = Array.from({ length: 40 }, (_, i) => ({ x_0: Math.sin(i), x_1: Math.cos(3 * i) }));

beforeAll(async () => {
  await writeUnexaminedPolicy();
  const register = async (name: string, artifact: Uint8Array, more: object) => {
    const body = { ...more, artifact: { base64: base64(artifact) } };
    await api.call('POST', `/api/v1/models/${name}/versions`, { body });
  };
  for (const name of [model, forest]) {
    const body = { name, task: 'binary', policy: UNEXAMINED };
    await api.call('POST', '/api/v1/models', { body });
  }
  await register(model, example.artifact, example.version);
  for (const { model: bytes } of forests) await register(forest, bytes, {});
});

describe('captures', () => {
  it('hold what was asked and answered, row by row, where query engines find it', async () => {
    const { name, path } = await put({ capture: { share: 1 } });
    const answers = [];
    for (const rows of [all.slice(0, 1), all.slice(1, 4), all.slice(4, 6)]) {
      answers.push(...(await predict(path, rows)).predictions);
    }
    await api.request('POST', `${path}/predictions`, { body: { rows: [{ no: 1 }] } });
    const rows = await eventually(
      () => rowsUnder(`captures/${name}/dt=`),
      (r) => r.length === 6,
    );
    for (const [i, answer] of answers.entries()) {
      const [id, row] = answer.predictionId.split(':');
      const captured = rows.find((r) => r.prediction_id === id && r.row === Number(row));
      expect(captured).toMatchObject({ revision: 1, variant: 'default', model, version: 1 });
      for (const [feature, value] of Object.entries(all[i] as object)) {
        expect(captured?.[`in_${feature}`]).toBe(Math.fround(value));
      }
      for (const [label, probability] of Object.entries(answer.probabilities)) {
        expect(captured?.[`out_probabilities_${label}`]).toBeCloseTo(probability as number, 6);
      }
    }
    const { variants, missing } = await eventually(
      () => api.call('GET', `${path}/traffic`),
      (t) => t.variants[0]?.requests === 4 && t.variants[0].captures.written === 3,
    );
    expect(variants).toMatchObject([
      { variant: 'default', model, version: 1, requests: 4, rows: 6, clientErrors: 1 },
    ]);
    expect(variants[0].captures).toMatchObject({ selected: 3, written: 3 });
    expect([missing, variants[0].latency.count]).toEqual([0, 3]);
  });

  it('have a gap where a value is missing', async () => {
    const { name, path } = await put({ capture: { share: 1 } });
    await predict(path, [{ age: 19 }]);
    const rows = await eventually(
      () => rowsUnder(`captures/${name}/dt=`),
      (r) => r.length === 1,
    );
    expect(rows).toMatchObject([{ in_education: null, in_age: 19 }]);
  });

  it('lack what is dropped and hide what is masked', async () => {
    const capture = { share: 1, mask: ['education'], drop: ['age'] };
    const { name, path } = await put({ capture });
    await predict(path, all.slice(0, 2));
    const rows = await eventually(
      () => rowsUnder(`captures/${name}/dt=`),
      (r) => r.length === 2,
    );
    for (const row of rows) {
      expect(row).not.toHaveProperty('in_age');
      expect(row).toMatchObject({ in_education: '***', out_label: expect.anything() });
    }
  });
});

describe('shadows', () => {
  const shadows = [{ name: 'next', model: forest, version: 2 }];
  const variants = [{ model: forest, version: 1 }];

  it('score what callers sent, and tell how they agree with what was answered', async () => {
    const { name, path } = await put({ capture: { share: 1 }, variants, shadows });
    const live = [
      ...(await predict(path, points.slice(0, 20))).predictions,
      ...(await predict(path, points.slice(20))).predictions,
    ];
    const rows = await eventually(
      () => rowsUnder(`shadows/${name}/dt=`),
      (r) => r.length === points.length,
    );
    expect(rows).toHaveLength(points.length);
    const { shadows: figures } = await eventually(
      () => api.call('GET', `${path}/shadows`),
      (s) => s.shadows[0]?.labelledRows === points.length,
    );
    const direct = await put({ variants: [{ model: forest, version: 2 }] });
    const alone = (await predict(direct.path, points)).predictions;
    const other = alone.filter((p: any, i: number) => p.label !== live[i].label).length;
    expect(figures).toMatchObject([
      { shadow: 'next', model: forest, version: 2, requests: 2, failures: 0, rows: points.length },
    ]);
    expect(figures[0].otherLabelShare).toBeCloseTo(other / points.length, 12);
    expect(figures[0].meanDifference).toBeGreaterThan(0);
    expect(rows.filter(({ same_label }) => !same_label)).toHaveLength(other);
  });

  it.each([
    [{ share: 0 }, 'capture.share'],
    [{ share: 1, mask: ['x_0'] }, 'capture.mask'],
    [{ share: 1, drop: ['x_0'] }, 'capture.drop'],
  ])('are refused where they could not see what callers sent: %j', async (capture, field) => {
    const { status, answer } = await put({ capture, variants, shadows });
    expect([status, answer.detail]).toEqual([400, expect.stringContaining(field)]);
  });
});

describe('costs', () => {
  it('are answered for an endpoint and its model, and a budget is set with its alarm', async () => {
    const { name, path } = await put({ capture: { share: 1 } });
    await predict(path, all.slice(0, 10));
    const cost = await eventually(
      () => api.call('GET', `${path}/cost`),
      (c) => c.predictions === 10,
    );
    // One request: its share of a million at the API, as calls and in the logs, and some more.
    for (const [part, dollars] of Object.entries({ api: 1e-6, calls: 2e-7, logs: 3.5e-7 })) {
      expect(cost.serving[part]).toBeCloseTo(dollars, 12);
    }
    expect(cost.serving.objects).toBeCloseTo(5e-6, 12);
    expect(cost.serving.compute).toBeGreaterThan(0);
    const parts = Object.values(cost.serving as Record<string, number>);
    expect(cost.total).toBeCloseTo(
      parts.reduce((a, b) => a + b),
      12,
    );
    expect(cost.per1000Predictions).toBeCloseTo(100 * cost.total, 12);
    const ofModel = await api.call('GET', `/api/v1/models/${model}/cost`);
    expect(ofModel.total).toBeGreaterThanOrEqual(cost.total);
    const body = { amount: 20, period: 'month' };
    expect((await api.call('PUT', `${path}/budget`, { body })).revision).toBe(1);
    const { awsEndpointUrl: endpoint, region } = stack();
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const cloudwatch = new CloudWatchClient({ endpoint, region, credentials });
    const alarms = async () => {
      const AlarmNames = [`SkiffPlatform-budget-${name}`];
      return (await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames }))).MetricAlarms;
    };
    expect(await alarms()).toMatchObject([{ MetricName: 'BudgetUsed', Threshold: 1 }]);
    expect((await api.request('DELETE', `${path}/budget`)).status).toBe(204);
    expect(await alarms()).toEqual([]);
  });
});
