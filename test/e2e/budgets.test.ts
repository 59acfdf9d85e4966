import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readExample } from '../../local/examples.ts';
import { invoke } from '../helpers/faults.ts';
import { Queue } from '../helpers/queue.ts';
import { api, force, stack, UNEXAMINED, unique, writeUnexaminedPolicy } from '../helpers/stack.ts';
import { subscribe } from '../helpers/topic.ts';

const example = readExample('wages');
const model = unique('costly');
const name = unique('spent');
const path = `/api/v1/endpoints/${name}`;
const row = { rows: example.expected.rows?.slice(0, 1) };
const AlarmName = `SkiffPlatform-budget-${name}`;
let cloudwatch: CloudWatchClient;
let notified: Queue;

beforeAll(async () => {
  const { awsEndpointUrl: endpoint, region } = stack();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  cloudwatch = new CloudWatchClient({ endpoint, region, credentials });
  notified = await Queue.create();
  await writeUnexaminedPolicy();
  const about = { name: model, task: 'binary', policy: UNEXAMINED };
  await api.call('POST', '/api/v1/models', { body: about });
  const base64 = Buffer.from(example.artifact).toString('base64');
  for (const description of ['cheap', 'dear']) {
    const version = { ...example.version, artifact: { base64 }, description };
    await api.call('POST', `/api/v1/models/${model}/versions`, { body: version });
    await serve(description === 'cheap' ? 1 : 2);
  }
}, 120_000);

afterAll(async () => {
  await api.call('DELETE', `${path}/budget`);
  await notified.delete();
  cloudwatch.destroy();
});

const serve = (version: number) =>
  api.call('PUT', path, { body: { variants: [{ model, version }], force } });
const setBudget = (amount: number) =>
  api.call('PUT', `${path}/budget`, { body: { amount, period: 'day' } });
const alarm = async () =>
  (await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }))).MetricAlarms?.[0];
const versions = async () => (await api.call('GET', path)).variants.map((v: any) => v.version);

/** Asks until it is so, or for half a minute. */
async function eventually<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  for (let i = 0; ; i++) {
    const answer = await ask();
    if (isSo(answer) || i === 60) return answer;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** What the audit log has of the endpoint, newest first. */
async function actions(): Promise<string[]> {
  const resource = encodeURIComponent(`endpoint/${name}`);
  const { items } = await api.call('GET', `/api/v1/audit?resource=${resource}`);
  return items.map(({ action }: { action: string }) => action);
}

it('a budget that is used up rings, notifies, and rolls its endpoint back once', async () => {
  await api.call('PUT', `${path}/guard`, { body: { events: ['BudgetExceeded'], maximum: 1 } });
  await setBudget(1e-9);
  expect((await alarm())?.StateValue).not.toBe('ALARM');
  await subscribe((await alarm())?.AlarmActions?.[0] as string, notified.arn);
  await api.call('POST', `${path}/predictions`, { body: row });
  await eventually(
    () => api.call('GET', `${path}/cost`),
    ({ total }) => total > 0,
  );

  await invoke('CheckBudgets', {});
  // The topic tells of all alarms.
  const rang = await notified.hear(({ Message }) => JSON.parse(Message).AlarmName === AlarmName);
  expect(JSON.parse(rang.Message).NewStateValue).toBe('ALARM');
  expect((await api.call('GET', `${path}/budget`)).exceeded).toMatch(/^\d{4}-\d\d-\d\d$/);

  // The event goes over the table's stream and the bus to the guard.
  expect(await eventually(versions, ([version]) => version === 1)).toEqual([1]);
  const { reason } = await api.call('GET', path);
  expect(reason).toMatch(/^BudgetExceeded: \S+ of 1e-9 USD are spent in \d{4}-/);
  const { rollbacks } = await api.call('GET', `${path}/guard`);
  expect(rollbacks).toMatchObject([{ event: 'BudgetExceeded', revision: 2 }]);

  // Another version, another budget that is used up: the guard has done what it may.
  await serve(2);
  await setBudget(2e-9);
  await invoke('CheckBudgets', {});
  const said = (all: string[]) => all.filter((action) => action === 'budget.exceed').length === 2;
  expect(await eventually(actions, said)).toContain('budget.exceed');
  const detail = { endpoint: name, amount: 2e-9, period: 'day', spent: 1, in: '2026-11-25' };
  const happened = { id: '01KB0000000000000000000000', at: new Date().toISOString(), actor: 'x' };
  await invoke('GuardEndpoint', {
    ...{ 'detail-type': 'BudgetExceeded', detail: { ...happened, ...detail } },
  });
  expect(await versions()).toEqual([2]);
  expect((await actions()).filter((action) => action === 'endpoint.rollback')).toHaveLength(1);
}, 180_000);
