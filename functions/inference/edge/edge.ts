import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Server, ServerCredentials } from '@grpc/grpc-js';
import { Recorder } from '../capture/recorder.ts';
import { errorFields, logLine } from '../host.ts';
import { predictionId } from '../prediction-id.ts';
import { BundleStore } from './bundle-store.ts';
import { Bundles } from './bundles.ts';
import { Cloud } from './cloud.ts';
import { EdgeSink } from './edge-sink.ts';
import { edgeFigures } from './figures.ts';
import { grpcServer } from './grpc-host.ts';
import { httpServer } from './http-host.ts';
import { Metrics } from './metrics.ts';
import { orLog, repeat, twice } from './repeat.ts';
import { Room } from './room.ts';
import { Serving } from './serving.ts';
import type { EdgeSettings } from './settings.ts';
import { Spool } from './spool.ts';
import { Uploader } from './uploader.ts';

const MIB = 2 ** 20;
const MAX_ROWS = 100_000;
/** Values that one capture file holds at most: what is sent at once has to fit a request. */
const CAPTURE_VALUES = 100_000;
/** For the last captures to leave, where there is a network. */
const LAST_UPLOAD_MS = 5_000;

export interface Edge {
  readonly httpPort: number;
  readonly grpcPort: number;
  /** Asks for updates now. */
  poll(): Promise<void>;
  /** Writes and sends what was gathered, now. */
  flush(): Promise<void>;
  /** Lets requests end that run, keeps what was gathered, and stops. */
  stop(): Promise<void>;
}

type Log = (line: string) => void;

/** Starts an edge server; it serves once it has a bundle. */
export async function startEdge(settings: EdgeSettings, log: Log): Promise<Edge> {
  const metrics = new Metrics();
  const reporting = makeReporting(settings, log, () => serving);
  const serving = new Serving(metrics, reporting?.recorder);
  const bundles = makeBundles(settings, serving, log);
  const room = new Room(settings.SKIFF_EDGE_REQUESTS_MB * MIB);
  metrics.add(...edgeFigures({ serving, bundles, room, ...reporting }));
  await bundles.start(settings.SKIFF_EDGE_BUNDLE);
  const maxBodyBytes = settings.SKIFF_EDGE_MAX_BODY_MB * MIB;
  const status = () => ({
    device: settings.SKIFF_EDGE_DEVICE,
    endpoint: serving.active?.endpoint.name ?? null,
    revision: serving.active?.endpoint.revision ?? null,
    ready: serving.isReady,
    refusals: bundles.refusals,
    spool: reporting ? { items: reporting.spool.size, bytes: reporting.spool.bytes } : null,
  });
  const http = httpServer({ serving, metrics, room, status, maxBodyBytes, log });
  http.listen(settings.SKIFF_EDGE_HTTP_PORT, settings.SKIFF_EDGE_HOST);
  await once(http, 'listening');
  const grpc = grpcServer({ serving, room, maxBodyBytes, log });
  const address = `${settings.SKIFF_EDGE_HOST}:${settings.SKIFF_EDGE_GRPC_PORT}`;
  const grpcPort = await bind(grpc, address).catch((error: unknown) => {
    // Half a server would look like a whole one.
    http.close();
    serving.active?.close();
    throw error;
  });
  const poll = async () => {
    if (reporting) await bundles.poll(reporting.cloud);
  };
  const timers = [
    ...(reporting ? [repeat(poll, settings.SKIFF_EDGE_POLL_SECONDS, log, true)] : []),
    ...(reporting ? [repeat(reporting.write, settings.SKIFF_EDGE_FLUSH_SECONDS, log)] : []),
    ...(reporting ? [repeat(reporting.send, settings.SKIFF_EDGE_UPLOAD_SECONDS, log)] : []),
  ];
  return {
    httpPort: (http.address() as AddressInfo).port,
    grpcPort,
    poll,
    flush: async () => {
      await reporting?.write();
      await reporting?.send();
    },
    stop: async () => {
      serving.isDraining = true;
      for (const timer of timers) timer.abort();
      const grpcEnded = new Promise<void>((resolve) => grpc.tryShutdown(() => resolve()));
      const httpEnded = new Promise<void>((resolve) => void http.close(() => resolve()));
      http.closeIdleConnections();
      const late = delay(settings.SKIFF_EDGE_DRAIN_SECONDS * 1000, undefined, { ref: false });
      await Promise.race([Promise.all([grpcEnded, httpEnded]), late]);
      grpc.forceShutdown();
      http.closeAllConnections();
      await reporting?.end();
      serving.active?.close();
    },
  };
}

const bind = (grpc: Server, address: string): Promise<number> =>
  new Promise((resolve, reject) => {
    grpc.bindAsync(address, ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });

const keyOf = (given: string): string =>
  given.startsWith('-----BEGIN') ? given : readFileSync(given, 'utf8');

function makeBundles(settings: EdgeSettings, serving: Serving, log: Log): Bundles {
  const { SKIFF_EDGE_SEND: send, SKIFF_EDGE_MAX_BODY_MB: megabytes } = settings;
  const shares = { captures: undefined, profiles: 1, traffic: 0 };
  return new Bundles({
    store: new BundleStore(settings.SKIFF_EDGE_FOLDER),
    serving,
    keys: settings.SKIFF_EDGE_KEYS.split(',').map(keyOf),
    endpoint: settings.SKIFF_EDGE_ENDPOINT,
    active: {
      memoryMb: settings.SKIFF_EDGE_MEMORY_MB,
      limits: {
        ...{ maxBodyBytes: megabytes * MIB, maxAnswerBytes: 2 * megabytes * MIB },
        maxRows: MAX_ROWS,
      },
      captureShare: settings.SKIFF_URL ? shares[send] : 0,
      warn: (message, cause) => log(logLine('warn', message, errorFields(cause))),
    },
    log,
  });
}

/** What is told of predictions, and to whom; undefined where nobody is told anything. */
function makeReporting(settings: EdgeSettings, log: Log, serving: () => Serving) {
  const { SKIFF_URL: url, SKIFF_TOKEN: token = '', SKIFF_EDGE_ENDPOINT: endpoint = '' } = settings;
  if (!url) return undefined;
  const spool = new Spool(settings.SKIFF_EDGE_FOLDER, settings.SKIFF_EDGE_SPOOL_MB * MIB);
  const instance = predictionId(Date.now());
  const sink = new EdgeSink({
    ...{ spool, instance, send: settings.SKIFF_EDGE_SEND, now: Date.now, log },
    profileMs: settings.SKIFF_EDGE_PROFILE_SECONDS * 1000,
    referenceOf: (variant) => serving().active?.references.get(variant) ?? [],
  });
  const recorder = new Recorder({
    // No function of ours runs: its memory costs nothing.
    ...{ sink, instance, memoryMb: 0, now: Date.now },
    warn: (message, cause) => log(logLine('warn', message, errorFields(cause))),
    limits: { values: CAPTURE_VALUES },
  });
  const cloud = new Cloud({ url, token, endpoint, device: settings.SKIFF_EDGE_DEVICE });
  const uploader = new Uploader(spool, cloud, log);
  const write = async () => {
    await recorder.flush();
    sink.close();
  };
  return {
    ...{ spool, recorder, cloud, uploader, write },
    send: () => uploader.run(),
    end: async () => {
      await twice(() => recorder.flush());
      await orLog(async () => sink.close(true), log);
      const sent = twice(() => uploader.run());
      await Promise.race([sent, delay(LAST_UPLOAD_MS, undefined, { ref: false })]);
    },
  };
}
