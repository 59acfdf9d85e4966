import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireFreePort } from '../emulator.ts';
import { isAlive } from '../lock.ts';
import { LocalProblem } from '../problems.ts';
import { artifactPort, localCredentials, type Place } from '../settings.ts';

const START_MS = 20_000;
/** Longer than the server takes to end what it is at. */
const STOP_MS = 5_000;

const pidFile = ({ folder }: Place) => join(folder, 'artifact-host.pid');
const logFile = ({ folder }: Place) => join(folder, 'artifact-host.log');

/**
 * Starts the host of artifacts as a process of its own, on loopback only, where it is not running.
 * Beside an emulator of the user's there is none: its functions do not hear of it.
 */
export async function startArtifactHost(place: Place, bucket: string): Promise<void> {
  if (place.external || (artifactHostPid(place) !== undefined && (await answers(place)))) return;
  await stopArtifactHost(place);
  await requireFreePort(place, artifactPort(place));
  const output = openSync(logFile(place), 'w');
  const script = join(import.meta.dirname, 'main.ts');
  const args = [script, String(artifactPort(place)), place.endpoint, bucket];
  const child = spawn(process.execPath, args, {
    env: { ...localCredentials(place.endpoint), PATH: process.env.PATH },
    detached: true,
    stdio: ['ignore', output, output],
  });
  child.unref();
  writeFileSync(pidFile(place), String(child.pid));
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    if (await answers(place)) return;
    await sleep(50);
  }
  throw new LocalProblem(`the host of artifacts did not come up: see ${logFile(place)}`);
}

async function answers(place: Place): Promise<boolean> {
  try {
    const url = `http://127.0.0.1:${artifactPort(place)}/`;
    await fetch(url, { signal: AbortSignal.timeout(2000) });
    return true;
  } catch {
    return false;
  }
}

export async function stopArtifactHost(place: Place): Promise<void> {
  const pid = artifactHostPid(place);
  if (pid !== undefined) {
    process.kill(pid, 'SIGTERM');
    const deadline = Date.now() + STOP_MS;
    while (isAlive(pid) && Date.now() < deadline) await sleep(20);
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  }
  rmSync(pidFile(place), { force: true });
}

/** Of a process that is alive and is ours; a number alone may have been given out again. */
export function artifactHostPid(place: Place): number | undefined {
  if (!existsSync(pidFile(place))) return undefined;
  const pid = Number(readFileSync(pidFile(place), 'utf8'));
  if (!isAlive(pid)) return undefined;
  const commandLine = `/proc/${pid}/cmdline`;
  const isOurs =
    !existsSync(commandLine) || /artifact-host/.test(readFileSync(commandLine, 'utf8'));
  return isOurs ? pid : undefined;
}
