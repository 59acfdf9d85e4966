import '#shared/telemetry-off.ts';
import { lineWriter } from '#shared/line-writer.ts';
import { errorFields, logLine } from '../host.ts';
import { startEdge } from './edge.ts';
import { edgeSettings } from './settings.ts';

/*
 * The edge server: one program that serves a bundle on a device or in a container. What it takes
 * from its environment is in settings.ts.
 */

const STDOUT = 1;
const NO_HEAD = new Uint8Array(0);
const write = lineWriter(STDOUT);
const log = (line: string) => write(NO_HEAD, line);

async function main(): Promise<void> {
  const edge = await startEdge(edgeSettings(), log);
  log(logLine('info', `listening: HTTP ${edge.httpPort}, gRPC ${edge.grpcPort}`, {}));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log(logLine('info', `${signal}: draining`, {}));
      void edge.stop().finally(() => process.exit(0));
    });
  }
}

main().catch((error: unknown) => {
  log(logLine('error', 'the edge server cannot start', errorFields(error)));
  process.exitCode = 1;
});
