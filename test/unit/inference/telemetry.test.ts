import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const ROOT = new URL('../../../', import.meta.url).pathname;

interface Trace {
  readonly status: number;
  /** Files that the process left in its empty home and temporary folders. */
  readonly files: string[];
  /** Sockets that were open at any time. */
  readonly sockets: number;
  /** That it started, running or ended. */
  readonly processes: number;
  /** That native code started: the runtime's uploader, which looks names up within a minute, is one. */
  readonly threads: number;
}

/** A prediction through the handler in a process of its own, watched for some seconds. */
async function predictIn(environment: Record<string, string>): Promise<Trace> {
  const home = mkdtempSync(join(tmpdir(), 'skiff-telemetry-'));
  try {
    // Nothing of our environment: CI=1 alone would silence the runtime, and prove nothing.
    const env = { HOME: home, TMPDIR: home, XDG_CACHE_HOME: join(home, '.cache'), ...environment };
    const script = join(ROOT, 'test/helpers/predict-once.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [script], { env, cwd: ROOT });
    const files = readdirSync(home, { recursive: true, withFileTypes: true });
    const names = files.filter((entry) => entry.isFile()).map(({ name }) => name);
    return { ...JSON.parse(stdout.trim().split('\n').at(-1) as string), files: names };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

describe('a prediction', () => {
  it('starts nothing, leaves no file and opens no connection for the runtime’s telemetry', async () => {
    expect(await predictIn({})).toEqual({
      status: 200,
      files: [],
      sockets: 0,
      processes: 0,
      threads: 0,
    });
  }, 20_000);

  it('would leave files and start its uploader without our switch: the test above can fail', async () => {
    const { status, files, threads } = await predictIn({ SKIFF_TEST_TELEMETRY_ON: '1' });
    expect(status).toBe(200);
    expect(files.length).toBeGreaterThan(0);
    expect(threads).toBeGreaterThan(0);
  }, 20_000);
});
