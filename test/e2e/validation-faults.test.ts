import { describe, expect, it } from '@jest/globals';
import { readExample } from '../../local/examples.ts';
import { verdictOf } from '../../local/verdict.ts';
import { type FAULTS, invoke, withFault } from '../helpers/faults.ts';
import { api, stack, unique } from '../helpers/stack.ts';

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

/** Until the workflow is past its checks, and a moment longer. */
async function checksEnded(path: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const { checks } = await api.call('GET', path);
    const open = checks.filter((c: { status: string }) => /pending|running/.test(c.status));
    if (open.length === 0) return;
    if (Date.now() > deadline) throw new Error(`still open: ${JSON.stringify(open)}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

type Fault = keyof typeof FAULTS;

describe('a step that breaks leaves no examination without an end', () => {
  it.each<[string, Fault, RegExp]>([
    ['CheckPerformance', 'throws', /^performance: it crashed at every attempt \(.*on fire/],
    ['CheckContract', 'dies', /^contract: it (crashed|ran out of memory)/],
    ['CheckArtifact', 'never ends', /^artifact: it ran out of time/],
    ['CheckFairness', 'answers nonsense', /^fairness: it ended without a result/],
    ['BeginValidation', 'throws', /^the workflow broke off: it crashed/],
    ['BeginValidation', 'never ends', /^the workflow broke off: it ran out of time/],
    ['JudgeValidation', 'throws', /^the workflow broke off: it crashed/],
    ['JudgeValidation', 'dies', /^the workflow broke off: it (crashed|ran out of memory)/],
  ])('%s %s', async (id, fault, reason) => {
    const { name, path } = await registered();
    const verdict = await withFault(id, fault, () => examine(name, path));
    expect([verdict.status, verdict.reason]).toEqual(['failed', expect.stringMatching(reason)]);
    expect(verdict.checks.every((c) => c.status !== 'pending' && c.status !== 'running')).toBe(
      true,
    );
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
