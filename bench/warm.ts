import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assignSlots } from '#core/routing/slots.ts';
import { lineWriter } from '#shared/line-writer.ts';
import { createSession, type OnnxSession, toOnnx } from '#shared/onnx.ts';
import type { ServingEndpoint, ServingVariant } from '#slices/deployments';
import { Recorder } from '../functions/inference/capture/recorder.ts';
import { type Capture, lambdaHost } from '../functions/inference/realtime/lambda-host.ts';
import { createService } from '../functions/inference/service.ts';
import {
  ENDPOINT,
  FEATURES,
  INPUT,
  inferBody,
  inferEvent,
  MODEL,
  median,
  randomRows,
} from './model.ts';

/** Two variants of the same version: what differs in time is the choice. */
const SPLIT: ServingEndpoint = (() => {
  const variants = ['a', 'b'].map((name) => ({
    ...(ENDPOINT.variants[0] as ServingVariant),
    name,
    weight: 50,
  }));
  const { slots } = assignSlots(variants, undefined, 1);
  return { ...ENDPOINT, variants, slots, stickyUnit: { kind: 'header', name: 'x-customer' } };
})();

type Handler = ReturnType<typeof lambdaHost>;
type Event = Parameters<Handler>[0];

interface Handlers {
  readonly plain: Handler;
  readonly captured: Handler;
  readonly split: Handler;
  /** Between requests. */
  readonly settle: () => Promise<void>;
}

/** Requests of one size: how often, and how many different ones, so that no branch is learnt. */
const SIZES = [
  { rows: 1, repeats: 30_000, different: 512 },
  { rows: 100, repeats: 500, different: 16 },
  { rows: 10_000, repeats: 9, different: 2 },
] as const;

export interface WarmResult {
  readonly rows: number;
  readonly bareMicroseconds: number;
  readonly handlerMicroseconds: number;
  readonly ratio: number;
  /** With every request captured. */
  readonly capturedRatio: number;
  /** With two variants, chosen by a header. */
  readonly splitRatio: number;
}

/**
 * The handler, metric line to a file included, over `session.run` of the same rows as tensors; once
 * with captures off, once with all of them on, and once with two variants to choose from.
 */
export async function benchWarm(): Promise<WarmResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'skiff-bench-'));
  const log = openSync(join(folder, 'stdout'), 'w');
  const capture = recording();
  const handlers = {
    plain: lambdaHost(service(0), lineWriter(log)),
    captured: lambdaHost(service(1), lineWriter(log), capture),
    split: lambdaHost(service(0, SPLIT), lineWriter(log)),
    settle: capture.settle,
  };
  const session = await createSession(MODEL);
  const results: WarmResult[] = [];
  for (const size of SIZES) results.push(await measure(size, session, handlers));
  closeSync(log);
  rmSync(folder, { recursive: true });
  return results;
}

/** Writes what is due between requests, as on Lambda, but to nowhere. */
function recording(): Capture & { settle: () => Promise<void> } {
  const nowhere = async () => {};
  const recorder = new Recorder({
    sink: { putFile: nowhere, putSummary: nowhere },
    ...{ instance: '01KAWWWWWWWWWWWWWWWWWWWWWW', memoryMb: 1769, now: Date.now },
    warn: console.warn,
  });
  return {
    record: (trace) => recorder.record(trace),
    answered: () => {},
    settle: async () => {
      if (recorder.isDue) await recorder.flush();
    },
  };
}

const service = (share: number, endpoint = ENDPOINT) =>
  createService({
    functionMegabytes: 1769,
    fetchEndpoint: async () => ({ ...endpoint, capture: { share, mask: [], drop: [] } }),
    fetchArtifact: async () => MODEL,
    warn: console.warn,
  });

/** They take turns, on different rows of the same kind; the first fifth warms up. */
async function measure(
  size: (typeof SIZES)[number],
  session: OnnxSession,
  { plain, captured, split, settle }: Handlers,
) {
  const { rows, repeats, different } = size;
  const data = Array.from({ length: different }, () => randomRows(rows));
  const tensors = data.map((values) => Float32Array.from(values));
  const events = data.map((values) => inferEvent(inferBody(values)) as unknown as Event);
  const bare: number[] = [];
  const whole: number[] = [];
  const kept: number[] = [];
  const chosen: number[] = [];
  for (let i = 0; i < repeats; i++) {
    bare.push(await timeBare(session, tensors[(i * 7 + 3) % different] as Float32Array));
    whole.push(await timeHandler(plain, events[i % different] as Event));
    kept.push(await timeHandler(captured, events[(i * 5 + 1) % different] as Event));
    await settle();
    const event = events[(i * 3 + 2) % different] as Event;
    chosen.push(await timeHandler(split, ofUnit(event, i)));
  }
  const warm = Math.floor(repeats / 5);
  const bareMicroseconds = 1000 * median(bare.slice(warm));
  const handlerMicroseconds = 1000 * median(whole.slice(warm));
  return {
    rows,
    bareMicroseconds,
    handlerMicroseconds,
    ratio: handlerMicroseconds / bareMicroseconds,
    capturedRatio: (1000 * median(kept.slice(warm))) / bareMicroseconds,
    splitRatio: (1000 * median(chosen.slice(warm))) / bareMicroseconds,
  };
}

const ofUnit = (event: Event, i: number): Event => ({
  ...event,
  headers: { ...event.headers, 'x-customer': `customer-${i}` },
});

async function timeBare(session: OnnxSession, data: Float32Array): Promise<number> {
  const start = performance.now();
  const shape = [data.length / FEATURES, FEATURES];
  await session.run({ [INPUT]: toOnnx({ datatype: 'FP32', shape, data }) });
  return performance.now() - start;
}

async function timeHandler(handler: Handler, event: Event): Promise<number> {
  const start = performance.now();
  const { statusCode, body } = await handler(event);
  const time = performance.now() - start;
  if (statusCode !== 200) throw new Error(`the handler answered ${statusCode}: ${body}`);
  return time;
}
