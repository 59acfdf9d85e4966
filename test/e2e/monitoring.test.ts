import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  DeleteRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { upload } from '../../local/api-client.ts';
import { readExample } from '../../local/examples.ts';
import { Queue } from '../helpers/queue.ts';
import { api, force, stack, UNEXAMINED, unique, writeUnexaminedPolicy } from '../helpers/stack.ts';
import { subscribe } from '../helpers/topic.ts';

const example = readExample('wages');
const training = example.datasets.find(({ about }) => about.role === 'training');
interface Person {
  readonly education: number | null;
  readonly age: number;
}

const people = parse<Record<string, string>>(Buffer.from(training?.csv as Uint8Array), {
  columns: true,
}).map(
  ({ education, age }): Person => ({
    education: education ? Number(education) : null,
    age: Number(age),
  }),
);
/** Every ninth person of all, and those above 50 alone: the same survey, another population. */
const everybody = people.filter((_, i) => i % 9 === 0);
const elder = people.filter(({ age }) => age > 50);

const model = unique('watched');
const name = unique('watch');
const path = `/api/v1/endpoints/${name}`;
/** Is looked at by its schedule alone, while the tests go on. */
const ticking = `/api/v1/endpoints/${unique('ticking')}`;
const rule = unique('alerts');
const MINUTE = 60_000;
let [bus, notified]: Queue[] = [];
let events: EventBridgeClient;
let cloudwatch: CloudWatchClient;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function alarms(): Promise<{ name: string; state: string }[]> {
  const AlarmNamePrefix = `SkiffPlatform-monitor/${name}/`;
  const { MetricAlarms = [] } = await cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNamePrefix }),
  );
  return MetricAlarms.map(({ AlarmName = '', StateValue = '' }) => ({
    name: AlarmName.split('/').at(-1) as string,
    state: StateValue,
  }));
}
const stateOf = async (alarm: string) => (await alarms()).find((one) => one.name === alarm)?.state;

/** What was answered last, person by person. */
let answered: { readonly predictionId: string; readonly label: string }[] = [];

/** Has rows predicted, waits for the end of the minute and for the captures, and runs it. */
async function watch(rows: readonly Person[]) {
  const from = Math.floor(Date.now() / MINUTE) * MINUTE;
  answered = (await api.call('POST', `${path}/predictions`, { body: { rows } })).predictions;
  const to = Math.floor(Date.now() / MINUTE) * MINUTE + MINUTE;
  await pause(to - Date.now() + 2_000);
  const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  for (let i = 0; i < 60; i++) {
    const { variants } = await api.call('GET', `${path}/traffic?from=${span.from}&to=${span.to}`);
    if (variants[0]?.captures.written === variants[0]?.captures.selected) break;
    await pause(500);
  }
  return api.call('POST', `${path}/monitor/runs`, { body: span });
}

const serve = (version: number) =>
  api.call('PUT', path, {
    body: { variants: [{ model, version }], capture: { share: 1 }, force },
  });

/** What is served when it has changed, or still is after some time. */
async function servedAfter(revision: number): Promise<any> {
  for (let i = 0; i < 60; i++) {
    const endpoint = await api.call('GET', path);
    if (endpoint.revision !== revision) return endpoint;
    await pause(500);
  }
  return api.call('GET', path);
}

beforeAll(async () => {
  await writeUnexaminedPolicy();
  const { awsEndpointUrl: endpoint, region, eventBus: EventBusName } = stack();
  const aws = { endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  [events, cloudwatch] = [new EventBridgeClient(aws), new CloudWatchClient(aws)];
  [bus, notified] = [await Queue.create(), await Queue.create()];
  const EventPattern = JSON.stringify({ source: ['skiff'], detail: { endpoint: [name] } });
  await events.send(new PutRuleCommand({ Name: rule, EventBusName, EventPattern }));
  const Targets = [{ Id: 'queue', Arn: bus.arn }];
  await events.send(new PutTargetsCommand({ Rule: rule, EventBusName, Targets }));
  const source = { uploadId: await upload(stack(), training?.csv as Uint8Array<ArrayBuffer>) };
  await api.call('POST', '/api/v1/datasets', { body: { ...training?.about, source } });
  const about = { name: model, task: 'binary', policy: UNEXAMINED };
  await api.call('POST', '/api/v1/models', { body: about });
  const base64 = Buffer.from(example.artifact).toString('base64');
  const version = { ...example.version, artifact: { base64 } };
  for (const description of ['the first', 'the second']) {
    const made = { ...version, description };
    await api.call('POST', `/api/v1/models/${model}/versions`, { body: made });
  }
  await serve(1);
  await serve(2);
  const body = { variants: [{ model, version: 1 }], capture: { share: 1 }, force };
  await api.call('PUT', ticking, { body });
  const everyMinute = { window: { minutes: 1, delayMinutes: 0 }, schedule: 'rate(1 minute)' };
  await api.call('PUT', `${ticking}/monitor`, { body: everyMinute });
});

afterAll(async () => {
  const { eventBus: EventBusName } = stack();
  await events.send(new RemoveTargetsCommand({ Rule: rule, EventBusName, Ids: ['queue'] }));
  await events.send(new DeleteRuleCommand({ Name: rule, EventBusName }));
  await Promise.all([bus?.delete(), notified?.delete()]);
  for (const client of [events, cloudwatch]) client.destroy();
});

/** The body of the endpoint's dashboard, or undefined: the emulator's answer is no SDK's. */
async function dashboard(): Promise<string | undefined> {
  const { awsEndpointUrl, region } = stack();
  const response = await fetch(awsEndpointUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/monitoring/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: new URLSearchParams({
      ...{ Action: 'GetDashboard', Version: '2010-08-01' },
      DashboardName: `SkiffPlatform-endpoint-${name}`,
    }),
  });
  return response.ok ? response.text() : undefined;
}

describe('a monitor', () => {
  it('watches from the first prediction on, rings for another population, and goes back', async () => {
    const alarm = { breaches: 1, windows: 1 };
    // It was never examined: nothing else says how right it was.
    const thresholds = { baseline: 0.7 };
    const made = await api.call('PUT', `${path}/monitor`, { body: { alarm, thresholds } });
    expect(made).toMatchObject({ reference: { kind: 'training' }, raised: [], revision: 1 });
    const { MetricAlarms: [made1] = [] } = await cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmNamePrefix: `SkiffPlatform-monitor/${name}/` }),
    );
    await subscribe(made1?.AlarmActions?.[0] as string, notified?.arn as string);
    await api.call('PUT', `${path}/guard`, { body: { events: ['DriftDetected'] } });
    const calm = await watch(everybody);
    expect(calm).toMatchObject({ status: 'stable', rows: everybody.length });
    expect((await api.call('GET', `${path}/monitor`)).raised).toEqual([]);
    expect(await stateOf('drift-share')).not.toBe('ALARM');
    expect((await api.call('GET', path)).revision).toBe(2);

    const moved = await watch(elder);
    expect(moved).toMatchObject({ status: 'drifted', rows: elder.length });
    expect((await api.call('GET', `${path}/monitor`)).raised).toContain('drift-share');
    expect(await stateOf('drift-share')).toBe('ALARM');
    // Those that were never judged before say first that they are OK.
    const ringing = await notified?.hear(({ Message }) => {
      const { AlarmName, NewStateValue } = JSON.parse(Message);
      return AlarmName.endsWith(`/${name}/drift-share`) && NewStateValue === 'ALARM';
    });
    expect(ringing).toBeDefined();

    const isDrift = (event: any) => event['detail-type'] === 'DriftDetected';
    const drift = await bus?.hear(isDrift);
    expect(drift.detail).toMatchObject({ endpoint: name, report: moved.id });
    expect(drift.detail.reason).toContain('age');
    const back = await servedAfter(2);
    expect(back).toMatchObject({ restoredFrom: 1, rolledBackFrom: 2, updatedBy: 'skiff' });
    expect(back.variants).toMatchObject([{ version: 1, weight: 100 }]);
    expect(back.reason).toBe(`DriftDetected: ${drift.detail.reason}`);

    const full = await api.call('GET', `${path}/reports/${moved.id}`);
    expect(full.features[0]).toMatchObject({ name: 'age', drifted: true });
    const again = await api.call('POST', `${path}/monitor/runs`, {
      body: { from: full.from, to: full.to },
    });
    expect(again.id).toBe(moved.id);
    const page = await fetch(`${stack().apiUrl}${path}/reports/${moved.id}?format=html`, {
      headers: { authorization: `Bearer ${stack().token}` },
    });
    expect(page.headers.get('content-type')).toContain('text/html');
    const index = await fetch(`${stack().apiUrl}${path}/reports`, {
      headers: { authorization: `Bearer ${stack().token}`, accept: 'text/html' },
    });
    expect(await index.text()).toContain(`href="reports/${moved.id}?format=html"`);
    const html = await page.text();
    for (const part of ['The data have drifted', 'age', 'Reference', 'drift-share']) {
      expect(html).toContain(part);
    }
  }, 300_000);

  it('judges labels that come late: the window opens again, and its alarm rings', async () => {
    const [{ from, to, id }] = (await api.call('GET', `${path}/reports?limit=1`)).items;
    const contrary = (label: string) => (label === 'above' ? 'below' : 'above');
    const say = (truth: (label: string) => string, correct: boolean) =>
      api.call('POST', '/api/v1/feedback', {
        body: {
          items: answered
            .slice(0, 100)
            .map(({ predictionId, label }) => ({ predictionId, label: truth(label), correct })),
        },
      });
    const look = () => api.call('POST', `${path}/monitor/runs`, { body: { from, to } });
    expect(await say(contrary, false)).toMatchObject({ accepted: 100 });
    const worse = await look();
    expect(worse.id).toBe(id.replace(/-r1$/, '-r2'));
    expect(worse.performance).toMatchObject({ metric: 'accuracy', value: 0, labelled: 100 });
    expect((await api.call('GET', `${path}/monitor`)).raised).toContain('accuracy-drop');
    expect(await stateOf('accuracy-drop')).toBe('ALARM');
    const degraded = await bus?.hear((e) => e['detail-type'] === 'PerformanceDegraded');
    expect(degraded.detail).toMatchObject({
      ...{ endpoint: name, report: worse.id },
      reason: 'accuracy 0 on 100 labelled predictions, 0.7 before',
    });
    const ringing = await notified?.hear(({ Message }) => {
      const { AlarmName, NewStateValue } = JSON.parse(Message);
      return AlarmName.endsWith(`/${name}/accuracy-drop`) && NewStateValue === 'ALARM';
    });
    expect(ringing).toBeDefined();
    const { performance, conceptDrift } = await api.call('GET', `${path}/reports/${worse.id}`);
    const named = performance.metrics.map((metric: { name: string }) => metric.name);
    expect(named).toEqual(expect.arrayContaining(['precision', 'recall', 'roc-auc']));
    expect(conceptDrift).toMatchObject({ errors: 100 });

    expect(await say((label) => label, true)).toMatchObject({ replaced: 100 });
    expect((await look()).performance.value).toBe(1);
    expect((await api.call('GET', `${path}/monitor`)).raised).not.toContain('accuracy-drop');
  }, 120_000);

  it('looks by itself when its schedule fires', async () => {
    const reports = async () => (await api.call('GET', `${ticking}/reports`)).items;
    for (let i = 0; i < 60 && (await reports()).length === 0; i++) await pause(1_000);
    expect((await reports()).at(-1)).toMatchObject({ status: 'no-reference', rows: 0 });
    await api.request('DELETE', `${ticking}/monitor`);
  }, 90_000);

  it('has a schedule of its own, and takes it and the alarms along', async () => {
    const { awsEndpointUrl: endpoint, region } = stack();
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const scheduler = new SchedulerClient({ endpoint, region, credentials });
    const { createHash } = await import('node:crypto');
    const digest = createHash('sha256').update(name).digest('hex').slice(0, 40);
    const find = () => scheduler.send(new GetScheduleCommand({ Name: `SkiffPlatform-${digest}` }));
    expect((await find()).ScheduleExpression).toBe('rate(60 minutes)');
    expect(await alarms()).toHaveLength(9);
    expect(await dashboard()).toContain('DriftedShare');
    expect((await api.request('DELETE', `${path}/monitor`)).status).toBe(204);
    expect(await alarms()).toEqual([]);
    expect(await dashboard()).toBeUndefined();
    await expect(find()).rejects.toThrow();
    scheduler.destroy();
  });
});
