import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/*
 * Run as a process of its own: one prediction through the Lambda handler, then a look at this
 * process for a while. Prints {status, sockets} as its last line. With SKIFF_TEST_TELEMETRY_ON the
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

const seen = new Set<string>();
for (const end = Date.now() + WATCHED_MS; Date.now() < end; await delay(20)) {
  for (const socket of openSockets()) if (!ownSockets.has(socket)) seen.add(socket);
}
console.log(JSON.stringify({ status, sockets: seen.size }));
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
