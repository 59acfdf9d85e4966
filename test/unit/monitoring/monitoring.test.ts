import { existsSync } from 'node:fs';
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  SchedulerClient,
  UpdateScheduleCommand,
  ValidationException,
} from '@aws-sdk/client-scheduler';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { ulid } from 'ulid';
import { hourPrefix } from '#core/capture/keys.ts';
import { Outside } from '#core/profile/outside.ts';
import { edgesFrom, profileTable } from '#core/profile/profiler.ts';
import type { Signature } from '#core/signature/schema.ts';
import type { HttpEvent, HttpResult } from '#shared/http.ts';
import { logger } from '#shared/observability.ts';
import { RowProfiler } from '../../../functions/inference/batch/row-profiler.ts';
import { feedMonitor } from '../../../functions/jobs/profile.ts';
import type { Job, JobPlan } from '../../../functions/jobs/schema.ts';
import { examples } from '../../../functions/monitoring/examples.ts';
import { handler } from '../../../functions/monitoring/handlers/api.ts';
import { handler as run } from '../../../functions/monitoring/handlers/run-monitor.ts';
import { toHtml } from '../../../functions/monitoring/page.ts';
import { compactHour } from '../../../functions/traffic/compaction.ts';
import { predicted, sayTruth } from '../../helpers/captured.ts';
import { fakeS3 } from '../../helpers/fake-s3.ts';
import { fakeTable } from '../../helpers/fake-table.ts';
import { httpEvent, invoke } from '../../helpers/invoke.ts';

Object.assign(process.env, {
  ...{ DATA_BUCKET: 'data', ARTIFACTS_BUCKET: 'artifacts', NAME_PREFIX: 'Skiff' },
  ...{ ALARM_TOPIC: 'topic', RUN_MONITOR_ARN: 'run', SCHEDULER_ROLE_ARN: 'role' },
  ...{ SCHEDULER_DEAD_LETTERS_ARN: 'queue', COMPOSITE_ALARMS: 'true' },
});
const table = fakeTable();
const s3 = fakeS3();
const cloudwatch = mockClient(CloudWatchClient);
const scheduler = mockClient(SchedulerClient);

const HOUR = 3_600_000;
const T0 = Date.UTC(2026, 10, 25, 10);
const iso = (at: number) => new Date(at).toISOString();
const at = { createdAt: iso(T0), updatedAt: iso(T0), updatedBy: 'a' };
const PATH = '/api/v1/endpoints/e';

beforeEach(() => {
  jest.useFakeTimers({ now: T0 + 10 * HOUR, doNotFake: ['nextTick', 'setImmediate'] });
  table.items.clear();
  s3.reset();
  for (const client of [cloudwatch, scheduler]) client.reset();
  cloudwatch.onAnyCommand().resolves({});
  scheduler.onAnyCommand().resolves({});
  table.put({
    ...{ pk: 'ENDPOINT#e', sk: 'CURRENT', name: 'e', description: '', revision: 1, ...at },
    variants: [{ name: 'default', model: 'm', version: 0, weight: 100 }],
  });
});
afterEach(() => void jest.useRealTimers());

/** Predictions of an hour: their ages. */
const predict = (hour: number, ages: readonly number[], variant = 'default'): string[] =>
  predicted(
    { table, s3 },
    {
      ...{ start: T0 + hour * HOUR, rows: ages.length, version: 0, variant },
      columns: [{ name: 'in_age', type: 'double', values: Float64Array.from(ages) }],
    },
  );

const young = Array.from({ length: 200 }, (_, i) => 20 + (i % 30) + i / 1000);
const old = young.map((age) => age + 25);
/** The first hour is what all others are compared with. */
const reference = { kind: 'window', from: iso(T0), to: iso(T0 + HOUR) };
const alarm = { breaches: 2, windows: 3 };
const put = (body: object = {}) =>
  invoke(handler, { method: 'PUT', path: `${PATH}/monitor`, body: { reference, alarm, ...body } });
const get = async (path: string) => (await invoke(handler, { path: PATH + path })).body;
const runAt = (hour: number) => {
  jest.setSystemTime(T0 + hour * HOUR + 6 * 60_000);
  return run({ endpoint: 'e' });
};
const events = () =>
  [...table.items.values()]
    .filter(({ pk }) => pk === 'AUDIT')
    .sort((a, b) => (a.sk < b.sk ? -1 : 1))
    .map(({ event }) => event);
const alerts = () => events().filter(({ name }) => /Detected|Degraded|Violated/.test(name));
const metric = (name: string) =>
  cloudwatch
    .commandCalls(PutMetricDataCommand)
    .flatMap(({ args: [{ input }] }) => input.MetricData ?? [])
    .filter(({ MetricName }) => MetricName === name)
    .map(({ Value }) => Value);

/** The answer as it is, for what is not JSON. */
const page = (rawPath: string) =>
  (handler as unknown as (event: HttpEvent, context: unknown) => Promise<HttpResult & object>)(
    httpEvent({ path: rawPath, query: { format: 'html' } }),
    { awsRequestId: 'x', getRemainingTimeInMillis: () => 10_000 },
  ) as Promise<{ statusCode: number; headers?: Record<string, string>; body: string }>;

/** A monitor that was made in the second hour. */
async function monitored(body: object = {}): Promise<void> {
  jest.setSystemTime(T0 + HOUR + 1);
  predict(0, young);
  expect((await put(body)).status).toBe(201);
}

describe('a monitor', () => {
  it('is made with a schedule of its own and an alarm of each kind, each with a runbook', async () => {
    await monitored();
    const [schedule] = scheduler.commandCalls(CreateScheduleCommand);
    expect(schedule?.args[0].input).toMatchObject({
      Name: expect.stringMatching(/^Skiff-[0-9a-f]{40}$/),
      ScheduleExpression: 'rate(60 minutes)',
      Target: {
        ...{ Arn: 'run', RoleArn: 'role', Input: '{"endpoint":"e"}' },
        RetryPolicy: { MaximumRetryAttempts: 10, MaximumEventAgeInSeconds: 3600 },
        DeadLetterConfig: { Arn: 'queue' },
      },
    });
    const alarms = cloudwatch.commandCalls(PutMetricAlarmCommand).map(({ args }) => args[0].input);
    expect(alarms.map(({ AlarmName }) => AlarmName)).toEqual(
      [
        ...['drift-share', 'worst-feature', 'multivariate-drift', 'data-quality'],
        ...['accuracy-drop', 'concept-drift', 'error-rate', 'p95-latency', 'no-traffic'],
      ].map((name) => `Skiff-monitor/e/${name}`),
    );
    const [all] = cloudwatch.commandCalls(PutCompositeAlarmCommand);
    expect(all?.args[0].input).toMatchObject({ AlarmActions: ['topic'], OKActions: ['topic'] });
    expect(all?.args[0].input.AlarmRule).toContain('ALARM("Skiff-monitor/e/drift-share") OR ');
    // The composite alarm rings in their place.
    expect(alarms.filter(({ AlarmActions }) => AlarmActions)).toEqual([]);
    for (const { AlarmDescription = '' } of [...alarms, all?.args[0].input ?? {}]) {
      const [, page = ''] = /(docs\/runbooks\/[\w-]+\.md)$/.exec(AlarmDescription) ?? [];
      expect([AlarmDescription, existsSync(page)]).toEqual([AlarmDescription, true]);
    }
  });

  it('is the same when it is put again, and changes its schedule when it changes', async () => {
    await monitored();
    expect((await put()).body.revision).toBe(1);
    scheduler
      .on(CreateScheduleCommand)
      .rejects(new ConflictException({ message: 'there', $metadata: {}, Message: 'there' }));
    const changed = await put({ schedule: 'rate(1 day)' });
    expect([changed.status, changed.body.revision]).toEqual([200, 2]);
    const [update] = scheduler.commandCalls(UpdateScheduleCommand);
    expect(update?.args[0].input.ScheduleExpression).toBe('rate(1 day)');
    expect(events().map(({ name }) => name)).toEqual(['MonitorUpdated', 'MonitorUpdated']);
  });

  it('is refused where it makes no sense, naming the field', async () => {
    const refused = async (body: object) => {
      const answer = await put(body);
      return [answer.status, answer.body.detail];
    };
    expect(await refused({ schedule: 'hourly' })).toEqual([400, expect.stringContaining('rate(')]);
    expect(await refused({ alarm: { breaches: 4 } })).toEqual([
      400,
      expect.stringContaining('alarm.breaches'),
    ]);
    expect(await refused({ reference: { kind: 'training' } })).toEqual([
      400,
      expect.stringContaining('lineage'),
    ]);
    expect(await refused({ reference: { kind: 'dataset', name: 'no' } })).toEqual([
      400,
      expect.stringContaining('there is no dataset'),
    ]);
    scheduler
      .on(CreateScheduleCommand)
      .rejects(
        new ValidationException({ message: 'bad cron', $metadata: {}, Message: 'bad cron' }),
      );
    expect(await refused({ schedule: 'cron(0 6 * * ? 2025)' })).toEqual([
      400,
      expect.stringContaining('schedule: bad cron'),
    ]);
  });

  it('goes with its schedule and its alarms; its reports stay', async () => {
    await monitored();
    predict(1, young);
    await runAt(2);
    const gone = await invoke(handler, { method: 'DELETE', path: `${PATH}/monitor` });
    expect(gone.status).toBe(204);
    expect(scheduler.commandCalls(DeleteScheduleCommand)).toHaveLength(1);
    const [removed] = cloudwatch.commandCalls(DeleteAlarmsCommand);
    expect(removed?.args[0].input.AlarmNames).toHaveLength(10);
    expect((await get('/reports')).items).toHaveLength(1);
    expect((await invoke(handler, { path: `${PATH}/monitor` })).status).toBe(404);
  });

  it('goes when its endpoint has gone, and a run without one does nothing', async () => {
    const warned = jest.spyOn(logger, 'warn').mockImplementation(() => {});
    await monitored();
    table.put({ ...table.items.get('ENDPOINT#e\nCURRENT'), deleted: true });
    await runAt(2);
    expect(events().at(-1)).toMatchObject({ name: 'MonitorRemoved', detail: { endpoint: 'e' } });
    await runAt(3);
    expect(warned).toHaveBeenCalledTimes(1);
  });
});

describe('a run', () => {
  it('finds no drift where there is none, and says so in metrics and on the bus', async () => {
    await monitored();
    predict(
      1,
      young.map((age) => age + 0.2),
    );
    await runAt(2);
    const [summary] = (await get('/reports')).items;
    expect(summary).toMatchObject({ id: '20261125T110000Z-60m-r1', status: 'stable', rows: 200 });
    expect(events().at(-1)).toMatchObject({
      name: 'MonitorCompleted',
      detail: { endpoint: 'e', report: summary.id, status: 'stable' },
    });
    expect(metric('DriftedShare')).toEqual([0]);
    expect(new Set(metric('DriftedShareRaised'))).toEqual(new Set([0]));
  });

  it('raises an alarm after k of n windows, tells once, and clears it', async () => {
    await monitored();
    for (const [hour, ages] of [young, old, old, old, young, young, young].entries()) {
      if (hour > 0) predict(hour, ages);
      if (hour > 0) await runAt(hour + 1);
      const { raised } = await get('/monitor');
      expect([hour, raised.includes('drift-share')]).toEqual([hour, hour >= 2 && hour <= 4]);
    }
    const drifts = alerts().filter(({ name }) => name === 'DriftDetected');
    expect(drifts).toHaveLength(1);
    expect(drifts[0].detail).toMatchObject({
      endpoint: 'e',
      reason: expect.stringMatching(/^1 of 1 features drifted from the captures .*: age \(/),
      report: '20261125T120000Z-60m-r1',
    });
  });

  it('catches up on windows whose schedules were missed, each once', async () => {
    await monitored();
    for (const hour of [1, 2, 4]) predict(hour, young);
    await runAt(6);
    await runAt(6);
    const { items } = await get('/reports');
    expect(items.map(({ from, rows }: any) => [from, rows])).toEqual([
      [iso(T0 + 5 * HOUR), 0],
      [iso(T0 + 4 * HOUR), 200],
      [iso(T0 + 3 * HOUR), 0],
      [iso(T0 + 2 * HOUR), 200],
      [iso(T0 + HOUR), 200],
    ]);
    expect((await get('/monitor')).next).toBe(iso(T0 + 6 * HOUR));
  });

  it('of one window gives the same report twice, to the byte', async () => {
    await monitored();
    predict(1, old);
    await runAt(2);
    const objects = () => [...s3.objects].filter(([key]) => key.includes('/reports/'));
    const before = objects();
    const body = { from: iso(T0 + HOUR) };
    const again = await invoke(handler, { method: 'POST', path: `${PATH}/monitor/runs`, body });
    expect(again.body).toMatchObject({ id: '20261125T110000Z-60m-r1', revision: 1 });
    expect(objects()).toEqual(before);
    expect(events().filter(({ name }) => name === 'MonitorCompleted')).toHaveLength(1);
  });

  it('finds the same report once the captures are compacted', async () => {
    await monitored();
    const parts = [0, 1, 2].map((part) => old.filter((_, i) => i % 3 === part));
    for (const [minute, ages] of parts.entries()) predict(1 + minute / 60, ages);
    await runAt(2);
    const files = () => [...s3.objects.keys()].filter((key) => key.includes('/captures/'));
    expect(files()).toHaveLength(4);
    await compactHour('captures', 'e', T0 + HOUR);
    expect(files()).toHaveLength(2);
    const body = { from: iso(T0 + HOUR) };
    const again = await invoke(handler, { method: 'POST', path: `${PATH}/monitor/runs`, body });
    expect(again.body).toMatchObject({ revision: 1, rows: 200 });
    predict(1.5, old.slice(0, 1));
    const more = await invoke(handler, { method: 'POST', path: `${PATH}/monitor/runs`, body });
    expect(more.body).toMatchObject({ revision: 2, rows: 201 });
  });

  it.each(['window', 'first-window'])(
    'is held against the busiest variant of a %s alone',
    async (kind) => {
      jest.setSystemTime(T0 + 1);
      const others = kind === 'window' ? { reference } : { reference: { kind } };
      await put(others);
      predict(0, young);
      predict(0, old.slice(0, 150), 'canary');
      predict(1, young);
      await runAt(2);
      expect(await get('/reports/20261125T110000Z-60m-r1')).toMatchObject({
        ...{ status: 'stable', referenceRows: 200 },
      });
    },
  );

  it('is refused for a window that is not over or is none', async () => {
    await monitored();
    const ask = async (body: object) => {
      const call = { method: 'POST', path: `${PATH}/monitor/runs`, body };
      return (await invoke(handler, call)).body.detail;
    };
    expect(await ask({ from: iso(T0 + HOUR) })).toContain('still to come');
    expect(await ask({ to: iso(T0) })).toContain('from: is missing');
    expect(await ask({ from: iso(T0 + 1) })).toContain('whole minute');
    expect(await ask({ from: iso(T0), to: iso(T0) })).toContain('after `from`');
  });

  it('does not judge fewer rows than it was told', async () => {
    await monitored();
    predict(1, old.slice(0, 50));
    await runAt(2);
    const report = await get('/reports/20261125T110000Z-60m-r1');
    expect(report).toMatchObject({ status: 'insufficient-data', rows: 50, driftedShare: null });
    expect(alerts()).toEqual([]);
  });

  it('names what is wrong with values', async () => {
    await monitored({ alarm: { breaches: 1, windows: 1 } });
    predict(
      1,
      young.map((age, i) => (i % 3 === 0 ? Number.NaN : age)),
    );
    await runAt(2);
    expect((await get('/reports/20261125T110000Z-60m-r1')).quality).toMatchObject([
      { feature: 'age', kind: 'missing' },
    ]);
    expect(alerts()).toMatchObject([
      { name: 'DataQualityViolated', detail: { reason: expect.stringContaining('age: 33.5 %') } },
    ]);
  });

  it('leaves the alarms of windows that are older than the last one as they are', async () => {
    await monitored({ alarm: { breaches: 1, windows: 1 } });
    predict(1, young);
    predict(2, young);
    await runAt(3);
    predict(1, old);
    const body = { from: iso(T0 + HOUR) };
    const { body: late } = await invoke(handler, {
      ...{ method: 'POST', path: `${PATH}/monitor/runs`, body },
    });
    expect(late).toMatchObject({ revision: 2, rows: 400 });
    expect(alerts()).toEqual([]);
    expect((await get('/reports/20261125T110000Z-60m-r1')).rows).toBe(200);
  });
});

describe('devices that send summaries instead of rows', () => {
  const columnsOf = (ages: readonly number[]) => ({
    rows: ages.length,
    columns: [{ name: 'in_age', kind: 'numeric' as const, values: Float64Array.from(ages) }],
  });

  /** Traffic without captures, and the rows as a profile in the bins of the reference. */
  function predictOnDevice(hour: number, ages: readonly number[]): void {
    predict(hour, ages);
    for (const key of [...s3.objects.keys()]) {
      if (key.startsWith('data/captures/') && key.includes(`/hr=${10 + hour}/`)) {
        s3.objects.delete(key);
      }
    }
    const from = T0 + hour * HOUR;
    const known = profileTable(columnsOf(young));
    const outside = new Outside(known.columns);
    outside.add(columnsOf(ages).columns);
    const kept = {
      ...{ id: `${ulid(from)}.0`, variant: 'default', revision: 1, device: 'd' },
      ...{ model: 'm', version: 0, from: iso(from), to: iso(from + HOUR) },
      profile: profileTable(columnsOf(ages), edgesFrom(known)),
      outside: Object.fromEntries(outside.counts),
    };
    const prefix = hourPrefix('row-profiles', 'e', from);
    s3.objects.set(`data/${prefix}default-${kept.id}.json`, Buffer.from(JSON.stringify(kept)));
  }

  it('are watched as if they had sent the rows', async () => {
    await monitored();
    predict(1, old);
    predictOnDevice(2, old);
    predictOnDevice(3, young);
    await runAt(4);
    const report = async (hour: number) => get(`/reports/20261125T${10 + hour}0000Z-60m-r1`);
    const [rows, summed, calm] = [await report(1), await report(2), await report(3)];
    expect(rows.status).toBe('drifted');
    const facts = ({ status, rows: n, quality, features: [age] }: any) => {
      const { name, drifted, method, current, reference } = age;
      return { status, n, quality, name, drifted, method, current, reference };
    };
    expect(facts(summed)).toEqual(facts(rows));
    // Rows are compared exactly, profiles to within the bound that they state.
    const { score, errorBound } = summed.features[0];
    expect(Math.abs(score - rows.features[0].score)).toBeLessThanOrEqual(errorBound);
    expect(calm).toMatchObject({ status: 'stable', rows: 200 });
  });

  it('add to what others captured in the same window', async () => {
    await monitored();
    predict(1, young);
    const captures = new Map(s3.objects);
    predictOnDevice(1, young);
    for (const [key, bytes] of captures) s3.objects.set(key, bytes);
    await runAt(2);
    expect(await get('/reports/20261125T110000Z-60m-r1')).toMatchObject({
      ...{ status: 'stable', rows: 400 },
    });
  });
});

describe('jobs of the endpoint', () => {
  const signature = {
    inputs: [{ name: 'x', datatype: 'FP64', shape: ['N', 1] }],
    outputs: [],
    features: [{ name: 'age', type: 'number', input: 'x', column: 0, nullable: false }],
  } as unknown as Signature;

  /** What the last step of a job does, half past this hour. */
  async function scored(hour: number, ages: readonly number[], hidden: string[] = []) {
    const id = ulid();
    const outputPrefix = `batch/out/e/${id}/`;
    const profiler = new RowProfiler(signature);
    const data = Float64Array.from(ages);
    profiler.add(
      ages.length,
      () => data,
      () => undefined,
    );
    s3.objects.set(`data/${outputPrefix}profile.json`, profiler.toBytes());
    const finishedAt = iso(T0 + (hour + 0.5) * HOUR);
    const served = { variant: 'default', revision: 1, hidden };
    await feedMonitor(
      { id, endpoint: 'e', outputPrefix, finishedAt } as Job,
      { model: 'm', version: 0, signature, served } as unknown as JobPlan,
    );
  }

  it('are watched as if their rows had been captured, with other requests and without any', async () => {
    await monitored();
    predict(1, old);
    predict(2, young);
    await scored(3, old);
    await scored(4, young);
    predict(5, young);
    await scored(5, [...old, ...old]);
    await runAt(6);
    const report = async (hour: number) => get(`/reports/20261125T${10 + hour}0000Z-60m-r1`);
    const [rows, , summed, calm, mixed] = await Promise.all([1, 2, 3, 4, 5].map(report));
    const facts = ({ status, rows: n, quality, subject, features: [age] }: any) => {
      const { name, drifted, method } = age;
      return { status, n, quality, subject, name, drifted, method };
    };
    expect(facts(summed)).toEqual({ ...facts(rows), status: 'drifted', n: 200 });
    expect(rows.quality).toEqual([expect.objectContaining({ kind: 'out-of-range' })]);
    // So few rows are compared exactly by their profile too.
    expect(summed.features[0].score).toBeCloseTo(rows.features[0].score, 10);
    expect(calm).toMatchObject({ status: 'stable', rows: 200, health: { requests: 0 } });
    expect(mixed).toMatchObject({ status: 'drifted', rows: 600, health: { requests: 200 } });
    expect(alerts().map(({ name }) => name)).toContain('DriftDetected');
  });

  it('hide what captures do not show', async () => {
    await monitored();
    await scored(1, old, ['age']);
    await runAt(2);
    expect(await get('/reports/20261125T110000Z-60m-r1')).toMatchObject({
      ...{ rows: 200, features: [] },
    });
    const kept = [...s3.objects].filter(([key]) => key.includes('row-profiles'));
    expect(kept.map(([, bytes]) => `${bytes}`.includes('in_age'))).toEqual([false]);
  });

  it('are a first window that later ones are compared with', async () => {
    jest.setSystemTime(T0 + HOUR + 1);
    await put({ reference: { kind: 'first-window' } });
    for (const [hour, ages] of [[1, young] as const, [2, young] as const, [3, old] as const]) {
      await scored(hour, ages);
    }
    await runAt(4);
    const status = async (hour: number) =>
      (await get(`/reports/20261125T${10 + hour}0000Z-60m-r1`)).status;
    expect(await Promise.all([1, 2, 3].map(status))).toEqual(['no-reference', 'stable', 'drifted']);
  });
});

describe('the page of a report', () => {
  it('shows what changed and the windows before, loads nothing and may be framed by nobody', async () => {
    await monitored();
    for (const [hour, ages] of [[1, young] as const, [2, old] as const]) {
      predict(hour, ages);
      await runAt(hour + 1);
    }
    const path = `${PATH}/reports/20261125T120000Z-60m-r1`;
    const { statusCode, headers, body } = await page(path);
    expect([statusCode, headers?.['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers?.['content-security-policy']).toMatch(
      /^default-src 'none';.*frame-ancestors 'none'$/,
    );
    const parts = [
      'The data have drifted',
      'Drifted: kolmogorov-smirnov',
      'Reference',
      'Over time',
    ];
    for (const part of [...parts, '2 windows, the last at 1']) expect(body).toContain(part);
    expect(body).toMatch(
      /<a href="https:\/\/console\.aws[^"]*prefix=captures%2Fe%2Fdt%3D[^"]*">captures\/e\/dt=/,
    );
    expect(body).not.toMatch(/<script|src=|url\(/);
  });

  it('shows names as text, whatever is in them', async () => {
    const report = JSON.parse(JSON.stringify(examples.getReport?.answer));
    report.features[0].name = '<img src=x onerror=alert(1)>';
    report.reference = '"><script>';
    const html = toHtml(report, [], () => '"><script>');
    expect(html).not.toMatch(/<img|<script/);
    expect(html).toContain('&lt;img src=x');
  });
});

describe('labels', () => {
  const label = (id: string, text: string) =>
    sayTruth({ table }, { id, at: T0 + HOUR, truth: { label: text } });

  it('that come late open their window again, as the next revision of its report', async () => {
    await monitored();
    const ids = predict(1, young);
    await runAt(2);
    await runAt(2);
    label(ids[0] as string, 'yes');
    await runAt(2);
    const { items } = await get('/reports');
    expect(items.map(({ id, labels }: any) => [id, labels])).toEqual([
      ['20261125T110000Z-60m-r2', 1],
      ['20261125T110000Z-60m-r1', 0],
    ]);
    await runAt(2);
    expect((await get('/reports')).items).toHaveLength(2);
  });

  it('that are corrected open it too, where no more corrections of them are kept', async () => {
    await monitored();
    const [id] = predict(1, young);
    label(id as string, 'yes');
    await runAt(2);
    label(id as string, 'no');
    await runAt(2);
    const { items } = await get('/reports');
    expect(items.map(({ revision, labels }: any) => [revision, labels])).toEqual([
      [2, 1],
      [1, 1],
    ]);
  });
});
