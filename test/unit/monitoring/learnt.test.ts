import { gunzipSync, gzipSync } from 'node:zlib';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { type ScoredRows, scoredRowsToJson } from '#core/estimation/scored-rows.ts';
import type { ParquetColumn } from '#core/parquet/pages.ts';
import { Random } from '#core/random.ts';
import { handler } from '../../../functions/monitoring/handlers/api.ts';
import { handler as run } from '../../../functions/monitoring/handlers/run-monitor.ts';
import { predicted, sayTruth } from '../../helpers/captured.ts';
import { fakeS3 } from '../../helpers/fake-s3.ts';
import { fakeTable } from '../../helpers/fake-table.ts';
import { httpEvent, invoke } from '../../helpers/invoke.ts';

Object.assign(process.env, {
  ...{ DATA_BUCKET: 'data', ARTIFACTS_BUCKET: 'artifacts', NAME_PREFIX: 'Skiff' },
  ...{ RUN_MONITOR_ARN: 'run', SCHEDULER_ROLE_ARN: 'role', SCHEDULER_DEAD_LETTERS_ARN: 'queue' },
});
const stores = { table: fakeTable(), s3: fakeS3() };
const { table, s3 } = stores;
const cloudwatch = mockClient(CloudWatchClient);
const scheduler = mockClient(SchedulerClient);

const HOUR = 3_600_000;
const T0 = Date.UTC(2026, 10, 25, 0);
const iso = (at: number) => new Date(at).toISOString();
const at = { createdAt: iso(T0), updatedAt: iso(T0), updatedBy: 'a', createdBy: 'a' };
const PATH = '/api/v1/endpoints/e';
const REGIONS = ['north', 'south'];
/** A validation of its own for each test: what was read of one is kept. */
let validation = 0;

beforeEach(() => {
  jest.useFakeTimers({ now: T0 + HOUR + 1, doNotFake: ['nextTick', 'setImmediate'] });
  table.items.clear();
  s3.reset();
  for (const client of [cloudwatch, scheduler]) client.reset();
  cloudwatch.onAnyCommand().resolves({});
  scheduler.onAnyCommand().resolves({});
  validation++;
  random = new Random(validation);
  table.put({
    ...{ pk: 'ENDPOINT#e', sk: 'CURRENT', name: 'e', description: '', revision: 1, ...at },
    variants: [{ name: 'default', model: 'm', version: 1, weight: 100 }],
  });
});
afterEach(() => void jest.useRealTimers());

const FEATURES = [
  { name: 'x', type: 'number', input: 'X', column: 0, nullable: false },
  { name: 'y', type: 'number', input: 'X', column: 1, nullable: false },
  { name: 'region', type: 'string', input: 'R', column: 0, nullable: false },
];
const INPUTS = [
  { name: 'X', datatype: 'FP32', shape: ['n', 2] },
  { name: 'R', datatype: 'BYTES', shape: ['n', 1] },
];
const CLASSIFIER = {
  ...{ inputs: INPUTS, features: FEATURES, classes: ['no', 'yes'] },
  outputs: [
    { name: 'label', datatype: 'BYTES', shape: ['n'], role: 'label' },
    { name: 'p', datatype: 'FP32', shape: ['n', 2], role: 'probabilities' },
  ],
};
const REGRESSOR = {
  ...{ inputs: INPUTS, features: FEATURES },
  outputs: [{ name: 'v', datatype: 'FP64', shape: ['n', 1], role: 'value' }],
};

/** A version whose examination kept the rows that it answered. */
function register(signature: object, scored: ScoredRows, metrics: Record<string, number>): void {
  const digest = { sha256: 'a'.repeat(64), sizeBytes: 1 };
  table.put({
    ...{ pk: 'MODEL#m', sk: 'VERSION#000000001', model: 'm', version: 1, status: 'approved' },
    ...{ artifact: { ...digest, uploaded: digest, changes: [] }, signature, lineage: {} },
    graph: {
      ...{ irVersion: 8, opsets: [], producer: { name: '', version: '' }, operators: [] },
      ...{ parameterCount: 1, initializerBytes: 4, metadata: {} },
    },
    ...{ metrics: {}, description: '', tags: {}, revision: 1, ...at },
  });
  const id = `v${validation}`;
  table.put({
    ...{ pk: 'MODEL#m', sk: `VALIDATION#000000001#${id}`, id, model: 'm', version: 1 },
    ...{ status: 'approved', requestedBy: 'a', createdAt: iso(T0) },
    policy: { name: 'p', revision: 1, gates: [] },
  });
  table.put({ pk: `VALIDATION#${id}`, sk: 'CHECK#quality', check: 'quality', status: 'completed' });
  const task = 'values' in scored.scores ? 'regression' : 'binary';
  const figures = Object.entries(metrics).map(([name, value]) => [name, { value }]);
  const evidence = { task, rows: 2000, metrics: Object.fromEntries(figures), weakSlices: [] };
  const put = (name: string, bytes: Buffer) =>
    s3.objects.set(`data/reports/validations/${id}/${name}`, bytes);
  put('quality.json', Buffer.from(JSON.stringify(evidence)));
  put('scored-rows.json.gz', gzipSync(JSON.stringify(scoredRowsToJson(scored))));
}

interface Drawn {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly region: string[];
  /** Probability of "yes", or the value. */
  readonly p: Float64Array;
  readonly truth: string[];
}

let random = new Random(7);
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

/** People whose answer depends on x and on nothing else; `flip` of the labels say the contrary. */
function draw(rows: number, { shift = 0, flip = 0, south = 0.5 } = {}): Drawn {
  const x = Float64Array.from({ length: rows }, () => shift + random.normal());
  const y = x.map((value) => 0.9 * value + Math.sqrt(0.19) * random.normal());
  const region = Array.from(x, () => REGIONS[Number(random.uniform() < south)] as string);
  const p = x.map((value) => sigmoid(2 * value));
  const truth = Array.from(p, (value) => {
    const isYes = random.uniform() < value;
    return isYes !== random.uniform() < flip ? 'yes' : 'no';
  });
  return { x, y, region, p, truth };
}

const inputs = ({ x, y, region }: Drawn): ParquetColumn[] => [
  { name: 'in_x', type: 'float', values: Float32Array.from(x) },
  { name: 'in_y', type: 'float', values: Float32Array.from(y) },
  { name: 'in_region', type: 'string', values: region },
];
const classes = (drawn: Drawn): ParquetColumn[] => [
  ...inputs(drawn),
  {
    name: 'out_label',
    type: 'string',
    values: Array.from(drawn.p, (p) => (p > 0.5 ? 'yes' : 'no')),
  },
  { name: 'out_p_no', type: 'float', values: Float32Array.from(drawn.p, (p) => 1 - p) },
  { name: 'out_p_yes', type: 'float', values: Float32Array.from(drawn.p) },
];

function scoredOf({ x, y, region, p, truth }: Drawn): ScoredRows {
  const codes = Int32Array.from(region, (name) => REGIONS.indexOf(name));
  return {
    features: {
      rows: x.length,
      columns: [
        { name: 'x', kind: 'numeric', values: x },
        { name: 'y', kind: 'numeric', values: y },
        { name: 'region', kind: 'text', codes, categories: REGIONS },
      ],
    },
    scores: {
      ...{ kind: 'classes', classes: ['no', 'yes'] },
      predicted: Int32Array.from(p, (value) => Number(value > 0.5)),
      probabilities: Float64Array.from(Array.from(p, (value) => [1 - value, value]).flat()),
    },
    truth: Int32Array.from(truth, (label) => Number(label === 'yes')),
  };
}

/** Share of answers that are right where truth follows the probabilities. */
const ACCURACY = 0.79;
const examined = draw(2000);
const classifier = () => register(CLASSIFIER, scoredOf(examined), { accuracy: ACCURACY });

function predict(hour: number, drawn: Drawn, columns = classes): string[] {
  const [start, rows] = [T0 + hour * HOUR, drawn.x.length];
  return predicted(stores, { start, rows, version: 1, columns: columns(drawn) });
}
const label = (hour: number, ids: readonly string[], truth: readonly string[]) => {
  for (const [i, id] of ids.entries()) {
    sayTruth(stores, { id, at: T0 + hour * HOUR + i, truth: { label: truth[i] as string } });
  }
};

const put = (body: object = {}) =>
  invoke(handler, { method: 'PUT', path: `${PATH}/monitor`, body });
const runAt = (hour: number) => {
  jest.setSystemTime(T0 + hour * HOUR + 6 * 60_000);
  return run({ endpoint: 'e' });
};
const ofHour = (hour: number, revision = 1) =>
  `${iso(T0 + hour * HOUR)
    .slice(0, 19)
    .replace(/[-:]/g, '')}Z-60m-r${revision}`;
const report = async (hour: number, revision = 1) =>
  (await invoke(handler, { path: `${PATH}/reports/${ofHour(hour, revision)}` })).body;
const raised = async () => (await invoke(handler, { path: `${PATH}/monitor` })).body.raised;
const events = (name: string) =>
  [...table.items.values()]
    .filter(({ pk, event }) => pk === 'AUDIT' && event?.name === name)
    .map(({ event }) => event.detail);

describe('a monitor without any setting', () => {
  it('compares with the first window that has enough rows where there is no training data', async () => {
    classifier();
    const made = await put();
    expect([made.status, made.body.reference]).toEqual([201, { kind: 'first-window' }]);
    predict(1, draw(50));
    predict(2, draw(400));
    predict(3, draw(400));
    predict(4, draw(400, { shift: 1 }));
    await runAt(5);
    const statuses = await Promise.all(
      [1, 2, 3, 4].map(async (hour) => (await report(hour)).status),
    );
    expect(statuses).toEqual(['no-reference', 'no-reference', 'stable', 'drifted']);
    expect((await report(4)).reference).toContain(iso(T0 + 2 * HOUR));
    const again = await invoke(handler, {
      ...{ method: 'POST', path: `${PATH}/monitor/runs`, body: { from: iso(T0 + 2 * HOUR) } },
    });
    expect(again.body.id).toBe(ofHour(2));
  });
});

describe('labels', () => {
  const once = { alarm: { breaches: 1, windows: 1, coolDownMinutes: 0 } };

  it('give figures with intervals against the examination; the alarm is raised and cleared', async () => {
    classifier();
    await put(once);
    const windows = [draw(400), draw(400, { flip: 0.4 }), draw(400)];
    for (const [i, drawn] of windows.entries()) {
      label(i + 1, predict(i + 1, drawn), drawn.truth);
      await runAt(i + 2);
      expect([i, (await raised()).includes('accuracy-drop')]).toEqual([i, i === 1]);
    }
    const { performance } = await report(1);
    expect(performance).toMatchObject({
      ...{ metric: 'accuracy', labelled: 400, baseline: ACCURACY },
      against: 'the examination of the version',
    });
    const names = performance.metrics.map(({ name }: { name: string }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['accuracy', 'precision', 'recall', 'f1', 'roc-auc']),
    );
    for (const { value, interval } of performance.metrics) {
      expect(interval.lower).toBeLessThan(value);
      expect(interval.upper).toBeGreaterThan(value);
    }
    expect(events('PerformanceDegraded')).toEqual([
      {
        ...{ endpoint: 'e', report: ofHour(2) },
        reason: expect.stringMatching(
          /^accuracy 0\.\d+ on 400 labelled predictions, 0\.79 before$/,
        ),
      },
    ]);
  });

  it('that are late take the place of the estimate, and can raise an alarm afterwards', async () => {
    classifier();
    await put({ ...once, thresholds: { accuracyDrop: 0.1 } });
    const bad = draw(400, { flip: 0.45 });
    const ids = predict(1, bad);
    predict(2, draw(400));
    await runAt(3);
    const first = await report(1);
    expect(first).not.toHaveProperty('performance');
    expect(first.estimate).toMatchObject({ metric: 'accuracy', rows: 400, learntFrom: 2000 });
    expect(first.estimate.interval.lower).toBeLessThan(ACCURACY);
    expect(first.estimate.interval.upper).toBeGreaterThan(ACCURACY - 0.03);
    expect(await raised()).not.toContain('accuracy-drop');

    label(1, ids, bad.truth);
    await runAt(3);
    const second = await report(1, 2);
    expect(second.performance.labelled).toBe(400);
    expect(second.estimate.truth).toMatchObject({ rows: 400, within: false });
    expect(second.estimate.value).toBe(first.estimate.value);
    // Of the window after it nothing is measured yet.
    expect(await raised()).toContain('accuracy-drop');
    expect(second.alarms.find(({ alarm }: any) => alarm === 'accuracy-drop').breached).toBe(true);
  });

  it('that come later than as many windows as an alarm counts raise it, and are put as a metric', async () => {
    classifier();
    await put();
    const hours = [1, 2, 3, 4, 5, 6];
    const bad = hours.map(() => draw(400, { flip: 0.45 }));
    const ids = bad.map((drawn, i) => predict(i + 1, drawn));
    await runAt(7);
    expect(await raised()).not.toContain('accuracy-drop');
    for (const i of [0, 1]) label(i + 1, ids[i] as string[], (bad[i] as Drawn).truth);
    cloudwatch.resetHistory();
    await runAt(7);
    expect(await raised()).toContain('accuracy-drop');
    const losses = cloudwatch
      .commandCalls(PutMetricDataCommand)
      .flatMap(({ args: [{ input }] }) => input.MetricData ?? [])
      .filter(({ MetricName }) => MetricName === 'PerformanceLoss');
    expect(losses.map(({ Timestamp }) => Timestamp)).toEqual(
      [2, 3].map((hour) => new Date(T0 + hour * HOUR)),
    );
    expect(Math.min(...losses.map(({ Value }) => Value ?? 0))).toBeGreaterThan(0.1);
  });

  it('of the window that is the reference are the baseline', async () => {
    classifier();
    const before = draw(400);
    label(0, predict(0, before), before.truth);
    await put({ reference: { kind: 'window', from: iso(T0), to: iso(T0 + HOUR) } });
    const now = draw(400);
    label(1, predict(1, now), now.truth);
    await runAt(2);
    const { performance } = await report(1);
    const right = before.truth.filter(
      (truth, i) => (truth === 'yes') === (before.p[i] as number) > 0.5,
    );
    expect(performance.baseline).toBe(right.length / 400);
    expect(performance.metrics[0].baselineInterval.level).toBe(0.95);
  });
});

describe('an estimate', () => {
  it('foretells what a harder population does before labels come, and rings', async () => {
    classifier();
    await put({ alarm: { breaches: 1, windows: 1 }, thresholds: { accuracyDrop: 0.03 } });
    // Everybody is close to where the model cannot tell.
    const unsure = draw(1000);
    const close = { ...unsure, x: unsure.x.map((x) => x / 8) };
    const hard = { ...close, p: close.x.map((x) => sigmoid(2 * x)) };
    predict(1, hard);
    await runAt(2);
    const { estimate } = await report(1);
    const expected = hard.p.reduce((sum, p) => sum + Math.max(p, 1 - p), 0) / 1000;
    expect(estimate.interval.lower).toBeLessThan(expected);
    expect(estimate.interval.upper).toBeGreaterThan(expected);
    expect(events('PerformanceDegraded')).toMatchObject([
      { reason: expect.stringContaining('as estimated of 1000 predictions without labels') },
    ]);
  });

  it('can be kept from ringing', async () => {
    classifier();
    await put({
      alarm: { breaches: 1, windows: 1 },
      thresholds: { accuracyDrop: 0.03, estimates: false },
    });
    const unsure = draw(1000);
    predict(1, { ...unsure, p: unsure.p.map((p) => 0.5 + (p - 0.5) / 10) });
    await runAt(2);
    expect(await raised()).not.toContain('accuracy-drop');
  });

  it('of values is the error that goes with such inputs, compared with the truth when it comes', async () => {
    const noise = (drawn: Drawn) =>
      drawn.x.map((x, i) => 3 * x + (drawn.region[i] === 'south' ? 2 : 0.5) * random.normal());
    const learned = draw(2000);
    const { features } = scoredOf(learned);
    const values = learned.x.map((x) => 3 * x);
    const truth = noise(learned);
    const scored = { features, scores: { kind: 'values' as const, values }, truth };
    const mae = truth.reduce((sum, value, i) => sum + Math.abs(value - values[i]!), 0) / 2000;
    register(REGRESSOR, scored, { mae });
    await put({ alarm: { breaches: 1, windows: 1 }, thresholds: { accuracyDrop: 0.2 } });
    const south = draw(600, { south: 1 });
    const ids = predict(1, south, (drawn) => [
      ...inputs(drawn),
      { name: 'out_v', type: 'double', values: drawn.x.map((x) => 3 * x) },
    ]);
    await runAt(2);
    const { estimate } = await report(1);
    // Mean of the absolute value of a normal variable with deviation 2.
    const expected = 2 * Math.sqrt(2 / Math.PI);
    expect(estimate.metric).toBe('mae');
    expect(estimate.value).toBeGreaterThan(0.85 * expected);
    expect(estimate.value).toBeLessThan(1.15 * expected);
    expect(await raised()).toContain('accuracy-drop');

    const came = noise(south);
    for (const [i, id] of ids.entries()) {
      sayTruth(stores, { id, at: T0 + HOUR + i, truth: { value: came[i] as number } });
    }
    await runAt(2);
    const { performance, estimate: again } = await report(1, 2);
    expect(performance.metrics.map(({ name }: { name: string }) => name)).toEqual([
      'mae',
      'rmse',
      'bias',
    ]);
    expect(again.truth).toMatchObject({
      rows: 600,
      within: true,
      measured: expect.closeTo(performance.value, 9),
    });
  });
});

describe('detectors of concept drift', () => {
  it('go on from window to window, find where errors grew, and ring once', async () => {
    classifier();
    const detectors = ['adwin', 'ddm', 'hddm-a'];
    await put({ conceptDrift: { detectors }, alarm: { breaches: 2, windows: 2 } });
    for (const hour of [1, 2, 3, 4, 5]) {
      const drawn = draw(200, { flip: hour === 3 ? 0.6 : 0 });
      label(hour, predict(hour, drawn), drawn.truth);
      await runAt(hour + 1);
      expect([hour, (await raised()).includes('concept-drift')]).toEqual([
        hour,
        hour === 3 || hour === 4,
      ]);
    }
    const { conceptDrift } = await report(3);
    expect(conceptDrift).toMatchObject({ follows: ofHour(2), errors: 200, seen: 600 });
    const [finding] = conceptDrift.findings;
    expect(finding.after).toBeGreaterThan(finding.before + 0.1);
    expect(finding.predictionId).toContain('.e.1.default');
    expect(events('DriftDetected')).toMatchObject([
      {
        reason: expect.stringMatching(
          /the error rose from 0\.\d+ to 0\.\d+ \((adwin|ddm|hddm-a) at /,
        ),
      },
    ]);
  });

  it('give the same twice, and follow labels that come late', async () => {
    classifier();
    await put();
    const [one, two] = [draw(200), draw(200)];
    const [first, second] = [predict(1, one), predict(2, two)];
    label(2, second, two.truth);
    await runAt(3);
    expect((await report(2)).conceptDrift).toMatchObject({ follows: ofHour(1), seen: 200 });
    label(1, first, one.truth);
    await runAt(3);
    expect((await report(1, 2)).conceptDrift).toMatchObject({ errors: 200, seen: 200 });
    // Nothing new is known of the second window: it stays what it is.
    const again = () =>
      invoke(handler, {
        ...{ method: 'POST', path: `${PATH}/monitor/runs`, body: { from: iso(T0 + 2 * HOUR) } },
      });
    expect((await again()).body.id).toBe(ofHour(2));
    table.items.delete(`FEEDBACK#e#2026-11-25\n${second[0]}#000000000`);
    await again();
    expect((await report(2, 2)).conceptDrift).toMatchObject({ follows: ofHour(1, 2), seen: 399 });
  });
});

describe('all features together', () => {
  it('drift where no feature alone does', async () => {
    classifier();
    const reference = { kind: 'window', from: iso(T0), to: iso(T0 + HOUR) };
    await put({ reference, alarm: { breaches: 1, windows: 1 } });
    predict(0, draw(800));
    predict(1, draw(800));
    // The same y, but of other people.
    const torn = draw(800);
    predict(2, { ...torn, y: new Random(3).shuffle(torn.y.slice()) });
    await runAt(3);
    const [calm, moved] = [await report(1), await report(2)];
    expect(calm.multivariate).toMatchObject([{ method: 'domain-classifier', drifted: false }]);
    expect(moved.multivariate).toMatchObject([{ columns: ['x', 'y', 'region'], drifted: true }]);
    expect(moved.multivariate[0].score).toBeGreaterThan(0.6);
    expect(moved.driftedShare).toBe(0);
    expect(await raised()).toContain('multivariate-drift');
  });
});

describe('segments', () => {
  it('show what happens to a part of the people alone, with a correction for all tests', async () => {
    classifier();
    const reference = { kind: 'window', from: iso(T0), to: iso(T0 + HOUR) };
    const segments = [
      { name: 'south', where: [{ feature: 'region', is: ['south'] }] },
      { name: 'high x', where: [{ feature: 'x', from: 1 }] },
      { name: 'nobody', where: [{ feature: 'region', is: ['east'] }] },
    ];
    await put({ reference, segments, minRows: 50, minLabels: 20 });
    const before = draw(1000);
    label(0, predict(0, before), before.truth);
    const now = draw(1000);
    const isSouth = now.region.map((region) => region === 'south');
    const y = now.y.map((value, i) => (isSouth[i] ? value + 0.5 : value - 0.5));
    const truth = now.truth.map((one, i) => (isSouth[i] ? (one === 'yes' ? 'no' : 'yes') : one));
    label(1, predict(1, { ...now, y }), truth);
    await runAt(2);
    const { segments: found, features, performance } = await report(1);
    const [south, high, nobody] = found;
    expect(south).toMatchObject({
      name: 'south',
      features: [{ name: 'y', drifted: true }, {}, {}],
    });
    expect(south.performance.value).toBeLessThan(0.3);
    expect(south.performance.baseline).toBeGreaterThan(0.7);
    expect(performance.value).toBeGreaterThan(south.performance.value);
    expect(high.features.map(({ name }: any) => name)).toHaveLength(3);
    expect(nobody).toMatchObject({ status: 'insufficient-data', rows: 0, features: [] });
    const tests = [...features, ...found.flatMap((one: any) => one.features)];
    for (const { pValue, adjustedPValue } of tests) {
      expect(adjustedPValue).toBeGreaterThanOrEqual(pValue);
    }
  });
});

describe('a report', () => {
  it('is a page with what was measured, what was estimated, segments and findings', async () => {
    classifier();
    const reference = { kind: 'window', from: iso(T0), to: iso(T0 + HOUR) };
    const segments = [{ name: 'south', where: [{ feature: 'region', is: ['south'] }] }];
    await put({ reference, segments });
    for (const hour of [0, 1, 2, 3]) {
      const drawn = draw(400, { flip: hour === 3 ? 0.6 : 0 });
      label(hour, predict(hour, drawn), drawn.truth);
    }
    await runAt(4);
    const event = httpEvent({ path: `${PATH}/reports/${ofHour(3)}`, query: { format: 'html' } });
    const context = { awsRequestId: 'x', getRemainingTimeInMillis: () => 10_000 };
    const { body } = (await (handler as any)(event, context)) as { body: string };
    const html = body.startsWith('<') ? body : gunzipSync(Buffer.from(body, 'base64')).toString();
    for (const part of [
      ...['roc-auc', 'Estimated', 'outside of what was estimated', 'south', 'Segments'],
      ...['Concept drift', 'adwin', 'All features together', 'domain-classifier'],
    ]) {
      expect(html).toContain(part);
    }
  });
});
