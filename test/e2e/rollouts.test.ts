import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { upload } from '../../local/api-client.ts';
import { readExample, readSuccessor } from '../../local/examples.ts';
import { verdictOf } from '../../local/verdict.ts';
import { invoke } from '../helpers/faults.ts';
import { api, stack, unique } from '../helpers/stack.ts';

const example = readExample('wages');
const MODEL = unique('wages');
const ENDPOINT = unique('paid');
const path = `/api/v1/endpoints/${ENDPOINT}`;

/** Fast, and about medians, because the machine is shared with everything else. */
const QUICK = {
  bakeSeconds: 5,
  patienceSeconds: 90,
  criteria: { minimumRequests: 15, latency: { quantile: 0.5, increase: 4 } },
};

async function register(artifact: Uint8Array<ArrayBuffer>): Promise<void> {
  const { signature } = example.version;
  const body = { signature, artifact: { uploadId: await upload(stack(), artifact) } };
  const { version } = await api.call('POST', `/api/v1/models/${MODEL}/versions`, { body });
  expect(await verdictOf(stack(), MODEL, version)).toMatchObject({ status: 'approved' });
}

const serve = (version: number) =>
  api.call('PUT', path, { body: { variants: [{ name: 'live', model: MODEL, version }] } });

const start = (version: number, more: object = {}) =>
  api.request('POST', `${path}/rollouts`, { body: { model: MODEL, version, ...QUICK, ...more } });

const row = { rows: example.expected.rows?.slice(0, 1) };

const nothing = async (_predictionId: string): Promise<void> => {};

/** One caller after the other, as long as it takes. */
async function underTraffic<T>(work: () => Promise<T>, tell = nothing): Promise<T> {
  let going = true;
  const answers = new Map<number, number>();
  const caller = async () => {
    while (going) {
      const { status, body } = await api.request('POST', `${path}/predictions`, { body: row });
      answers.set(status, (answers.get(status) ?? 0) + 1);
      if (status === 200) await tell(body.predictions[0].predictionId);
    }
  };
  const callers = [caller(), caller()];
  try {
    return await work();
  } finally {
    going = false;
    await Promise.all(callers);
    expect([...answers.keys()]).toEqual([200]);
  }
}

async function until(id: string, holds: (rollout: any) => boolean): Promise<any> {
  for (let i = 0; i < 300; i++) {
    const rollout = await api.call('GET', `${path}/rollouts/${id}`);
    if (holds(rollout)) return rollout;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(
    `rollout ${id} did not get there: ${JSON.stringify(await api.call('GET', `${path}/rollouts/${id}`))}`,
  );
}

const ended = ({ status }: { status: string }) => status !== 'running';
const served = async () =>
  (await api.call('GET', path)).variants.map((v: any) => [v.name, v.version, v.weight]);

beforeAll(async () => {
  await api.call('PUT', `/api/v1/policies/${MODEL}`, { body: { gates: [] } });
  await api.call('POST', '/api/v1/models', {
    body: { ...example.model, name: MODEL, policy: MODEL },
  });
  await register(example.artifact);
  await register(readSuccessor('wages', 'better').artifact);
  await register(readSuccessor('wages', 'slow').artifact);
}, 240_000);

describe('a canary', () => {
  it('of a good version gets all the traffic, step by step', async () => {
    await serve(1);
    const rollout = await underTraffic(async () => {
      const answer = await start(2, { strategy: { kind: 'canary', steps: [20, 50] } });
      expect(answer.status).toBe(202);
      return until(answer.body.id, ended);
    });
    expect(rollout).toMatchObject({ status: 'promoted', variant: 'v2', step: 2 });
    expect(rollout.decisions.map((d: any) => [d.what, d.weight])).toEqual([
      ['start', 20],
      ['advance', 50],
      ['advance', 100],
      ['promote', 100],
    ]);
    expect(await served()).toEqual([['v2', 2, 100]]);
    const { items } = await api.call(
      'GET',
      `/api/v1/audit?resource=endpoint%2F${ENDPOINT}&limit=50`,
    );
    const actions = items.map(({ action }: any) => action);
    expect(actions).toEqual(
      expect.arrayContaining(['rollout.start', 'rollout.advance', 'rollout.end']),
    );
  }, 240_000);

  it('of a slow version goes back by itself and says why', async () => {
    await serve(1);
    const rollout = await underTraffic(async () => {
      const { body } = await start(3, { strategy: { kind: 'linear', step: 50 } });
      return until(body.id, ended);
    });
    expect(rollout).toMatchObject({ status: 'rolled-back' });
    expect(rollout.reason).toMatch(/its latency p50 is .* ms, that of the old one .* ms/);
    expect(await served()).toEqual([['live', 1, 100]]);
  }, 240_000);

  it('whose users are less pleased goes back, by their feedback', async () => {
    await serve(1);
    let n = 0;
    const tell = async (predictionId: string) => {
      // One in seven otherwise than most, so that both sides vary.
      const usual = predictionId.includes('.v2') ? 0 : 1;
      const value = n++ % 7 === 0 ? 1 - usual : usual;
      await api.call('POST', '/api/v1/feedback', { body: { items: [{ predictionId, value }] } });
    };
    const criteria = { ...QUICK.criteria, feedback: { metric: 'value-mean', decrease: 0.1 } };
    const rollout = await underTraffic(async () => {
      const { body } = await start(2, { strategy: { kind: 'linear', step: 50 }, criteria });
      return until(body.id, ended);
    }, tell);
    expect(rollout).toMatchObject({ status: 'rolled-back' });
    expect(rollout.reason).toMatch(
      /its mean value by feedback is 0(\.[0-3]\d*)?, that of the old one (0\.[6-9]\d*|1) /,
    );
    expect(await served()).toEqual([['live', 1, 100]]);
  }, 240_000);

  it('that nobody calls is held, and a person decides', async () => {
    await serve(1);
    const { body } = await start(2, { patienceSeconds: 6 });
    const held = await until(body.id, ended);
    expect(held).toMatchObject({
      status: 'held',
      reason: expect.stringContaining('0 requests of the 15'),
    });
    expect(await served()).toEqual([
      ['live', 1, 95],
      ['v2', 2, 5],
    ]);
    const aborted = await api.call('POST', `${path}/rollouts/${body.id}/abort`, { body: {} });
    expect(aborted).toMatchObject({ status: 'aborted' });
    expect(await served()).toEqual([['live', 1, 100]]);
  }, 120_000);
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('all at once', () => {
  /** What was before is what it is judged against. */
  const rollOut = (version: number) =>
    underTraffic(async () => {
      await pause(6_000);
      const { body } = await start(version, { strategy: { kind: 'all-at-once' } });
      return until(body.id, ended);
    });

  it('gives a good version all the traffic in one step', async () => {
    await serve(1);
    const rollout = await rollOut(2);
    expect(rollout).toMatchObject({ status: 'promoted', steps: [100] });
    expect(rollout.decisions.map((d: any) => [d.what, d.weight])).toEqual([
      ['start', 100],
      ['promote', 100],
    ]);
    expect(await served()).toEqual([['v2', 2, 100]]);
  }, 120_000);

  it('goes back from a slow one, which is held against what was before', async () => {
    await serve(1);
    const rollout = await rollOut(3);
    expect(rollout).toMatchObject({ status: 'rolled-back' });
    expect(rollout.reason).toMatch(/its latency p50 is .* ms, that of the old one .* ms/);
    expect(await served()).toEqual([['live', 1, 100]]);
  }, 120_000);
});

describe('an alarm', () => {
  it('that rings sends a rollout back, which names it', async () => {
    await serve(1);
    const { awsEndpointUrl: endpoint, region } = stack();
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const cloudwatch = new CloudWatchClient({ endpoint, region, credentials });
    const AlarmName = unique('queue-too-long');
    const about = { Namespace: 'Elsewhere', MetricName: 'QueueLength' } as const;
    const rule = { Threshold: 1, ComparisonOperator: 'GreaterThanThreshold' } as const;
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        ...{ AlarmName, ...about, ...rule, Statistic: 'Maximum', Period: 60 },
        EvaluationPeriods: 1,
      }),
    );
    const more = { bakeSeconds: 60, criteria: { ...QUICK.criteria, alarms: [AlarmName] } };
    const { body } = await start(2, more);
    await until(body.id, ({ step }) => step === 0);
    const StateReason = 'the queue has a thousand messages';
    await cloudwatch.send(
      new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason }),
    );
    const rollout = await until(body.id, ended);
    await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [AlarmName] }));
    cloudwatch.destroy();
    expect(rollout).toMatchObject({
      status: 'rolled-back',
      reason: `the alarm "${AlarmName}" rings`,
    });
    expect(await served()).toEqual([['live', 1, 100]]);
  }, 120_000);
});

describe('a rollout under way', () => {
  const LONG = { bakeSeconds: 600, patienceSeconds: 600 };

  it('is paused, resumed and aborted; there is no second one meanwhile', async () => {
    await serve(1);
    const { body } = await start(2, LONG);
    await until(body.id, ({ step }) => step === 0);
    const second = await start(3, LONG);
    expect(second.status).toBe(409);
    expect(second.body.detail).toContain(body.id);
    const act = (verb: string) =>
      api.call('POST', `${path}/rollouts/${body.id}/${verb}`, { body: { reason: 'to see' } });
    expect(await act('pause')).toMatchObject({ status: 'paused', reason: 'to see' });
    expect(await served()).toEqual([
      ['live', 1, 95],
      ['v2', 2, 5],
    ]);
    expect(await act('resume')).toMatchObject({ status: 'running' });
    expect(await act('abort')).toMatchObject({ status: 'aborted' });
    expect(await served()).toEqual([['live', 1, 100]]);
    const late = await api.request('POST', `${path}/rollouts/${body.id}/resume`, { body: {} });
    expect(late).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('aborted') },
    });
  }, 120_000);

  it('leaves an endpoint alone that someone else has changed', async () => {
    await serve(1);
    const { body } = await start(2, LONG);
    await until(body.id, ({ step }) => step === 0);
    await serve(2);
    const rollout = await until(body.id, ended);
    expect(rollout).toMatchObject({ status: 'superseded' });
    expect(await served()).toEqual([['live', 2, 100]]);
  }, 120_000);

  it('is held, and says so, when its workflow dies; the endpoint goes on serving', async () => {
    await serve(1);
    const { body } = await start(2, LONG);
    await until(body.id, ({ step }) => step === 0);
    await killExecution(body.id);
    const rollout = await until(body.id, ended);
    expect(rollout).toMatchObject({
      status: 'held',
      reason: expect.stringContaining('the endpoint goes on serving with the weights it has'),
    });
    const answer = await api.request('POST', `${path}/predictions`, { body: row });
    expect(answer.status).toBe(200);
    await api.call('POST', `${path}/rollouts/${body.id}/resume`, { body: {} });
    await api.call('POST', `${path}/rollouts/${body.id}/abort`, { body: {} });
  }, 120_000);

  it('is refused with the field and the way out', async () => {
    await serve(1);
    const refusals: [object, number, string][] = [
      [{ variant: 'live' }, 400, 'variant'],
      [{ criteria: { alarms: ['no-such-alarm'] } }, 400, 'no-such-alarm'],
      [{ version: 99 }, 404, '99'],
      [{ strategy: { kind: 'canary', steps: [50, 20] } }, 400, 'steps'],
      [{ version: 1 }, 409, 'already'],
    ];
    for (const [more, status, words] of refusals) {
      const answer = await start(2, more);
      expect(answer.status).toBe(status);
      expect(JSON.stringify(answer.body)).toContain(words);
    }
  });
});

describe('a guard', () => {
  it('is set, read and changed', async () => {
    await serve(1);
    expect((await api.request('GET', `${path}/guard`)).status).toBe(404);
    const body = { events: ['DriftDetected', 'BudgetExceeded'] };
    const guard = await api.call('PUT', `${path}/guard`, { body });
    expect(guard).toMatchObject({ ...body, maximum: 1, coolDownSeconds: 86_400, rollbacks: [] });
    expect(await api.call('GET', `${path}/guard`)).toEqual(guard);
  });
});

const drift = (reason: string) =>
  invoke('GuardEndpoint', {
    'detail-type': 'DriftDetected',
    detail: {
      ...{ id: '01KB0000000000000000000000', at: new Date().toISOString(), actor: 'skiff' },
      ...{ endpoint: ENDPOINT, reason, report: 'a-report' },
    },
  });

describe('what only shows later', () => {
  it('rolls the endpoint back, once, and not a second time', async () => {
    await serve(1);
    await serve(2);
    await drift('age has moved');
    expect(await served()).toEqual([['live', 1, 100]]);
    expect((await api.call('GET', path)).reason).toBe('DriftDetected: age has moved');
    const { rollbacks } = await api.call('GET', `${path}/guard`);
    expect(rollbacks).toMatchObject([{ event: 'DriftDetected', reason: 'age has moved' }]);
    await serve(2);
    await drift('age has moved again');
    expect(await served()).toEqual([['live', 2, 100]]);
  });
});

/** As a crash of the service would: it is not Skiff that stops it. */
async function killExecution(rollout: string): Promise<void> {
  const { awsEndpointUrl: endpoint, region } = stack();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new SFNClient({ endpoint, region, credentials });
  const { stateMachines = [] } = await client.send(new ListStateMachinesCommand({}));
  const machine = stateMachines.find(({ name }) => name?.startsWith('Rollout'));
  const stateMachineArn = machine?.stateMachineArn as string;
  const running = await client.send(
    new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }),
  );
  for (const { executionArn } of running.executions ?? []) {
    const { input } = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (!input?.includes(rollout)) continue;
    await client.send(new StopExecutionCommand({ executionArn, cause: 'a test' }));
  }
  client.destroy();
}
