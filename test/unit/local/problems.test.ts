import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator } from '../../../local/emulator.ts';
import { placeOf, ROOT } from '../../../local/settings.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skiff-problems-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a machine that lacks something', () => {
  const SCRIPT = `
    import { main } from './local/problems.ts';
    import { emulatorPython } from './local/python.ts';
    await main(async () => void emulatorPython(console.log));`;

  /** Puts this in the place of Python, the only program on the PATH. */
  function withPython(...lines: string[]) {
    const file = join(folder, 'python3');
    writeFileSync(file, ['#!/bin/sh', ...lines].join('\n'));
    chmodSync(file, 0o755);
  }

  function install() {
    const env = { PATH: folder, XDG_CACHE_HOME: join(folder, 'cache') };
    const args = ['--input-type=module', '-e', SCRIPT];
    return spawnSync(process.execPath, args, { cwd: ROOT, env, encoding: 'utf8' });
  }

  /** As a venv's interpreter this is a copy of itself. */
  const VENV =
    'if [ "$2" = venv ]; then /bin/mkdir -p "$3/bin"; /bin/cp "$0" "$3/bin/python"; exit; fi';
  const VERSION = 'if [ "$1" = --version ]; then echo Python 3.11.7; exit; fi';

  it.each([
    ['no Python', [], 'needs Python 3.10 or newer', 'set AWS_ENDPOINT_URL'],
    ['an old Python', ['echo Python 3.9.18'], 'needs Python 3.10 or newer', 'install it'],
    [
      'no module venv',
      [VERSION, 'echo No module named venv >&2; exit 1'],
      'could not make a virtual environment',
      'apt install python3-venv',
    ],
    [
      'a closed network',
      [VERSION, VENV, 'echo Could not connect >&2; exit 1'],
      'the emulator could not be installed',
      'connect to a Python package index (or name yours in PIP_INDEX_URL)',
    ],
  ])('with %s: says so in one sentence, with the way out', (_, lines, problem, wayOut) => {
    if (lines.length > 0) withPython(...lines);
    const { status, stderr } = install();
    expect([status, stderr.trim().split('\n')]).toEqual([
      1,
      [expect.stringMatching(new RegExp(`^✗ .*${problem}`))],
    ]);
    expect(stderr).toContain(wayOut);
  });

  it('installs again where the first time failed half-way, and then no more', () => {
    withPython(VERSION, VENV, 'exit 1');
    expect(install().status).toBe(1);
    withPython(VERSION, VENV);
    const { status, stdout } = install();
    expect([status, stdout]).toEqual([0, expect.stringContaining('installing')]);
    expect(install().stdout).toBe('');
    expect(readdirSync(join(folder, 'cache/skiff'))).toHaveLength(1);
  });
});

describe('a port that another program has', () => {
  it('is named, with the variable that chooses another', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const place = { ...placeOf('local', { SKIFF_PORT: String(port) }), folder };
    await expect(startEmulator(place, () => {})).rejects.toThrow(
      `port ${port} is in use by another program: stop that, or choose another port by setting SKIFF_PORT`,
    );
    server.close();
  });
});
