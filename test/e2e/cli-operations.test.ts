import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { ONNX_BASE64 } from '#shared/story.ts';
import { type CliResult, configFolder, runCli } from '../helpers/run-cli.ts';
import { api, force, stack, UNEXAMINED, unique, writeUnexaminedPolicy } from '../helpers/stack.ts';

const folder = mkdtempSync(join(tmpdir(), 'skiff-cli-'));
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const { apiUrl, token } = stack();
const env = { XDG_CONFIG_HOME: configFolder(), SKIFF_URL: apiUrl, SKIFF_TOKEN: token };
const skiff = (...args: string[]): Promise<CliResult> => runCli(args, { env });
const done = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await skiff(...args);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
};
const json = async (...args: string[]) => JSON.parse(await done(...args, '--json'));

const [model, endpoint] = ['operated', 'operated'].map(unique) as [string, string];
const row = { area: 82, rooms: 3, age: 24 };
let predictionId: string;

beforeAll(async () => {
  await writeUnexaminedPolicy();
  const body = { name: model, task: 'regression', policy: UNEXAMINED };
  await api.call('POST', '/api/v1/models', { body });
  const signature = {
    features: [{ name: 'area' }, { name: 'rooms', type: 'integer' }, { name: 'age' }],
    outputs: { price: 'value' },
  };
  for (const description of ['first', 'second']) {
    const version = { artifact: { base64: ONNX_BASE64 }, signature, description };
    await api.call('POST', `/api/v1/models/${model}/versions`, { body: version });
  }
  const variants = [1, 2].map((version) => ({ name: `v${version}`, model, version, weight: 50 }));
  const capture = { share: 1 };
  await api.call('PUT', `/api/v1/endpoints/${endpoint}`, { body: { variants, capture, force } });
  const path = `/api/v1/endpoints/${endpoint}/predictions`;
  ({ predictionId } = (await api.call('POST', path, { body: { rows: [row] } })).predictions[0]);
});

describe('an endpoint that is looked after by the command line', () => {
  it('hears how predictions turned out, and says so twice if it must', async () => {
    const outcomes = file('outcomes.csv', `predictionId,value\n${predictionId},300.5\n`);
    expect(await done('feedback', 'send', outcomes)).toMatch(/accepted +1\nduplicate +0/);
    expect(await json('feedback', 'send', outcomes)).toMatchObject({ duplicate: 1 });
    const wrong = await runCli(['feedback', 'send'], {
      env,
      input: `{"predictionId": "nonsense", "value": 1}\n{"predictionId": "${predictionId}", "value": 300.5}`,
    });
    expect([wrong.code, wrong.stderr]).toEqual([
      1,
      expect.stringMatching(/nonsense.*\n✗ 1 of 2 are refused/),
    ]);
    expect(await done('feedback', 'list', endpoint)).toContain('300.5');
  });

  it('compares its variants, until that is stopped', async () => {
    const arms = ['--control', 'v1', '--treatment', 'v2'];
    const plan = ['--metric', 'conversion', '--baseline', '0.2', '--effect', '0.05'];
    const started = await done('experiments', 'start', endpoint, 'prices', ...arms, ...plan);
    expect(started).toMatch(/needs +\d+ outcomes each/);
    expect(await done('experiments', 'show', endpoint)).toMatch(/v2 − v1/);
    const missing = await skiff('experiments', 'stop', endpoint);
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('--reason')]);
    const stopped = await json('experiments', 'stop', endpoint, '--reason', 'enough');
    expect(stopped).toMatchObject({ status: 'ended', verdict: { code: 'stopped' } });
    expect(await done('experiments', 'list', endpoint)).toMatch(/prices +ended +stopped/);
  });

  it('is watched, guarded and paid for', async () => {
    const to = new Date(Math.floor(Date.now() / 60_000 - 5) * 60_000);
    const from = new Date(to.getTime() - 60_000);
    const reference = { kind: 'window', from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };
    const spec = file('monitor.json', JSON.stringify({ reference }));
    expect(await done('monitors', 'set', endpoint, spec)).toMatch(/raised +nothing/);
    const span = ['--from', from.toISOString(), '--to', to.toISOString()];
    const quiet = await skiff('monitors', 'run', endpoint, ...span);
    expect([quiet.code, quiet.stderr]).toEqual([1, '✗ out of bounds: no-traffic\n']);
    expect(await done('reports', 'list', endpoint)).toContain('no-traffic');
    expect(await done('reports', 'show', endpoint)).toMatch(/no-traffic +0 +1 +out of bounds/);
    const page = join(folder, 'report.html');
    await done('reports', 'show', endpoint, '--output', page);
    expect(readFileSync(page, 'utf8')).toContain('<!doctype html>');
    await done('monitors', 'delete', endpoint);
    expect(await done('guards', 'set', endpoint, '--on', 'DriftDetected')).toContain(
      'DriftDetected',
    );
    expect((await json('guards', 'show', endpoint)).events).toEqual(['DriftDetected']);
    expect(await done('budgets', 'set', endpoint, '20')).toMatch(/budget +\$20\.00 a month/);
    expect(await done('budgets', 'show', endpoint)).toMatch(/spent +not looked at yet/);
    await done('budgets', 'remove', endpoint);
    expect(await done('costs', 'endpoint', endpoint)).toMatch(/per 1,000/);
    expect((await json('costs', 'model', model)).currency).toBe('USD');
  });

  it('scores files, where there are any', async () => {
    const none = await skiff('jobs', 'start', endpoint, 'batch/files/none/', '--wait', '--json');
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('the job is failed')]);
    const { id } = JSON.parse(none.stdout);
    expect(await done('jobs', 'show', id)).toMatch(/status +failed\nreason +\w/);
    expect(await done('jobs', 'list', '--limit', '100')).toContain(id);
    const alias = await skiff('jobs', 'start', `${model}@champion`, 'batch/files/');
    expect([alias.code, alias.stderr]).toEqual([2, expect.stringContaining('no alias')]);
  });
});

describe('a deployment that is looked after by the command line', () => {
  it('tells others of events, and shows what came of it', async () => {
    const url = 'http://127.0.0.1:9/hook';
    const made = await json('webhooks', 'create', url, '--on', 'DriftDetected', '--model', model);
    expect([made.events, made.model]).toEqual([['DriftDetected'], model]);
    expect(made.secret).toMatch(/^whsec_/);
    expect(await done('webhooks', 'list', '--limit', '100')).toContain(made.id);
    expect(await done('webhooks', 'show', made.id)).toMatch(/events +DriftDetected/);
    const sent = await json('webhooks', 'ping', made.id);
    expect(await done('webhooks', 'deliveries', made.id)).toContain(`${sent.id}  Ping`);
    expect((await json('webhooks', 'redeliver', made.id, sent.id)).status).toBe('pending');
    expect(await done('webhooks', 'delete', made.id)).toContain('is deleted');
    const none = await skiff('webhooks', 'create', url);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('events')]);
  });

  it('hands an endpoint to devices, as a file that is what it says', async () => {
    const { revision, sha256 } = await json('bundles', 'create', endpoint, '--rollout', '10');
    expect(await done('bundles', 'list', endpoint)).toContain('10 %');
    const changed = await done('bundles', 'rollout', endpoint, `${revision}`, '50');
    expect(changed).toMatch(/rollout +50 % of the devices/);
    expect(await done('bundles', 'show', endpoint, `${revision}`)).toContain(sha256);
    const archive = join(folder, 'bundle.tar');
    await done('bundles', 'download', endpoint, `${revision}`, '--out', archive);
    const digest = createHash('sha256').update(readFileSync(archive)).digest('hex');
    expect(digest).toBe(sha256);
    expect(await done('bundles', 'key')).toContain('BEGIN PUBLIC KEY');
    const wrong = await skiff('bundles', 'rollout', endpoint, `${revision}`, 'half');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('no percentage')]);
  });

  it('proves that its audit log is whole', async () => {
    const { head } = await json('audit', 'verify');
    const again = await done('audit', 'verify', '--head', `${head.sequence}:${head.hash}`);
    expect(again).toMatch(/status +intact/);
    const forged = `${head.sequence}:${'0'.repeat(64)}`;
    const other = await skiff('audit', 'verify', '--head', forged);
    expect([other.code, other.stdout]).toEqual([1, expect.stringContaining('chain-rewritten')]);
  });

  it('shows its reference in a browser of this machine, and closes it', async () => {
    let page: Promise<Response> | undefined;
    const shown = await runCli(['docs', '--json'], {
      env,
      watch: ({ stdout }, stop) => {
        const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(stdout)?.[0];
        page ??= url === undefined ? undefined : fetch(url).finally(stop);
      },
    });
    const answer = (await page) as Response;
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect([shown.code, shown.stderr]).toEqual([130, '']);
    const saved = join(folder, 'reference.html');
    await done('docs', '--output', saved);
    expect(readFileSync(saved, 'utf8')).toContain('id="startRollout"');
  });
});
