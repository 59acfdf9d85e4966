import { describe, expect, it } from '@jest/globals';
import { readExample } from '../../../local/examples.ts';
import { type Verdict, verdictOf } from '../../../local/verdict.ts';
import { invoke, withFault, withFaults } from '../../helpers/faults.ts';
import { api, stack, unique } from '../../helpers/stack.ts';

const example = readExample('breast-cancer');

async function registered() {
  const name = unique('faulty');
  const policy = { gates: [], validateOnRegistration: false };
  await api.call('PUT', `/api/v1/policies/${name}`, { body: policy });
  await api.call('POST', '/api/v1/models', { body: { name, task: 'binary', policy: name } });
  const base64 = Buffer.from(example.artifact).toString('base64');
  const path = `/api/v1/models/${name}/versions`;
  await api.call('POST', path, { body: { artifact: { base64 } } });
  return { name, path: `${path}/1` };
}

async function examine(name: string, path: string) {
  await api.call('POST', `${path}/validations`, { body: {} });
  return verdictOf(stack(), name, 1);
}

/** Reads an examination until something is true of it. */
async function until(path: string, is: (verdict: Verdict) => boolean): Promise<Verdict> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const verdict = await api.call('GET', path);
    if (is(verdict)) return verdict;
    if (Date.now() > deadline) throw new Error(`still so: ${JSON.stringify(verdict.checks)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Until the workflow is past its checks. */
const checksEnded = (path: string) =>
  until(path, ({ checks }) => checks.every(({ status }) => !/pending|running/.test(status)));

/** What is on record of a check, and of a workflow, that broke in each way. */
const REASONS = {
  throws: /it crashed at every attempt \(.*on fire/,
  dies: /it (crashed at every attempt|ran out of memory)/,
  'never ends': /it ran out of time/,
  'answers nonsense': /(it|the step ".*") ended without a result/,
} as const;
type Kind = keyof typeof REASONS;
const KINDS = Object.keys(REASONS) as Kind[];

/** Those that run side by side. */
const CHECKS = {
  contract: 'CheckContract',
  performance: 'CheckPerformance',
  quality: 'CheckQuality',
  'data-quality': 'CheckDataQuality',
  fairness: 'CheckFairness',
  robustness: 'CheckRobustness',
  explainability: 'CheckExplainability',
} as const;

async function expectFailed(path: string, verdict: Verdict, reason: RegExp) {
  expect([verdict.status, verdict.reason]).toEqual(['failed', expect.stringMatching(reason)]);
  const open = verdict.checks.filter(({ status }) => /pending|running/.test(status));
  expect(open).toEqual([]);
  expect((await api.call('GET', path)).status).toBe('registered');
}

describe('a step that breaks leaves no examination without an end', () => {
  it.each(KINDS.map((_, turn) => turn))('every check in another way: turn %i', async (turn) => {
    const { name, path } = await registered();
    const kinds = Object.keys(CHECKS).map((check, i) => {
      return [check as keyof typeof CHECKS, KINDS[(i + turn) % KINDS.length] as Kind] as const;
    });
    const faults = Object.fromEntries(kinds.map(([check, kind]) => [CHECKS[check], kind]));
    const verdict = await withFaults(faults, () => examine(name, path));
    await expectFailed(path, verdict, /^contract: .*; explainability: /);
    for (const [check, kind] of kinds) {
      expect(verdict.checks.find((c) => c.check === check)).toMatchObject({
        status: 'failed',
        reason: expect.stringMatching(REASONS[kind]),
      });
    }
    expect(verdict.checks.find((c) => c.check === 'artifact')?.status).toBe('completed');
  });

  it.each(
    (['CheckArtifact', 'BeginValidation', 'JudgeValidation'] as const).flatMap((id) =>
      KINDS.map((kind) => [id, kind] as const),
    ),
  )('%s %s', async (id, kind) => {
    const { name, path } = await registered();
    const verdict = await withFault(id, kind, () => examine(name, path));
    const told = id === 'CheckArtifact' ? '^artifact: ' : '^the workflow broke off: .*';
    await expectFailed(path, verdict, new RegExp(told + REASONS[kind].source));
  });

  it.each(['CheckArtifact', 'CheckPerformance', 'BeginValidation', 'JudgeValidation'])(
    '%s is throttled for a while: it is waited for',
    async (id) => {
      const { name, path } = await registered();
      const { id: validation } = await withFault(id, 'is throttled', async () => {
        const started = await api.call('POST', `${path}/validations`, { body: {} });
        await new Promise((resolve) => setTimeout(resolve, 4000));
        expect((await api.call('GET', `${path}/validations/${started.id}`)).status).toMatch(
          /queued|running/,
        );
        return started;
      });
      expect(await verdictOf(stack(), name, 1)).toMatchObject({
        id: validation,
        status: 'approved',
      });
    },
  );

  it('a start that is never made leaves none, no traffic, and may be made by hand', async () => {
    const name = unique('faulty');
    const path = `/api/v1/models/${name}/versions`;
    await withFault('StartValidation', 'throws', async () => {
      await api.call('POST', '/api/v1/models', { body: { name, task: 'binary' } });
      const base64 = Buffer.from(example.artifact).toString('base64');
      await api.call('POST', path, { body: { artifact: { base64 } } });
      await new Promise((resolve) => setTimeout(resolve, 4000));
    });
    expect((await api.call('GET', `${path}/1`)).status).toBe('registered');
    const deployed = await api.request('PUT', `/api/v1/endpoints/${name}`, {
      body: { variants: [{ model: name, version: 1 }] },
    });
    expect(deployed.status).toBe(409);
    expect((await examine(name, `${path}/1`)).status).toBe('approved');
  });

  it('can be watched and cancelled while checks run', async () => {
    const { path } = await registered();
    await withFault('CheckRobustness', 'never ends', async () => {
      const { id } = await api.call('POST', `${path}/validations`, { body: {} });
      const one = `${path}/validations/${id}`;
      const seen = await until(one, ({ checks }) =>
        checks.some((c) => c.check === 'performance' && c.status !== 'pending'),
      );
      expect(seen.status).toBe('running');
      expect(seen.checks.find((c) => c.check === 'artifact')?.status).toBe('completed');
      expect((await api.call('DELETE', one)).status).toBe('cancelled');
      await new Promise((resolve) => setTimeout(resolve, 4000));
      const { status, checks } = await api.call('GET', one);
      expect(status).toBe('cancelled');
      expect(checks.filter((c: { status: string }) => /pending|running/.test(c.status))).toEqual(
        [],
      );
    });
    expect((await api.call('GET', path)).status).toBe('registered');
  });

  it('not even where the last step breaks too: the end of the execution is handed to it again', async () => {
    const { name, path } = await registered();
    const { id } = await withFault('JudgeValidation', 'throws', () =>
      withFault('EndValidation', 'throws', async () => {
        const started = await api.call('POST', `${path}/validations`, { body: {} });
        await checksEnded(`${path}/validations/${started.id}`);
        return started;
      }),
    );
    const input = JSON.stringify({ validation: id, model: name, version: 1 });
    const event = { source: 'aws.states', detail: { status: 'TIMED_OUT', input } };
    await invoke('EndValidation', event);
    await invoke('EndValidation', event);
    const verdict = await verdictOf(stack(), name, 1);
    expect([verdict.status, verdict.reason]).toEqual(['failed', 'the workflow ended as timed_out']);
  });

  it('and once it is mended, another examination approves', async () => {
    const { name, path } = await registered();
    await withFault('CheckArtifact', 'throws', () => examine(name, path));
    expect((await examine(name, path)).status).toBe('approved');
    expect((await api.call('GET', `${path}/validations`)).items).toHaveLength(2);
  });
});
