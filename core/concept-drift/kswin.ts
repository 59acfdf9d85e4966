import { kolmogorovSmirnov } from '#core/drift/kolmogorov-smirnov.ts';
import { Random } from '#core/random.ts';
import type { Detector, Status } from './detector.ts';

export interface KswinOptions {
  readonly alpha: number;
  readonly windowSize: number;
  /** Newest values, compared with as many drawn from the rest of the window. */
  readonly statSize: number;
  readonly seed: number;
}

const DEFAULTS: KswinOptions = { alpha: 0.005, windowSize: 100, statSize: 30, seed: 1 };

/** However significant, smaller differences are not a drift (River). */
const LEAST_STATISTIC = 0.1;

const fresh = () => ({ status: 'stable' as Status, window: [] as number[], updates: 0 });

/** Distinct positions below `below`, `count` of them, for the given test of the stream. */
export type Draw = (below: number, count: number, update: number) => ArrayLike<number>;

/**
 * Kolmogorov–Smirnov windowing: Raab et al. 2020, with River's defaults. The newest values against
 * as many drawn from the older ones; what is drawn follows from the seed and the number of values
 * seen, so that a detector that was written down goes on as if it had not been.
 */
export class Kswin implements Detector {
  readonly #options: KswinOptions;
  readonly #draw: Draw;
  #state = fresh();

  constructor(options: Partial<KswinOptions> = {}, draw?: Draw) {
    this.#options = { ...DEFAULTS, ...options };
    const { seed } = this.#options;
    this.#draw =
      draw ?? ((below, count, update) => new Random(seed * 2 ** 32 + update).sample(below, count));
  }

  get status(): Status {
    return this.#state.status;
  }

  /** After a drift the window is filled anew. */
  update(value: number): Status {
    if (this.#state.status === 'drift') this.#state = { ...fresh(), updates: this.#state.updates };
    const state = this.#state;
    const { windowSize, statSize, alpha } = this.#options;
    state.updates++;
    state.window.push(value);
    if (state.window.length > windowSize) state.window.shift();
    if (state.window.length < windowSize) return state.status;
    const drawn = this.#draw(windowSize - statSize, statSize, state.updates);
    const older = Float64Array.from(drawn, (position) => state.window[position] as number).sort();
    const newest = Float64Array.from(state.window.slice(-statSize)).sort();
    const { statistic, pValue } = kolmogorovSmirnov(older, newest);
    if (pValue <= alpha && statistic > LEAST_STATISTIC) state.status = 'drift';
    return state.status;
  }

  toJSON() {
    return { kind: 'kswin' as const, options: this.#options, state: structuredClone(this.#state) };
  }

  static from({ options, state }: ReturnType<Kswin['toJSON']>, draw?: Draw): Kswin {
    const detector = new Kswin(options, draw);
    detector.#state = structuredClone(state);
    return detector;
  }
}
