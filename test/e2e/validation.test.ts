import { beforeAll, describe, expect, it } from '@jest/globals';
import { upload } from '../../local/api-client.ts';
import { type ExampleDataset, readExample } from '../../local/examples.ts';
import { verdictOf } from '../../local/verdict.ts';
import {
  api,
  apiWith,
  stack,
  UNEXAMINED,
  unique,
  writeUnexaminedPolicy,
} from '../helpers/stack.ts';

const example = readExample('breast-cancer');
const DATASET = unique('tumours');
const { lineage } = example.version;

/** A model under a policy of its own, and a version of it. */
async function register(policy: object | undefined, more: object = {}) {
  const name = unique('examined');
  if (policy) await api.call('PUT', `/api/v1/policies/${name}`, { body: policy });
  await api.call('POST', '/api/v1/models', {
    body: { ...example.model, name, ...(policy && { policy: name }) },
  });
  const uploadId = await upload(stack(), example.artifact);
  const { lineage: _, ...version } = example.version;
  await api.call('POST', `/api/v1/models/${name}/versions`, {
    body: { ...version, ...more, artifact: { uploadId } },
  });
  return { name, path: `/api/v1/models/${name}/versions/1` };
}

const deploy = (model: string, more: object = {}) =>
  api.request('PUT', `/api/v1/endpoints/${model}`, {
    body: { variants: [{ model, version: 1 }], ...more },
  });

const gate = (metric: string, comparison: string, threshold: number, more: object = {}) => ({
  metric,
  comparison,
  threshold,
  ...more,
});

beforeAll(async () => {
  await writeUnexaminedPolicy();
  const [{ about, csv }] = example.datasets as [ExampleDataset];
  const base64 = Buffer.from(csv).toString('base64');
  await api.call('POST', '/api/v1/datasets', {
    body: { ...about, name: DATASET, source: { base64 } },
  });
});

describe('a registered version', () => {
  it('is examined without being asked to, approved, and may then carry traffic', async () => {
    const { name, path } = await register(undefined);
    expect((await api.call('GET', path)).status).toMatch(/registered|validating/);
    const early = await deploy(name);
    expect(early.status).toBe(409);
    const verdict = await verdictOf(stack(), name, 1);
    expect(verdict).toMatchObject({ status: 'approved' });
    const statuses = Object.fromEntries(verdict.checks.map((c) => [c.check, c.status]));
    expect(statuses).toEqual({
      artifact: 'completed',
      contract: 'completed',
      performance: 'completed',
      quality: 'skipped',
      'data-quality': 'skipped',
      fairness: 'skipped',
      robustness: 'skipped',
      explainability: 'skipped',
    });
    expect(verdict.checks.find((c) => c.check === 'quality')?.reason).toBe('no validation dataset');
    expect((await api.call('GET', path)).status).toBe('approved');
    expect((await deploy(name)).status).toBe(201);
  });

  it('is measured on the dataset that it is given, figure by figure', async () => {
    const { name, path } = await register({
      gates: [gate('quality.accuracy', '>=', 0.9), gate('quality.roc-auc', '>', 0.95)],
      dataset: { name: DATASET },
    });
    const verdict = await verdictOf(stack(), name, 1);
    expect(verdict).toMatchObject({ status: 'approved', dataset: { name: DATASET } });
    const { figures } = verdict.checks.find((c) => c.check === 'quality') as {
      figures: Record<string, { value: number; interval?: { lower: number; upper: number } }>;
    };
    const { accuracy } = (example.version.metrics as { validation: { accuracy: number } })
      .validation;
    expect(figures.accuracy?.value).toBeCloseTo(accuracy, 6);
    expect(figures.accuracy?.interval?.lower).toBeLessThan(accuracy);
    const evidence = await api.call('GET', `${path}/validations/${verdict.id}/checks/quality`);
    expect(evidence.roc.length).toBeGreaterThan(2);
    expect(verdict.gates?.map((g) => g.outcome)).toEqual(['passed', 'passed']);
  });

  it('is judged without the rows that serving would refuse, which is said', async () => {
    const [{ about, csv }] = example.datasets as [ExampleDataset];
    const gap = Buffer.from(csv)
      .toString('utf8')
      .replace(/\n[^,]+,/, '\n,');
    const data = { ...about, name: unique('gap'), source: { base64: btoa(gap) } };
    await api.call('POST', '/api/v1/datasets', { body: data });
    const { name, path } = await register({ gates: [], dataset: { name: data.name } });
    const verdict = await verdictOf(stack(), name, 1);
    expect(verdict.status).toBe('approved');
    for (const check of ['quality', 'robustness', 'explainability']) {
      expect(verdict.checks.find((c) => c.check === check)?.findings).toContainEqual({
        severity: 'warning',
        code: 'refused-rows',
        message:
          '1 of 171 rows were left out: serving would refuse them. The contract check says why.',
      });
    }
    const { figures } = verdict.checks.find((c) => c.check === 'contract') as {
      figures: Record<string, { value: number }>;
    };
    expect(figures['refused-row-share']?.value).toBeCloseTo(1 / 171, 12);
    const quality = await api.call('GET', `${path}/validations/${verdict.id}/checks/quality`);
    expect(quality.rows).toBe(170);
  });

  it('is rejected in words, carries no traffic, unless someone with the right forces it', async () => {
    const { name, path } = await register({
      gates: [gate('quality.accuracy', '>=', 0.999, { holds: 'surely' })],
      dataset: { name: DATASET },
    });
    const verdict = await verdictOf(stack(), name, 1);
    expect(verdict.status).toBe('rejected');
    expect(verdict.reason).toMatch(
      /^quality\.accuracy is 0\.9.*required is at least 0\.999, even at the worse end/,
    );
    expect((await api.call('GET', path)).status).toBe('rejected');
    const refused = await deploy(name);
    expect([refused.status, refused.body.detail]).toEqual([
      409,
      expect.stringContaining('was rejected'),
    ]);
    const force = { reason: 'the old one is down' };
    const body = { variants: [{ model: name, version: 1 }], force };
    const deployer = await apiWith('read', 'deploy');
    const denied = await deployer.request('PUT', `/api/v1/endpoints/${name}`, { body });
    expect([denied.status, denied.body.detail]).toEqual([
      403,
      expect.stringContaining('scope "admin"'),
    ]);
    const forced = await deploy(name, { force });
    expect([forced.status, forced.body.forced]).toEqual([
      201,
      { reason: 'the old one is down', actor: 'local-admin' },
    ]);
    const resource = encodeURIComponent(`endpoint/${name}`);
    const audit = await api.call('GET', `/api/v1/audit?resource=${resource}`);
    expect(audit.items[0]).toMatchObject({ action: 'endpoint.force', actor: 'local-admin' });
  });

  it('waits for a person where the policy asks for one', async () => {
    const { name, path } = await register({ gates: [], requireApproval: true });
    expect((await verdictOf(stack(), name, 1)).status).toBe('awaiting-approval');
    expect((await api.call('GET', path)).status).toBe('validating');
    expect((await deploy(name)).body.detail).toContain('wait');
    const approve = { body: { decision: 'approve', reason: 'looked at every figure' } };
    const registrant = await apiWith('read', 'register');
    expect((await registrant.request('POST', `${path}/approvals`, approve)).status).toBe(403);
    const first = await api.call('POST', `${path}/approvals`, approve);
    expect((await api.call('POST', `${path}/approvals`, approve)).id).toBe(first.id);
    expect((await api.call('GET', path)).status).toBe('approved');
    expect((await deploy(name)).status).toBe(201);
    const reject = { body: { decision: 'reject', reason: 'a customer complained' } };
    await api.call('POST', `${path}/approvals`, reject);
    expect((await api.call('GET', path)).status).toBe('rejected');
    expect((await api.call('GET', `${path}/approvals`)).items).toMatchObject([
      { decision: 'reject', reason: 'a customer complained', actor: 'local-admin' },
      { decision: 'approve' },
    ]);
    const nothing = await api.request('POST', `${path}/approvals`, reject);
    expect(nothing.status).toBe(201);
  });
});

describe('a policy that wants a complete model card', () => {
  it('keeps an approved version from traffic until the card is complete', async () => {
    const { name, path } = await register({ gates: [], requireCompleteCard: true }, { lineage });
    expect((await verdictOf(stack(), name, 1)).status).toBe('approved');
    const refused = await deploy(name);
    expect([refused.status, refused.body.detail]).toEqual([
      409,
      expect.stringMatching(/lacks .*intendedUse.*limitations/),
    ]);
    await api.call('PUT', `${path}/card`, {
      body: {
        intendedUse: 'A second reading of cytology slides, never the only one.',
        users: ['pathologists'],
        limitations: ['Trained on the images of one hospital.'],
        ethicalConsiderations: [
          { name: 'missed tumours', mitigation: 'a person reads every slide' },
        ],
        riskRating: 'high',
        licence: 'CC-BY-4.0',
      },
    });
    expect((await api.call('GET', `${path}/card`)).missing).toEqual([]);
    expect((await deploy(name)).status).toBe(201);
  });
});

describe('an examination', () => {
  it('is asked for once per idempotency key; two at once are told apart; the newest decides', async () => {
    const { name, path } = await register({ gates: [], validateOnRegistration: false });
    expect((await api.call('GET', `${path}/validations`)).items).toEqual([]);
    const headers = { 'idempotency-key': unique('key') };
    const ask = () => api.call('POST', `${path}/validations`, { body: {}, headers });
    const [one, same] = [await ask(), await ask()];
    expect(same.id).toBe(one.id);
    const other = await api.call('POST', `${path}/validations`, { body: {} });
    expect(other.id).not.toBe(one.id);
    expect((await verdictOf(stack(), name, 1)).id).toBe(other.id);
    expect((await api.call('GET', path)).validation).toBe(other.id);
    const { items } = await api.call('GET', `${path}/validations`);
    expect(items.map((v: { id: string }) => v.id)).toEqual([other.id, one.id]);
  });

  it('can be cancelled, and leaves the version as if it had not begun', async () => {
    const { path } = await register({ gates: [], validateOnRegistration: false });
    const { id } = await api.call('POST', `${path}/validations`, { body: {} });
    const cancelled = await api.call('DELETE', `${path}/validations/${id}`);
    expect(cancelled).toMatchObject({ status: 'cancelled', reason: 'cancelled by local-admin' });
    expect((await api.call('GET', path)).status).toBe('registered');
    expect((await api.call('DELETE', `${path}/validations/${id}`)).status).toBe('cancelled');
    const { checks } = await api.call('GET', `${path}/validations/${id}`);
    expect(checks.every((c: { status: string }) => c.status !== 'pending')).toBe(true);
  });

  it('fails with the reason where its dataset is not there', async () => {
    const { name, path } = await register({ gates: [], validateOnRegistration: false });
    const body = { dataset: { name: 'nobody-registered-this' } };
    await api.call('POST', `${path}/validations`, { body });
    const verdict = await verdictOf(stack(), name, 1);
    expect([verdict.status, verdict.reason]).toEqual([
      'failed',
      'there is no dataset "nobody-registered-this"',
    ]);
    expect((await api.call('GET', path)).status).toBe('registered');
  });
});

describe('policies', () => {
  it('have a built-in default, revisions, and refuse what no check measures', async () => {
    expect(await api.call('GET', '/api/v1/policies/default')).toMatchObject({ revision: 0 });
    const path = `/api/v1/policies/${unique('policy')}`;
    const body = { gates: [gate('quality.accuracy', '>=', 0.9)] };
    expect((await api.call('PUT', path, { body })).revision).toBe(1);
    expect((await api.call('PUT', path, { body })).revision).toBe(1);
    const stale = { body: { gates: [] }, headers: { 'if-match': '"7"' } };
    expect((await api.request('PUT', path, stale)).status).toBe(412);
    const wrong = { body: { gates: [gate('quatily.accuracy', '>=', 0.9)] } };
    const refused = await api.request('PUT', path, wrong);
    expect([refused.status, refused.body.errors[0].field]).toEqual([400, 'gates[0].metric']);
    expect((await api.request('GET', '/api/v1/policies/nobody')).status).toBe(404);
    const model = { ...example.model, name: unique('examined'), policy: UNEXAMINED };
    expect((await api.call('POST', '/api/v1/models', { body: model })).policy).toBe(UNEXAMINED);
  });
});
