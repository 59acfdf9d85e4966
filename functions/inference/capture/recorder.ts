import { captureKey, HOUR_MS } from '#core/capture/keys.ts';
import { hashText } from '#core/profile/hash.ts';
import type { Target } from '../predict.ts';
import type { Trace } from '../wire.ts';
import { encodeCaptures } from './capture-file.ts';
import {
  type Minute,
  Summaries,
  type SummaryItem,
  summaryToWrite,
  targetKey,
} from './summaries.ts';

/** Where captures and summaries go; both may be written again, to the same effect. */
export interface CaptureSink {
  readonly putFile: (key: string, bytes: Uint8Array) => Promise<void>;
  readonly putSummary: (item: SummaryItem) => Promise<void>;
}

export interface CaptureLimits {
  /** From this age on what is held is due to be written, in milliseconds. */
  readonly age: number;
  /** So many requests, or values of their tensors, are due at once. */
  readonly requests: number;
  readonly values: number;
  /** Bytes of files that could not be written; beyond, the oldest is given up. */
  readonly unwritten: number;
}

export const DEFAULT_CAPTURE_LIMITS: CaptureLimits = {
  age: 15_000,
  requests: 1_000,
  values: 250_000,
  unwritten: 32 * 2 ** 20,
};

export interface RecorderSource {
  readonly sink: CaptureSink;
  /** Of this process; unique. A ULID. */
  readonly instance: string;
  readonly memoryMb: number;
  readonly now: () => number;
  readonly warn: (message: string, cause: unknown) => void;
  readonly limits?: Partial<CaptureLimits>;
  /** Milliseconds that it took the instance to start. */
  readonly startMs?: number;
}

interface CapturedFile {
  readonly key: string;
  readonly bytes: Uint8Array;
  /** The minutes that its requests belong to. */
  readonly minutes: readonly Minute[];
}

/**
 * Keeps what becomes of requests until it is written: on the request itself, one reference is put
 * into a list. Nothing here throws, and nothing that a request waits for.
 */
export class Recorder {
  readonly #source: RecorderSource;
  readonly #limits: CaptureLimits;
  readonly #summaries: Summaries;
  #traces: Trace[] = [];
  #values = 0;
  #unwritten: CapturedFile[] = [];
  #files = 0;
  /** Billed, but of no request. */
  #besideMs: number;
  #flushing: Promise<void> | undefined;

  constructor(source: RecorderSource) {
    this.#source = source;
    this.#limits = { ...DEFAULT_CAPTURE_LIMITS, ...source.limits };
    this.#summaries = new Summaries(source.memoryMb);
    this.#besideMs = source.startMs ?? 0;
  }

  /** Of a request that found its target. */
  record(trace: Trace): void {
    if (trace.inputs && !isSelected(trace)) trace.inputs = undefined;
    this.#traces.push(trace);
    this.#values += valuesOf(trace);
    // Writing is far behind, or impossible: what was sampled is let go, not memory filled.
    if (this.#traces.length > 4 * this.#limits.requests) this.#summarise(this.#take(), []);
  }

  /** Milliseconds that are billed and are no request's. */
  addBeside(milliseconds: number): void {
    this.#besideMs += milliseconds;
  }

  get isDue(): boolean {
    const { requests, values, age } = this.#limits;
    const oldest = this.#traces[0];
    if (!oldest) return false;
    if (this.#traces.length >= requests || this.#values >= values) return true;
    return this.#source.now() - oldest.at >= age;
  }

  get isFull(): boolean {
    return this.#traces.length >= this.#limits.requests || this.#values >= this.#limits.values;
  }

  get age(): number {
    return this.#limits.age;
  }

  /** Writes all that is held. What fails is tried again with the next one; never rejects. */
  flush(): Promise<void> {
    this.#flushing ??= this.#flush()
      .catch((error: unknown) => this.#source.warn('captures could not be written', error))
      .finally(() => {
        this.#flushing = undefined;
      });
    return this.#flushing;
  }

  async #flush(): Promise<void> {
    const started = performance.now();
    const touched: Minute[] = [];
    const groups = this.#summarise(this.#take(), touched);
    for (const group of groups) this.#encode(group);
    this.#boundUnwritten();
    await this.#writeFiles();
    if (touched[0] && this.#besideMs > 0) {
      this.#summaries.addBeside(touched[0], this.#besideMs);
      this.#besideMs = 0;
    }
    await this.#writeSummaries();
    this.#summaries.forget(this.#source.now());
    this.#besideMs += performance.now() - started;
  }

  #take(): Trace[] {
    const traces = this.#traces;
    this.#traces = [];
    this.#values = 0;
    return traces;
  }

  /** Counts requests, and sorts those to be captured by target and hour. */
  #summarise(traces: readonly Trace[], touched: Minute[]): Group[] {
    const groups = new Map<string, Group>();
    for (const trace of traces) {
      const target = trace.target as Target;
      const minute = this.#summaries.add(trace, target);
      touched.push(minute);
      if (!trace.inputs || !trace.outputs) continue;
      minute.tally.selected++;
      const hour = trace.at - (trace.at % HOUR_MS);
      const key = `${targetKey(target)} ${hour}`;
      const group = groups.get(key) ?? { target, hour, traces: [], minutes: [] };
      groups.set(key, group);
      group.traces.push(trace);
      group.minutes.push(minute);
    }
    return [...groups.values()];
  }

  #encode({ target, hour, traces, minutes }: Group): void {
    try {
      const { name, shadows } = target.endpoint;
      const id = `${this.#source.instance}.${this.#files++}`;
      const shadowed = shadows.length > 0;
      const file = { endpoint: name, at: hour, variant: target.variant.name, id, shadowed };
      const bytes = encodeCaptures(target, traces);
      for (const minute of minutes) minute.waiting++;
      this.#unwritten.push({ key: captureKey(file), bytes, minutes });
    } catch (error) {
      this.#source.warn(`captures of "${target.endpoint.name}" could not be encoded`, error);
    }
  }

  #boundUnwritten(): void {
    let held = this.#unwritten.reduce((sum, { bytes }) => sum + bytes.length, 0);
    while (held > this.#limits.unwritten) {
      const lost = this.#unwritten.shift() as CapturedFile;
      held -= lost.bytes.length;
      for (const minute of lost.minutes) minute.waiting--;
      this.#source.warn('captures are given up: they could not be written', lost.key);
    }
  }

  async #writeFiles(): Promise<void> {
    const files = this.#unwritten;
    this.#unwritten = [];
    const results = await Promise.allSettled(
      files.map(({ key, bytes }) => this.#source.sink.putFile(key, bytes)),
    );
    for (const [i, result] of results.entries()) {
      const file = files[i] as CapturedFile;
      if (result.status === 'rejected') this.#keep(file, result.reason);
      else settle(file);
    }
  }

  #keep(file: CapturedFile, reason: unknown): void {
    this.#unwritten.push(file);
    this.#source.warn(`${file.key} could not be written`, reason);
  }

  async #writeSummaries(): Promise<void> {
    const { sink, instance, warn } = this.#source;
    const write = async (minute: Minute) => {
      const { target, before } = minute;
      minute.dirty = false;
      try {
        const summary = summaryToWrite(minute.tally);
        await sink.putSummary({ target, minute: minute.minute, instance, before, summary });
      } catch (error) {
        minute.dirty = true;
        warn('a traffic summary could not be written', error);
      }
    };
    await Promise.all(this.#summaries.dirty().map(write));
  }
}

interface Group {
  readonly target: Target;
  readonly hour: number;
  readonly traces: Trace[];
  readonly minutes: Minute[];
}

function settle({ minutes }: CapturedFile): void {
  for (const minute of minutes) {
    minute.waiting--;
    minute.tally.captured++;
    minute.dirty = true;
  }
  if (minutes[0]) minutes[0].tally.files++;
}

/** Whether a request is among the share that is captured: the same for the same prediction id. */
function isSelected({ target, predictionId, status }: Trace): boolean {
  const { share } = (target as Target).endpoint.capture;
  if (status >= 400 || share <= 0) return false;
  if (share >= 1) return true;
  return (hashText(predictionId)[0] as number) / 2 ** 32 < share;
}

function valuesOf({ inputs, outputs }: Trace): number {
  let values = 0;
  for (const name in inputs) values += inputs[name]?.size ?? 0;
  if (outputs) for (const { data } of outputs) values += data.length;
  return values;
}
