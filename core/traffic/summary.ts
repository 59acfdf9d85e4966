import { QuantileSketch, type QuantileSketchJson } from '../profile/quantile-sketch.ts';
import { bucketOf, bucketsOf, noLatencies } from './latency-buckets.ts';
import { type OutputProfile, OutputTallies } from './output-tally.ts';

/** How a shadow's answers differ from the live ones, over rows that both answered. */
export interface Disagreement {
  readonly rows: number;
  /** Rows with labels, and those of them with another label. */
  readonly labelled: number;
  readonly otherLabel: number;
  /** Rows with numbers; of each, the largest difference of its numbers. */
  readonly compared: number;
  readonly sumAbsolute: number;
  readonly maxAbsolute: number;
}

/** What is known of some requests to one variant. Two of them merge into that of all requests. */
export interface TrafficSummary {
  readonly requests: number;
  /** Of answered requests. */
  readonly rows: number;
  /** 4xx and 5xx. */
  readonly clientErrors: number;
  readonly serverErrors: number;
  /** Of answered requests, in milliseconds. */
  readonly latency: QuantileSketchJson;
  readonly latencySum: number;
  /** The same by bucket: unlike quantiles of sketches, counts never shrink as summaries merge. */
  readonly latencyCounts?: readonly number[];
  /** Calls of the function, and the whole milliseconds that they took in it. */
  readonly calls: number;
  readonly handlerMs: number;
  /** Milliseconds beside the calls: starts of instances, flushes. */
  readonly besideMs: number;
  /** Megabyte-milliseconds of both. */
  readonly megabyteMs: number;
  /** Requests to be captured, those whose file was written, and the files. */
  readonly selected: number;
  readonly captured: number;
  readonly files: number;
  /** Kilobytes of these summaries that were written. */
  readonly tableWrites: number;
  readonly outputs: readonly OutputProfile[];
  readonly disagreement?: Disagreement;
}

const NO_DISAGREEMENT: Disagreement = {
  ...{ rows: 0, labelled: 0, otherLabel: 0 },
  ...{ compared: 0, sumAbsolute: 0, maxAbsolute: 0 },
};

export interface RequestFacts {
  readonly status: number;
  readonly rows: number;
  readonly latencyMs: number;
}

/** A summary in the making. */
export class TrafficTally {
  requests = 0;
  rows = 0;
  clientErrors = 0;
  serverErrors = 0;
  latencySum = 0;
  calls = 0;
  handlerMs = 0;
  besideMs = 0;
  megabyteMs = 0;
  selected = 0;
  captured = 0;
  files = 0;
  tableWrites = 0;
  readonly outputs = new OutputTallies();
  #latency = new QuantileSketch();
  readonly #latencyCounts = noLatencies();
  #disagreement: Disagreement | undefined;

  addRequest({ status, rows, latencyMs }: RequestFacts): void {
    this.requests++;
    if (status >= 500) this.serverErrors++;
    else if (status >= 400) this.clientErrors++;
    else {
      this.rows += rows;
      // Microseconds are as fine as the clock is, and make shorter texts.
      this.#latency.add(Math.round(latencyMs * 1000) / 1000);
      this.latencySum += latencyMs;
      const bucket = bucketOf(latencyMs);
      this.#latencyCounts[bucket] = (this.#latencyCounts[bucket] ?? 0) + 1;
    }
  }

  /** Of a function with so much memory. */
  addCall(milliseconds: number, memoryMb: number): void {
    const whole = Math.ceil(milliseconds);
    this.calls++;
    this.handlerMs += whole;
    this.megabyteMs += whole * memoryMb;
  }

  /** Time that is billed and is no call's. */
  addBeside(milliseconds: number, memoryMb: number): void {
    this.besideMs += milliseconds;
    this.megabyteMs += milliseconds * memoryMb;
  }

  addDisagreement(other: Disagreement): void {
    const own = this.#disagreement ?? NO_DISAGREEMENT;
    this.#disagreement = {
      rows: own.rows + other.rows,
      labelled: own.labelled + other.labelled,
      otherLabel: own.otherLabel + other.otherLabel,
      compared: own.compared + other.compared,
      sumAbsolute: own.sumAbsolute + other.sumAbsolute,
      maxAbsolute: Math.max(own.maxAbsolute, other.maxAbsolute),
    };
  }

  merge(other: TrafficSummary): void {
    for (const name of COUNTS) this[name] += other[name];
    this.#latency = this.#latency.merge(QuantileSketch.from(other.latency));
    const counts = other.latencyCounts ?? bucketsOf(other.latency);
    for (const [bucket, count] of counts.entries()) {
      this.#latencyCounts[bucket] = (this.#latencyCounts[bucket] ?? 0) + count;
    }
    this.outputs.merge(other.outputs);
    if (other.disagreement) this.addDisagreement(other.disagreement);
  }

  toJSON(): TrafficSummary {
    const counts = Object.fromEntries(COUNTS.map((name) => [name, this[name]]));
    return {
      ...(counts as Record<(typeof COUNTS)[number], number>),
      latency: this.#latency.toJSON(),
      latencyCounts: [...this.#latencyCounts],
      outputs: this.outputs.toJSON(),
      ...(this.#disagreement && { disagreement: this.#disagreement }),
    };
  }
}

const COUNTS = [
  ...(['requests', 'rows', 'clientErrors', 'serverErrors', 'latencySum'] as const),
  ...(['calls', 'handlerMs', 'besideMs', 'megabyteMs'] as const),
  ...(['selected', 'captured', 'files', 'tableWrites'] as const),
] as const;

/** Of any number of summaries, none included. */
export function mergeSummaries(summaries: Iterable<TrafficSummary>): TrafficSummary {
  const tally = new TrafficTally();
  for (const summary of summaries) tally.merge(summary);
  return tally.toJSON();
}
