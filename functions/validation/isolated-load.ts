import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { AppError } from '#core/errors.ts';
import { widenBfloat16Edges } from '#core/onnx/bfloat16-edges.ts';
import type { NamedTensor } from '#core/signature/generate.ts';
import { makePlan } from '#core/signature/plan.ts';
import type { Signature } from '#core/signature/schema.ts';
import { ONNX_TYPES, SESSION_OPTIONS } from '#shared/onnx-settings.ts';
import { CHILD } from './isolated-child.ts';
import { highWaterMegabytes, MEGABYTE } from './process-memory.ts';

export interface IsolationLimits {
  /** Of the whole process: Node and the runtime take some 100 MB of it. */
  readonly maxMegabytes: number;
  readonly maxMilliseconds: number;
}

export interface IsolatedLoad {
  readonly loaded: boolean;
  /** To make a session in a fresh process; until it was given up where it was not loaded. */
  readonly milliseconds: number;
  readonly peakMemoryMb: number;
  readonly problem?: string;
}

/**
 * Loads a model in a process of its own and runs it once, so that what goes wrong in native code
 * ends that process and not this one. It has no credentials, an empty folder, and bounded memory
 * and time.
 *
 * @param inputs one run's, in the terms of the signature
 */
export async function loadIsolated(
  model: Uint8Array,
  signature: Signature,
  { inputs, limits }: { inputs: readonly NamedTensor[]; limits: IsolationLimits },
): Promise<IsolatedLoad> {
  const folder = await mkdtemp(join(tmpdir(), 'skiff-isolated-'));
  try {
    const bytes = prepared(model);
    if ('problem' in bytes) return { loaded: false, milliseconds: 0, peakMemoryMb: 0, ...bytes };
    const child = start(folder, bytes.length);
    send(child, [bytes, Buffer.from(JSON.stringify(feedsOf(signature, inputs)))]);
    return await watch(child, limits);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** As serving would load it. */
function prepared(model: Uint8Array): Uint8Array | { readonly problem: string } {
  try {
    return widenBfloat16Edges(model) ?? model;
  } catch (error) {
    if (error instanceof AppError) return { problem: error.message };
    throw error;
  }
}

const feedsOf = (signature: Signature, inputs: readonly NamedTensor[]) => {
  const plan = makePlan(signature);
  return inputs.map(({ name, datatype, shape, data }) => ({
    name: plan.inputs.get(name)?.sessionName,
    type: ONNX_TYPES[datatype],
    dims: shape,
    // Digits, because JSON's numbers end where those of 64 bits do not.
    data: Array.from<unknown, unknown>(data, (value) =>
      typeof value === 'bigint' ? String(value) : value,
    ),
  }));
};

const HEAP_MEGABYTES = 128;

function start(folder: string, modelBytes: number): ChildProcess {
  const options = [`--max-old-space-size=${HEAP_MEGABYTES}`, '-e', CHILD, '--'];
  const facts = [runtimePath(), String(modelBytes), JSON.stringify(SESSION_OPTIONS)];
  const { LD_LIBRARY_PATH } = process.env;
  return spawn(process.execPath, [...options, ...facts], {
    cwd: folder,
    env: {
      HOME: folder,
      TMPDIR: folder,
      ORT_DISABLE_TELEMETRY: '1',
      ...(LD_LIBRARY_PATH && { LD_LIBRARY_PATH }),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}

/** Found from here, because the other process starts in an empty folder: on Lambda by NODE_PATH. */
const runtimePath = (): string =>
  createRequire(join(process.cwd(), 'package.json')).resolve('onnxruntime-node');

function send({ stdin }: ChildProcess, parts: readonly Uint8Array[]): void {
  // It may end before it has read everything; how it ended is what counts.
  stdin?.on('error', () => {});
  for (const part of parts) stdin?.write(part);
  stdin?.end();
}

const WATCH_MS = 10;
const MAX_ANSWER = 4_096;

/** What the other process prints as its one line. */
const Answer = z.object({
  milliseconds: z.number(),
  peakKilobytes: z.number(),
  problem: z.string().max(MAX_ANSWER).optional(),
});

function watch(child: ChildProcess, limits: IsolationLimits): Promise<IsolatedLoad> {
  const started = performance.now();
  let [answer, peak, stopped] = ['', 0, ''];
  const stop = (reason: string) => {
    stopped ||= reason;
    child.kill('SIGKILL');
  };
  const timer = setInterval(() => {
    peak = Math.max(peak, highWaterMegabytes(child.pid));
    if (peak > limits.maxMegabytes) stop(`it takes more than ${limits.maxMegabytes} MB of memory`);
    else if (performance.now() - started > limits.maxMilliseconds)
      stop(`it takes longer than ${limits.maxMilliseconds / 1000} seconds`);
  }, WATCH_MS);
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    answer = (answer + text).slice(0, 2 * MAX_ANSWER);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearInterval(timer);
      const milliseconds = performance.now() - started;
      resolve(judge({ answer, stopped, code, signal }, { milliseconds, peakMemoryMb: peak }));
    });
  }).finally(() => clearInterval(timer)) as Promise<IsolatedLoad>;
}

interface End {
  readonly answer: string;
  /** Why we ended it, or nothing. */
  readonly stopped: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function judge(
  { answer, stopped, code, signal }: End,
  seen: { milliseconds: number; peakMemoryMb: number },
): IsolatedLoad {
  const said = stopped ? undefined : parse(answer);
  if (!said || signal || code !== 0) {
    return { loaded: false, ...seen, problem: stopped || ending(code, signal) };
  }
  const { milliseconds, peakKilobytes, problem } = said;
  const peakMemoryMb = Math.max(seen.peakMemoryMb, (peakKilobytes * 1024) / MEGABYTE);
  return { loaded: problem === undefined, milliseconds, peakMemoryMb, ...(problem && { problem }) };
}

function parse(answer: string) {
  try {
    return Answer.safeParse(JSON.parse(answer)).data;
  } catch {
    return undefined;
  }
}

function ending(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL') return 'the system ended it, as it does where memory runs out';
  if (signal === 'SIGABRT') return 'it gave itself up (SIGABRT), as programs do that lack memory';
  if (signal) return `it crashed (${signal})`;
  return `it ended without an answer (exit code ${code})`;
}
