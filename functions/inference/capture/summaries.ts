import { minuteOf } from '#core/traffic/minutes.ts';
import { type TrafficSummary, TrafficTally } from '#core/traffic/summary.ts';
import { outcomesOf, tally } from '../outcomes.ts';
import type { Target } from '../predict.ts';
import type { Trace } from '../wire.ts';

/** What one instance knows of one minute of a target's requests, as of now. */
export interface SummaryItem {
  readonly target: Target;
  /** `2026-11-25T21:15Z` */
  readonly minute: string;
  /** Of the serving function, or the capture file that a shadow scored. */
  readonly instance: string;
  /** Requests to this target that the instance had before: a gap shows what was lost. */
  readonly before: number;
  readonly summary: TrafficSummary;
  /** It answered nobody. */
  readonly shadow?: boolean;
}

/** A minute of one target's requests on this instance. */
export class Minute {
  readonly target: Target;
  readonly minute: string;
  readonly before: number;
  readonly tally = new TrafficTally();
  /** Holds what was not written yet. */
  dirty = false;
  /** Files that are still to be written. */
  waiting = 0;

  constructor(target: Target, minute: string, before: number) {
    this.target = target;
    this.minute = minute;
    this.before = before;
  }
}

/** What cannot be written for hours is given up, the oldest first. */
const MAX_MINUTES = 500;

/** Requests may be recorded so long after they came: their minute must still be there then. */
const STRAGGLER_MS = 300_000;

/** The instance's summaries, by target and minute. */
export class Summaries {
  readonly #minutes = new Map<string, Minute>();
  readonly #seen = new Map<string, number>();
  readonly #memoryMb: number;

  constructor(memoryMb: number) {
    this.#memoryMb = memoryMb;
  }

  add(trace: Trace, target: Target): Minute {
    const minute = this.#minute(target, minuteOf(trace.at));
    const { status, rows, latencyMs, outputs } = trace;
    minute.tally.addRequest({ status, rows, latencyMs });
    if (!trace.partOfCall) minute.tally.addCall(latencyMs, this.#memoryMb);
    if (outputs && status < 400) {
      const { signature } = target.variant;
      tally(outcomesOf(signature, outputs, outputs[0]?.shape[0] ?? 1), minute.tally.outputs);
    }
    minute.dirty = true;
    if (trace.fallbackFrom) this.#addFailure(trace.at, trace.fallbackFrom);
    return minute;
  }

  /** The variant that should have answered did not, whoever stood in for it. */
  #addFailure(at: number, target: Target): void {
    const minute = this.#minute(target, minuteOf(at));
    minute.tally.addRequest({ status: 503, rows: 0, latencyMs: 0 });
    minute.dirty = true;
  }

  /** Time that no request took, put to one that caused it. */
  addBeside(minute: Minute, milliseconds: number): void {
    minute.tally.addBeside(Math.ceil(milliseconds), this.#memoryMb);
    minute.dirty = true;
  }

  dirty(): Minute[] {
    return [...this.#minutes.values()].filter(({ dirty }) => dirty);
  }

  /** Forgets what has long been over, and is written: made anew, it would replace what it was. */
  forget(now: number): void {
    const oldest = minuteOf(now - STRAGGLER_MS);
    for (const [key, { minute, dirty, waiting }] of this.#minutes) {
      if (minute < oldest && !dirty && waiting === 0) this.#minutes.delete(key);
    }
  }

  #minute(target: Target, minute: string): Minute {
    const source = targetKey(target);
    const key = `${source} ${minute}`;
    const known = this.#minutes.get(key);
    const seen = this.#seen.get(source) ?? 0;
    this.#seen.set(source, seen + 1);
    if (known) return known;
    const made = new Minute(target, minute, seen);
    this.#minutes.set(key, made);
    const [oldest] = this.#minutes.keys();
    if (this.#minutes.size > MAX_MINUTES) this.#minutes.delete(oldest as string);
    return made;
  }
}

/** Keys and facts of an item beside its summary. */
const ITEM_BYTES = 400;

/** Counts what writing it costs, itself included. */
export function summaryToWrite(tally: TrafficTally): TrafficSummary {
  tally.tableWrites += Math.ceil((JSON.stringify(tally).length + ITEM_BYTES) / 1024);
  return tally.toJSON();
}

/** Revisions of one endpoint, and endpoints of one name, follow each other by number. */
export const targetKey = ({ endpoint, variant }: Target): string =>
  `${endpoint.name} ${endpoint.revision} ${variant.name}`;
