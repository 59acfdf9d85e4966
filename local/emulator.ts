import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalProblem } from './problems.ts';
import { emulatorPython } from './python.ts';
import { localCredentials, type Place } from './settings.ts';

const START_MS = 60_000;
const STOP_MS = 10_000;

const pidFile = ({ folder }: Place) => join(folder, 'emulator.pid');

/** Whether the emulator answers. */
export async function answers(place: Place): Promise<boolean> {
  try {
    const health = await fetch(`${place.endpoint}/_ministack/health`, {
      signal: AbortSignal.timeout(2000),
    });
    return health.ok;
  } catch {
    return false;
  }
}

/** Whether an emulator of ours is running here. */
export const isRunning = async (place: Place): Promise<boolean> =>
  place.external ? answers(place) : processId(place) !== undefined && (await answers(place));

/** Starts the emulator as a process of its own, on loopback only, and waits until it answers. */
export async function startEmulator(place: Place, log: (line: string) => void): Promise<void> {
  if (place.external) {
    if (await answers(place)) return;
    throw new LocalProblem(
      `nothing answers at AWS_ENDPOINT_URL=${place.endpoint}: start that emulator first, or unset the variable`,
    );
  }
  await stopEmulator(place);
  await requireFreePort(place.port);
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

async function requireFreePort(port: number): Promise<void> {
  const free = await new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
  if (free) return;
  throw new LocalProblem(
    `port ${port} is in use by another program: stop that, or choose another port: SKIFF_PORT=${port + 10} npm start`,
  );
}

/** Stops the emulator so that it saves its state; answers whether there was one. */
export async function stopEmulator(place: Place): Promise<boolean> {
  const pid = place.external ? undefined : processId(place);
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
function processId(place: Place): number | undefined {
  if (!existsSync(pidFile(place))) return undefined;
  const pid = Number(readFileSync(pidFile(place), 'utf8'));
  if (!isAlive(pid)) return undefined;
  const commandLine = `/proc/${pid}/cmdline`;
  if (existsSync(commandLine) && !readFileSync(commandLine, 'utf8').includes('ministack'))
    return undefined;
  return pid;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** To the whole group: the functions' processes are its children. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(name === 'SIGKILL' ? -pid : pid, name);
  } catch {
    // Gone already.
  }
}

/** Forgets everything that was stored. */
export function eraseState(place: Place): void {
  for (const name of ['state', 's3', 'local.json', 'deployed.json']) {
    rmSync(join(place.folder, name), { recursive: true, force: true });
  }
}
