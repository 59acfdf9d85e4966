import type { Detector, ErrorBit, Status } from './detector.ts';
import { addToMean, emptyMean } from './running-mean.ts';

export interface EddmOptions {
  /** Values before the first judgement, and errors before the first alarm. */
  readonly warmStart: number;
  /** Shares of the largest distance between errors seen so far. */
  readonly alpha: number;
  readonly beta: number;
}

const DEFAULTS: EddmOptions = { warmStart: 30, alpha: 0.95, beta: 0.9 };

const fresh = () => ({
  status: 'stable' as Status,
  n: 0,
  lastError: 0,
  /** Between one error and the next. */
  distances: emptyMean(),
  squares: 0,
  /** Of mean + 2 deviations of the distances. */
  largest: -1,
});

/**
 * Early drift detection method: Baena-García et al. 2006, with River's defaults. For errors that
 * come closer together slowly.
 */
export class Eddm implements Detector<ErrorBit> {
  readonly #options: EddmOptions;
  #state = fresh();

  constructor(options: Partial<EddmOptions> = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  get status(): Status {
    return this.#state.status;
  }

  /** A warning stands until an error takes it back. */
  update(error: ErrorBit): Status {
    if (this.#state.status === 'drift') this.#state = fresh();
    const state = this.#state;
    state.n++;
    if (error === 0) return state.status;
    this.#measure(state.n - state.lastError);
    if (state.n > this.#options.warmStart) this.#judge();
    state.lastError = state.n;
    return state.status;
  }

  #measure(distance: number): void {
    const { distances } = this.#state;
    const before = distances.mean;
    addToMean(distances, distance);
    this.#state.squares += (distance - before) * (distance - distances.mean);
  }

  #judge(): void {
    const state = this.#state;
    const { n: errors, mean } = state.distances;
    const variance = errors > 1 ? state.squares / (errors - 1) : 0;
    const reach = mean + 2 * Math.sqrt(variance);
    if (reach > state.largest) {
      state.largest = reach;
      return;
    }
    if (errors <= this.#options.warmStart) return;
    const level = reach / state.largest;
    if (level < this.#options.beta) state.status = 'drift';
    else state.status = level < this.#options.alpha ? 'warning' : 'stable';
  }

  toJSON() {
    return { kind: 'eddm' as const, options: this.#options, state: structuredClone(this.#state) };
  }

  static from({ options, state }: ReturnType<Eddm['toJSON']>): Eddm {
    const detector = new Eddm(options);
    detector.#state = structuredClone(state);
    return detector;
  }
}
