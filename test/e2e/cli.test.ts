import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { CSV_BASE64, ONNX_BASE64 } from '#shared/story.ts';
import { type CliResult, configFolder, runCli, runOnTerminal } from '../helpers/run-cli.ts';
import { stack, unique } from '../helpers/stack.ts';

const folder = mkdtempSync(join(tmpdir(), 'skiff-cli-'));
const file = (name: string, content: string | Buffer): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const { apiUrl, token } = stack();
const config = { XDG_CONFIG_HOME: configFolder() };
const skiff = async (...args: string[]): Promise<CliResult> => runCli(args, { env: config });
const done = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await skiff(...args);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: expect.any(String) });
  return stdout;
};
const json = async (...args: string[]) => JSON.parse(await done(...args, '--json'));

const [model, endpoint, dataset] = ['cli', 'cli', 'cli-sales'].map(unique) as [
  string,
  string,
  string,
];
const onnx = file('model.onnx', Buffer.from(ONNX_BASE64, 'base64'));
const sales = file('sales.csv', Buffer.from(CSV_BASE64, 'base64'));
const about = file(
  'version.json',
  JSON.stringify({
    signature: {
      features: [{ name: 'area' }, { name: 'rooms', type: 'integer' }, { name: 'age' }],
      outputs: { price: 'value' },
    },
  }),
);

describe('a first day by the command line', () => {
  it('logs in, and not with a wrong token', async () => {
    const env = { ...config, SKIFF_URL: apiUrl };
    const wrong = await runCli(['login'], { env, input: `${token.slice(0, -4)}AAAA\n` });
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('does not accept')]);
    expect((await runCli(['login'], { env, input: `${token}\n` })).code).toBe(0);
  });

  it('registers, examines and deploys', async () => {
    await done('models', 'create', model, '--task', 'regression', '--tag', 'team=cli');
    await done('datasets', 'register', dataset, sales, '--label', 'price');
    expect(await done('datasets', 'show', dataset)).toMatch(/rooms\s+0\s+6/);
    const registered = await skiff('versions', 'register', model, onnx, '--about', about, '--wait');
    expect(registered.code).toBe(0);
    expect(registered.stdout).toMatch(/version 1 is approved: \d checks, \d+ of \d+ gates passed/);
    // Without a terminal: lines, one for each check, and no bars.
    expect(registered.stderr).toMatch(/^(\w[\w-]*: \w+\n)+$/);
    expect(await done('versions', 'list', model)).toMatch(/1\s+approved\s+178 B/);
    await done('aliases', 'set', model, 'champion', '1');
    expect(await done('deploy', endpoint, `${model}@champion`)).toContain(`${model}@1`);
    expect((await json('endpoints', 'show', endpoint)).revision).toBe(1);
    expect(await done('card', model, '1')).toContain('# ');
    expect(await json('validations', 'show', model, '1')).toMatchObject({ status: 'approved' });
  });

  it('predicts a file and a pipe alike', async () => {
    const rows = file('rows.csv', 'area,rooms,age\n82,3,24\n120,5,3\n');
    expect(await done('predict', endpoint, rows)).toMatch(/row\s+value\n1\s+315\.8\n2\s+470\.2/);
    const piped = await runCli(['predict', endpoint, '--csv'], {
      env: config,
      input: '{"area": 82, "rooms": 3, "age": 24}\n{"area": 120, "rooms": 5, "age": 3}\n',
    });
    expect(piped.stdout).toMatch(/^area,rooms,age,value,predictionId\n82,3,24,315\.8/);
    const bad = await runCli(['predict', endpoint], { env: config, input: '{"area": "x"}' });
    expect([bad.code, bad.stderr]).toEqual([1, expect.stringContaining('rows[0].')]);
  });

  it('rolls back, and follows what happened until it is stopped', async () => {
    const again = ['versions', 'register', model, onnx, '--about', about, '-w'];
    const { code, stdout } = await runOnTerminal(again, { env: { ...config, TERM: 'xterm' } });
    const frames = stripVTControlCharacters(stdout)
      .split('\r')
      .map((frame) => frame.trim());
    // Bars of the upload and of the wait, and the result in their place.
    expect(frames).toContain(`model.onnx  ${'█'.repeat(24)} 100 %  178 B of 178 B`);
    expect(frames.filter((frame) => /^(queued|running) {2}[█░]{24} /.test(frame))).not.toEqual([]);
    expect([code, frames.find((frame) => frame.startsWith('version 2 is approved'))]).toEqual([
      0,
      expect.any(String),
    ]);
    await done('deploy', endpoint, `${model}@1=60`, `${model}@2=40`);
    expect(await done('rollback', endpoint, '--reason', 'a test')).toContain(`${model}@1`);
    const history = await json('endpoints', 'history', endpoint);
    expect(history.map(({ revision }: { revision: number }) => revision)).toEqual([3, 2, 1]);
    const tailed = await runCli(['tail', '--endpoint', endpoint, '--json'], {
      env: config,
      watch: ({ stdout }, stop) => stdout.split('\n').length > 3 && stop(),
    });
    const actions = tailed.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).resource);
    expect(actions.slice(0, 3)).toEqual(Array(3).fill(`endpoint/${endpoint}`));
    expect([tailed.code, tailed.stderr]).toEqual([130, '']);
    expect(await done('audit', '--resource', `endpoint/${endpoint}`)).toContain('local-admin');
  });

  it('starts a rollout, pauses it, goes on and aborts it', async () => {
    const started = await json('rollouts', 'start', endpoint, `${model}@2`, '--steps', '5,50');
    expect(started.steps).toEqual([5, 50, 100]);
    const of = ['--rollout', started.id];
    expect(await done('rollouts', 'pause', endpoint, ...of)).toMatch(/status +paused/);
    expect(await done('rollouts', 'resume', endpoint, '--reason', 'go on')).toContain('go on');
    const aborted = await json('rollouts', 'abort', endpoint, '--reason', 'enough');
    expect(aborted.status).toBe('aborted');
    const waited = await skiff('rollouts', 'show', endpoint, '--wait');
    expect([waited.code, waited.stderr]).toEqual([1, '✗ the rollout is aborted\n']);
    expect(await done('rollouts', 'list', endpoint)).toMatch(/aborted .*enough/);
  });

  it('makes tokens that may do what they say, and no more', async () => {
    const text = await done('tokens', 'create', 'cli-reader', '--scope', 'read');
    const env = { ...config, SKIFF_TOKEN: text.trim() };
    const listed = await runCli(['models', 'list', '--json'], { env });
    expect([listed.code, JSON.parse(listed.stdout)]).toEqual([0, expect.any(Array)]);
    const refused = await runCli(['models', 'delete', model], { env });
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('register')]);
  });
});
