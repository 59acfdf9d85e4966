import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ROOT } from '../../../local/settings.ts';

const RUN = join(ROOT, 'local/run.js');
/** Takes the Node that runs it for an old one. */
const OLD = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });`;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skiff-run-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A copy of the launcher that takes every Node for too old. */
function inOldNode(): string {
  mkdirSync(join(folder, 'local'));
  const copy = join(folder, 'local/run.mjs');
  copyFileSync(RUN, copy);
  const preload = join(folder, 'old.cjs');
  writeFileSync(preload, OLD);
  return copy;
}

describe('the command line', () => {
  it('is started by an older Node with the one that npm brought', () => {
    const needed = join(folder, `node_modules/node-${process.platform}-${process.arch}/bin`);
    mkdirSync(needed, { recursive: true });
    symlinkSync(process.execPath, join(needed, 'node'));
    mkdirSync(join(folder, 'cli'));
    mkdirSync(join(folder, 'local'));
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
    copyFileSync(join(ROOT, 'cli/skiff.js'), join(folder, 'cli/skiff.js'));
    copyFileSync(RUN, join(folder, 'local/run.js'));
    const main = `console.log(process.versions.node, process.argv.slice(2).join());`;
    writeFileSync(join(folder, 'cli/skiff.ts'), main);
    writeFileSync(join(folder, 'old.cjs'), OLD);
    const skiff = join(folder, 'cli/skiff.js');
    const run = (args: string[]) =>
      spawnSync(process.execPath, [...args, skiff, 'models', 'list'], { encoding: 'utf8' });
    const now = `${process.versions.node} models,list\n`;
    expect(run(['--require', join(folder, 'old.cjs')]).stdout).toBe(now);
    expect(run([]).stdout).toBe(now);
  });
});

describe('a script', () => {
  it('is run with its arguments, and its exit code is handed on', () => {
    const script = 'console.log(process.argv.slice(1).join()); process.exitCode = 3';
    const { status, stdout } = spawnSync(process.execPath, [RUN, '-e', script, 'a', 'b c']);
    expect([status, `${stdout}`]).toEqual([3, 'a,b c\n']);
  });

  it('has that Node first on its path', () => {
    const script = `console.log(require('node:child_process').execFileSync('node', ['-v']) + '')`;
    const env = { PATH: '/usr/bin:/bin' };
    const { stdout } = spawnSync(process.execPath, [RUN, '-e', script], { env });
    expect(`${stdout}`.trim()).toBe(process.version);
  });

  it('is told to end, and ends its own way', async () => {
    const script = `process.on('SIGTERM', () => process.exit(9)); setInterval(() => {}, 1000); console.log('up')`;
    const child = spawn(process.execPath, [RUN, '-e', script]);
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([9, null]);
  });

  it('in an older Node gets the one that npm brought, or the reader a sentence', () => {
    const args = ['--require', join(folder, 'old.cjs'), inOldNode(), '-p', '1 + 1'];
    const without = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect([without.status, without.stderr]).toEqual([
      1,
      expect.stringContaining('Skiff needs Node 24, this is 20.20.2: install it'),
    ]);
    const bin = join(folder, `node_modules/node-${process.platform}-${process.arch}/bin`);
    mkdirSync(bin, { recursive: true });
    symlinkSync(process.execPath, join(bin, 'node'));
    const withIt = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect([withIt.status, withIt.stdout]).toEqual([0, '2\n']);
  });
});
