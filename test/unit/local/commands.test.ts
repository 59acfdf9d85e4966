import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { endOf } from '../../../local/cdk.ts';
import { localApiUrl } from '../../../local/deploy.ts';
import { emulatorPid, eraseState } from '../../../local/emulator.ts';
import { alone, inTurn } from '../../../local/lock.ts';
import { type Place, placeOf, ROOT } from '../../../local/settings.ts';
import { summary } from '../../../local/summary.ts';

/** A number above what Linux gives to processes. */
const NO_PROCESS = 2 ** 22 + 1;
let place: Place;

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'skiff-local-'));
  place = { ...placeOf('local', {}), folder, info: join(folder, 'local.json') };
});
afterEach(() => rmSync(place.folder, { recursive: true }));

describe('where a local AWS lives', () => {
  it.each(['abc', '80', '65536', '4566.5', '-1'])('refuses the port %s', (SKIFF_PORT) => {
    expect(() => placeOf('local', { SKIFF_PORT })).toThrow(
      `SKIFF_PORT=${SKIFF_PORT} is not a port`,
    );
  });

  it('takes the tests’ port from a variable of their own', () => {
    expect(placeOf('e2e', { SKIFF_PORT: '5000' }).port).toBe(4599);
    expect(placeOf('e2e', { SKIFF_E2E_PORT: '5001' })).toMatchObject({
      port: 5001,
      portVariable: 'SKIFF_E2E_PORT',
    });
  });

  it('keeps what it knows of an external emulator apart from its own data', () => {
    const own = placeOf('local', {});
    const external = placeOf('local', { AWS_ENDPOINT_URL: 'http://127.0.0.1:9/' });
    expect(external.endpoint).toBe('http://127.0.0.1:9');
    expect(external.folder).not.toBe(own.folder);
    expect(external.info).toBe(own.info);
  });

  it('serves the same API on whichever port it is started', () => {
    const onAws = 'https://abc123.execute-api.us-east-1.amazonaws.com';
    for (const endpoint of ['http://127.0.0.1:4566', 'http://127.0.0.1:4576']) {
      const url = localApiUrl({ endpoint }, onAws);
      expect(url).toBe(`${endpoint}/_aws/execute-api/abc123/$default`);
      expect(localApiUrl({ endpoint }, url)).toBe(url);
    }
  });
});

describe('one command at a time', () => {
  const lock = () => join(place.folder, 'starting.pid');

  it('leaves no lock behind, whether it succeeds or fails', async () => {
    expect(await alone(place, async () => existsSync(lock()))).toBe(true);
    await expect(alone(place, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(lock())).toBe(false);
  });

  it('waits for nobody who has died', async () => {
    writeFileSync(lock(), String(NO_PROCESS));
    expect(await alone(place, async () => 'done')).toBe('done');
  });

  it('names the one that is at it, and leaves its lock alone', async () => {
    writeFileSync(lock(), String(process.ppid));
    await expect(alone(place, async () => 'done')).rejects.toThrow(`process ${process.ppid}`);
    expect(readFileSync(lock(), 'utf8')).toBe(String(process.ppid));
  });
});

describe('what several processes may want at the same time', () => {
  const file = () => join(place.folder, 'turn');

  it('is done by one after the other', async () => {
    const script = `
      import { appendFileSync } from 'node:fs';
      import { inTurn } from './local/lock.ts';
      const [file, log] = process.argv.slice(1);
      inTurn(file, () => {
        appendFileSync(log, 'a');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
        appendFileSync(log, 'b');
      });`;
    const log = join(place.folder, 'log');
    const runs = Array.from({ length: 3 }, () => {
      const args = ['--input-type=module', '-e', script, file(), log];
      return once(spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' }), 'exit');
    });
    expect(await Promise.all(runs)).toEqual([
      [0, null],
      [0, null],
      [0, null],
    ]);
    expect(readFileSync(log, 'utf8')).toBe('ababab');
    expect(globSync('turn*', { cwd: place.folder })).toEqual([]);
  });

  it('waits for nobody who has died, and lets go of what failed', () => {
    writeFileSync(file(), String(NO_PROCESS));
    expect(inTurn(file(), () => 'done')).toBe('done');
    expect(() =>
      inTurn(file(), () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(existsSync(file())).toBe(false);
  });
});

describe('a command', () => {
  it.each(globSync('local/*.ts', { cwd: ROOT }))(
    'waits in %s for nothing that is set below: it would not be there yet',
    (file) => {
      const below = readFileSync(join(ROOT, file), 'utf8').split(/^await main\(/m)[1] ?? '';
      expect(below).not.toMatch(/^(const|let|class) /m);
    },
  );
});

describe('a command that is interrupted', () => {
  /** Its child fails with it, as `cdk deploy` does on Ctrl-C. */
  const SCRIPT = `
    import { interruptible } from './local/interrupt.ts';
    await interruptible(
      () => new Promise((_, reject) => {
        process.on('SIGINT', () => reject(new Error('the child was ended')));
        setInterval(() => {}, 1000);
        console.log('ready');
      }),
      async () => { console.log('tidied up'); return 7; },
    );`;

  it('tidies up once, and what fails because of it is no failure', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT], { cwd: ROOT });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    }
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([7, null]);
    expect(output.join('')).toBe('ready\ntidied up\n');
  });
});

describe('the emulator', () => {
  it.each([
    ['a process that is gone', NO_PROCESS],
    ['a number that another program has now', process.pid],
  ])('is not taken to run for %s', (_, pid) => {
    writeFileSync(join(place.folder, 'emulator.pid'), String(pid));
    expect(emulatorPid(place)).toBeUndefined();
  });

  it('forgets data, deployment and token, and keeps its logs', () => {
    for (const name of ['state', 's3']) mkdirSync(join(place.folder, name));
    for (const name of ['deployed.json', 'local.json', 'emulator.log']) {
      writeFileSync(join(place.folder, name), '{}');
    }
    eraseState(place);
    const left = ['state', 's3', 'deployed.json', 'local.json', 'emulator.log'];
    expect(left.filter((name) => existsSync(join(place.folder, name)))).toEqual(['emulator.log']);
  });
});

describe('what is printed', () => {
  it('shows the end of a long output in readable lines', () => {
    const output = Array.from({ length: 40 }, (_, i) => `line ${i}\n\n`).join('');
    const lines = endOf(`${output}${'x'.repeat(1000)}`).split('\n');
    expect(lines).toHaveLength(15);
    expect(lines[0]).toBe('line 26');
    expect(lines[14]).toHaveLength(300);
  });

  it('quotes the URL, which has a dollar sign in it, for the shell', () => {
    const apiUrl = 'http://127.0.0.1:4566/_aws/execute-api/a/$default';
    const text = summary({ apiUrl, token: 't' } as Parameters<typeof summary>[0]);
    expect(text).toContain(`export SKIFF_URL='${apiUrl}'`);
  });
});
