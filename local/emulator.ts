import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './lock.ts';
import { LocalProblem } from './problems.ts';
import { emulatorPython } from './python.ts';
import { artifactPort, localCredentials, type Place } from './settings.ts';

const START_MS = 60_000;
/** Calls that are still running are dropped after this, so that the state is saved in time. */
const GRACE_SECONDS = 3;
const STOP_MS = 20_000;
/** Longer than clients keep idle connections, so that none is closed under a request. */
const KEEP_ALIVE_SECONDS = 75;

const pidFile = ({ folder }: Place) => join(folder, 'emulator.pid');

/** Whether the emulator answers; one that the user chose may be of another make. */
async function answers({ endpoint, external }: Place): Promise<boolean> {
  const path = external ? '/' : '/_ministack/health';
  try {
    const answer = await fetch(endpoint + path, { signal: AbortSignal.timeout(10_000) });
    return external || answer.ok;
  } catch {
    return false;
  }
}

/** Whether an emulator of ours is running here. */
export const isRunning = async (place: Place): Promise<boolean> =>
  (place.external || emulatorPid(place) !== undefined) && (await answers(place));

/** Starts the emulator as a process of its own, on loopback only, and waits until it answers. */
export async function startEmulator(place: Place, log: (line: string) => void): Promise<void> {
  if (place.external) {
    if (await answers(place)) return;
    throw new LocalProblem(
      `nothing answers at AWS_ENDPOINT_URL=${place.endpoint}: start that emulator first, or unset the variable`,
    );
  }
  await stopEmulator(place);
  for (const port of [place.port, artifactPort(place)]) await requireFreePort(place, port);
  const python = emulatorPython(log);
  log(`starting the local AWS on port ${place.port}`);
  for (const folder of ['state', 's3']) mkdirSync(join(place.folder, folder), { recursive: true });
  mkdirSync(place.temporary, { recursive: true, mode: 0o700 });
  const output = openSync(join(place.folder, 'emulator.log'), 'w');
  const args = [
    '-m',
    'uvicorn',
    'ministack.app:app',
    '--host',
    '127.0.0.1',
    '--port',
    String(place.port),
  ];
  const child = spawn(
    python,
    [
      ...args,
      '--http',
      'httptools',
      '--log-level',
      'warning',
      '--no-access-log',
      '--no-date-header',
      '--timeout-graceful-shutdown',
      String(GRACE_SECONDS),
      '--timeout-keep-alive',
      String(KEEP_ALIVE_SECONDS),
    ],
    {
      cwd: place.temporary,
      env: environment(place),
      detached: true,
      stdio: ['ignore', output, output],
    },
  );
  child.unref();
  writeFileSync(pidFile(place), String(child.pid));
  await waitUntilUp(place, () => child.exitCode);
}

/** Nothing of the user's environment but what is needed: functions inherit all of it. */
const environment = (place: Place): Record<string, string> => ({
  ...localCredentials(place.endpoint),
  PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
  HOME: place.temporary,
  TMPDIR: place.temporary,
  GATEWAY_PORT: String(place.port),
  BIND_HOST: '127.0.0.1',
  IOT_MTLS_ENABLED: '0',
  NODE_NO_WARNINGS: '1',
  // The emulator has no SageMaker: whoever wants one puts a stub of its runtime here.
  AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: `http://127.0.0.1:${place.port + 1}`,
  // Functions inherit it; on AWS their own settings name the host (local/artifact-host).
  SKIFF_ARTIFACT_HOST: `127.0.0.1:${artifactPort(place)}`,
  PERSIST_STATE: '1',
  S3_PERSIST: '1',
  STATE_DIR: join(place.folder, 'state'),
  S3_DATA_DIR: join(place.folder, 's3'),
});

async function waitUntilUp(place: Place, exitCode: () => number | null): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline && exitCode() === null) {
    if (await answers(place)) return;
    await sleep(200);
  }
  throw new LocalProblem(
    `the local AWS did not come up: see ${join(place.folder, 'emulator.log')}`,
  );
}

/** @throws LocalProblem with the variable that chooses another */
export async function requireFreePort(place: Place, port: number): Promise<void> {
  const free = await new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
  if (free) return;
  throw new LocalProblem(
    `port ${port} is in use by another program: stop that, or choose another port by setting ${place.portVariable}, for example to ${place.port + 10}`,
  );
}

/** Stops the emulator so that it saves its state; answers whether there was one. */
export async function stopEmulator(place: Place): Promise<boolean> {
  const pid = place.external ? undefined : emulatorPid(place);
  if (pid !== undefined) {
    signal(pid, 'SIGTERM');
    const deadline = Date.now() + STOP_MS;
    while (isAlive(pid) && Date.now() < deadline) await sleep(100);
    signal(pid, 'SIGKILL');
  }
  rmSync(pidFile(place), { force: true });
  if (!place.external) rmSync(place.temporary, { recursive: true, force: true });
  return pid !== undefined;
}

/** Of a process that is alive and is an emulator; a number alone may have been given out again. */
export function emulatorPid(place: Place): number | undefined {
  if (!existsSync(pidFile(place))) return undefined;
  const pid = Number(readFileSync(pidFile(place), 'utf8'));
  if (!isAlive(pid)) return undefined;
  const commandLine = `/proc/${pid}/cmdline`;
  if (existsSync(commandLine) && !readFileSync(commandLine, 'utf8').includes('ministack'))
    return undefined;
  return pid;
}

/** To the whole group: the functions' processes are its children. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(name === 'SIGKILL' ? -pid : pid, name);
  } catch {
    // Gone already.
  }
}

/** Forgets everything that was stored here; of an external emulator, only what we know of it. */
export function eraseState(place: Place): void {
  const names = ['state', 's3', 'deployed.json'].map((name) => join(place.folder, name));
  for (const path of [...names, place.info]) rmSync(path, { recursive: true, force: true });
}
