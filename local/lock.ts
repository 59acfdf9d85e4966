import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

/** Whether a process with this number exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
