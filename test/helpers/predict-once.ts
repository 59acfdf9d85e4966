import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/*
 * Run as a process of its own: one prediction through the Lambda handler, then a look at this
 * process for a while. Prints {status, sockets, processes, threads} as its last line. With SKIFF_TEST_TELEMETRY_ON the
 * runtime loads before our switch, as it would without it.
 */
const WATCHED_MS = 3_000;

if (process.env.SKIFF_TEST_TELEMETRY_ON) await import('onnxruntime-node');
const { clientOf, serviceOf } = await import('./inference.ts');
const { echoModel } = await import('./tiny-model.ts');
const ownSockets = new Set(openSockets());

if (process.env.SKIFF_TEST_TELEMETRY_ON) delete process.env.ORT_DISABLE_TELEMETRY;
const model = echoModel([{ name: 'x', datatype: 'FP32', shape: ['N'] }]);
const predict = clientOf(serviceOf({ e: model }));
const inputs = [{ name: 'x', datatype: 'FP32', shape: [1], data: [1] }];
const { status } = await predict({ path: '/v2/models/e/infer', body: { inputs } });

const [sockets, processes, threads] = [new Set<string>(), new Set<string>(), new Set<string>()];
for (const end = Date.now() + WATCHED_MS; Date.now() < end; await delay(20)) {
  for (const socket of openSockets()) if (!ownSockets.has(socket)) sockets.add(socket);
  for (const child of children()) processes.add(child);
  for (const thread of nativeThreads()) threads.add(thread);
}
console.log(
  JSON.stringify({
    status,
    sockets: sockets.size,
    processes: processes.size,
    threads: threads.size,
  }),
);
process.exit(0);

/** Of all threads, those of native code included. */
function openSockets(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith('socket:') ? [target] : [];
    } catch {
      return [];
    }
  });
}

/** Those that run, and one entry where any that has ended cost page faults. */
function children(): string[] {
  const running = readdirSync('/proc/self/task').flatMap((thread) =>
    read(`/proc/self/task/${thread}/children`).split(' ').filter(Boolean),
  );
  const faultsOfEnded = Number(read('/proc/self/stat').split(') ')[1]?.split(' ')[8]);
  return faultsOfEnded > 0 ? [...running, 'ended'] : running;
}

/** Started by native code: they have the name of the thread that started them, V8's have their own. */
function nativeThreads(): string[] {
  const own = String(process.pid);
  const name = read(`/proc/self/task/${own}/comm`);
  return readdirSync('/proc/self/task').filter(
    (thread) => thread !== own && read(`/proc/self/task/${thread}/comm`) === name,
  );
}

/** Empty where the thread has just ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
