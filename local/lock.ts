import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalProblem } from './problems.ts';
import type { Place } from './settings.ts';

/**
 * Runs one command at a time that starts or deploys: two would erase each other's stacks.
 *
 * @throws LocalProblem while another one is at it
 */
export async function alone<T>({ folder }: Place, run: () => Promise<T>): Promise<T> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'starting.pid');
  const other = existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
  if (other && other !== process.pid && isAlive(other)) {
    throw new LocalProblem(
      `another command (process ${other}) is starting the local AWS: wait until it has finished, or stop it`,
    );
  }
  writeFileSync(file, String(process.pid));
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await run();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** Runs what several processes may want at the same time, one after the other. */
export function inTurn<T>(file: string, run: () => T): T {
  while (!take(file)) {
    const other = ownerOf(file);
    if (other !== undefined && !isAlive(other)) rmSync(file, { force: true });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  try {
    return run();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Makes the file, with its owner in it at once, unless it is there. */
function take(file: string): boolean {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

function ownerOf(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Whether a process with this number exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
