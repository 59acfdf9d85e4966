import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UsageError } from '../../../cli/command.ts';
import { COMMANDS } from '../../../cli/commands/index.ts';
import { commandHelp } from '../../../cli/help.ts';
import { bar, Output, size } from '../../../cli/output.ts';
import { jobProgress } from '../../../cli/progress.ts';
import { readRows } from '../../../cli/rows.ts';
import { parseVariants } from '../../../cli/variants.ts';
import { configFolder, runCli } from '../../helpers/run-cli.ts';

/** What the API answers here, by method and path; anything else is not found. */
const ANSWERS: Record<string, { status: number; body: unknown; type?: string }> = {
  'GET /api/v1/models?limit=1': { status: 200, body: { items: [] } },
  'GET /api/v1/models': {
    status: 200,
    body: {
      items: [
        {
          name: 'biopsies',
          task: 'binary',
          latestVersion: 3,
          owner: 'alice',
          updatedAt: '2026-11-02T09:00:00.000Z',
        },
      ],
    },
  },
  'POST /api/v1/models': {
    status: 400,
    body: {
      type: 'urn:skiff:problem:invalid',
      detail: 'name: is bad (and 1 more)',
      errors: [
        { field: 'name', message: 'is bad' },
        { field: 'tags', message: 'too many' },
      ],
    },
  },
};
const server = createServer((request, response) => {
  const authorised = request.headers.authorization === 'Bearer skiff_good';
  const found = ANSWERS[`${request.method} ${request.url}`] ?? {
    status: 404,
    body: { detail: 'not here' },
  };
  const { status, body } = authorised ? found : { status: 401, body: { detail: 'no' } };
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
});
let env: Record<string, string> = {};
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  env = { SKIFF_URL: `http://127.0.0.1:${port}`, SKIFF_TOKEN: 'skiff_good' };
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('a command line that is not understood', () => {
  it.each([
    [[], 'register, examine, deploy'],
    [['modls'], 'did you mean "models"'],
    [['models', 'lst'], 'did you mean "models list"'],
    [['models', 'show'], '<model> is missing: see skiff models show --help'],
    [['models', 'show', 'a', 'b'], '"b" is one too many'],
    [['models', 'list', '--colour'], "Unknown option '--colour'"],
    [['models', 'create', 'x', '--task', 'guess'], '"guess" is none of binary'],
    [['deploy', 'e', 'model'], 'give model@alias or model@version'],
  ])(
    '%j says what is wrong and ends with 2',
    async (args, said) => {
      const { code, stdout, stderr } = await runCli(args, { env });
      expect([code, stdout + stderr]).toEqual([2, expect.stringContaining(said)]);
    },
    20_000,
  );
});

describe('the help', () => {
  it.each(COMMANDS.map((command) => [command.name, command] as const))(
    'on %s has examples that its own arguments understand',
    (name, command) => {
      const plain = new Output(process, false);
      expect(commandHelp(command, plain)).toContain(`skiff ${name}`);
      expect(command.examples.length).toBeGreaterThan(0);
      for (const example of command.examples) expect(example).toContain(`skiff ${name}`);
    },
  );

  it('lists every command, and those of a group', async () => {
    const all = await runCli(['--help']);
    expect([all.code, COMMANDS.filter(({ name }) => !all.stdout.includes(name))]).toEqual([0, []]);
    const group = await runCli(['tokens', '--help']);
    expect([group.code, group.stdout]).toEqual([0, expect.stringContaining('tokens create')]);
    expect(group.stdout).not.toContain('models list');
  }, 20_000);
});

describe('a result', () => {
  it('is a table for people, without colours where no terminal is', async () => {
    const { code, stdout, stderr } = await runCli(['models', 'list'], { env });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      'name      task    versions  owner  changed\nbiopsies  binary  3         alice  2026-11-02 09:00:00\n',
    );
    const forced = await runCli(['models', 'list'], { env: { ...env, FORCE_COLOR: '1' } });
    expect(forced.stdout).toContain('\x1b[1m');
    const none = await runCli(['models', 'list'], { env: { ...env, NO_COLOR: '1' } });
    expect(none.stdout).toBe(stdout);
  }, 20_000);

  it('is JSON with --json, errors too', async () => {
    const { stdout } = await runCli(['models', 'list', '--json'], { env });
    expect(JSON.parse(stdout)).toMatchObject([{ name: 'biopsies' }]);
    const refused = await runCli(['models', 'create', 'x', '--task', 'binary', '--json'], { env });
    expect([refused.code, JSON.parse(refused.stdout).error]).toMatchObject([
      1,
      { status: 400, errors: [{ field: 'name' }, { field: 'tags' }] },
    ]);
  }, 20_000);
});

describe('a failure', () => {
  it('says in words what was refused and ends with 1', async () => {
    const refused = await runCli(['models', 'create', 'x', '--task', 'binary'], { env });
    expect([refused.code, refused.stdout, refused.stderr]).toEqual([
      1,
      '',
      '✗ name: is bad (and 1 more)\n    name: is bad\n    tags: too many\n',
    ]);
    const file = await runCli(['versions', 'register', 'x', '/no/such/model.onnx'], { env });
    expect([file.code, file.stderr]).toEqual([
      1,
      expect.stringMatching(/^✗ ENOENT.*model\.onnx'\n$/),
    ]);
  }, 20_000);
});

describe('login', () => {
  it('keeps URL and token for this user alone, and logout forgets them', async () => {
    const config = configFolder();
    const own = { XDG_CONFIG_HOME: config };
    const file = join(config, 'skiff/credentials.json');
    const url = env.SKIFF_URL as string;
    const wrong = await runCli(['login', '--url', url], { env: own, input: 'skiff_bad\n' });
    expect([wrong.code, existsSync(file)]).toEqual([1, false]);
    const done = await runCli(['login', '--url', url], { env: own, input: 'skiff_good\n' });
    expect([done.code, done.stdout + done.stderr]).toEqual([
      0,
      expect.not.stringContaining('skiff_good'),
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ url, token: 'skiff_good' });
    expect((await runCli(['models', 'list'], { env: own })).code).toBe(0);
    // The saved token goes to no other deployment.
    const elsewhere = await runCli(['models', 'list'], { env: { ...own, SKIFF_URL: 'http://x' } });
    expect(elsewhere.stderr).toContain('there is no token for http://x');
    await runCli(['logout'], { env: own });
    expect((await runCli(['models', 'list'], { env: own })).stderr).toContain('run skiff login');
  }, 30_000);
});

describe('variants', () => {
  it('are read from the right, and named where there are several', () => {
    expect(parseVariants(['a@b@champion'])).toEqual([
      { name: 'default', model: 'a@b', alias: 'champion' },
    ]);
    expect(parseVariants(['m@3=90', 'm@next.one=10'])).toEqual([
      { name: 'v3', model: 'm', version: 3, weight: 90 },
      { name: 'next-one', model: 'm', alias: 'next.one', weight: 10 },
    ]);
    expect(() => parseVariants(['m@3', 'm@4=10'])).toThrow(UsageError);
  });
});

describe('rows', () => {
  const folder = configFolder();
  const rowsOf = (text: string, features: Parameters<typeof readRows>[1] = []) => {
    writeFileSync(join(folder, 'rows'), text);
    return readRows(join(folder, 'rows'), features);
  };

  it('are the same from CSV, JSON and JSON Lines', async () => {
    const wanted = [
      { a: 1, b: 'x' },
      { a: 2.5, b: null },
    ];
    expect(await rowsOf('a,b\n1,x\n2.5,\n')).toEqual(wanted);
    expect(await rowsOf(JSON.stringify(wanted))).toEqual(wanted);
    expect(await rowsOf(JSON.stringify({ rows: wanted }, null, 2))).toEqual(wanted);
    expect(await rowsOf(wanted.map((row) => JSON.stringify(row)).join('\n'))).toEqual(wanted);
  });

  it('hold texts where the signature says so, though they look like numbers', async () => {
    const features = [
      { name: 'code', type: 'category', categories: ['007', '008'] },
      { name: 'ok', type: 'boolean' },
    ];
    expect(await rowsOf('code,ok,n\n007,true,3\n', features)).toEqual([
      { code: '007', ok: true, n: 3 },
    ]);
  });

  it('are refused where there are none', async () => {
    await expect(rowsOf('')).rejects.toThrow('no rows');
    await expect(rowsOf('{"a":1}\noops')).rejects.toThrow('line 2');
  });
});

describe('the wait for a job', () => {
  const told = (isTTY: boolean): string[] => {
    const lines: string[] = [];
    const stderr = { isTTY, columns: 80, write: (text: string) => lines.push(text) };
    const out = new Output({ stdout: process.stdout, stderr } as never, false);
    const tell = jobProgress(out, isTTY);
    const job = (shardsDone: number, secondsLeft: number) => {
      const progress = { shards: 4, shardsDone, rows: shardsDone * 1000, secondsLeft };
      tell({ status: 'running', progress } as never);
    };
    job(1, 29.5);
    job(1, 20);
    job(2, 20);
    return lines;
  };

  it('is a bar on a terminal, drawn anew when it says something else', () => {
    const frame = (cells: number, words: string) =>
      `\r\x1b[K${'█'.repeat(cells)}${'░'.repeat(24 - cells)}  ${words}`;
    expect(told(true)).toEqual([
      frame(6, '25 %  running: 1 of 4 shards, 1000 rows, 30 s left'),
      frame(6, '25 %  running: 1 of 4 shards, 1000 rows, 20 s left'),
      frame(12, '50 %  running: 2 of 4 shards, 2000 rows, 20 s left'),
    ]);
  });

  it('is a line for each shard elsewhere', () => {
    expect(told(false)).toEqual([
      'running: 1 of 4 shards, 1000 rows\n',
      'running: 2 of 4 shards, 2000 rows\n',
    ]);
  });
});

describe('sizes and bars', () => {
  it('are short', () => {
    expect([0, 999, 1000, 1_234_567, 3e9].map(size)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '1.2 MB',
      '3.0 GB',
    ]);
    expect(bar(0.5)).toBe(`${'█'.repeat(12)}${'░'.repeat(12)}  50 %`);
    expect(bar(1)).toMatch(/100 %$/);
  });
});
