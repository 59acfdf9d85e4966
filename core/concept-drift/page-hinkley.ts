import type { Detector, Status } from './detector.ts';
import { addToMean, emptyMean } from './running-mean.ts';

export interface PageHinkleyOptions {
  readonly minInstances: number;
  /** Changes of the mean below this are tolerated. */
  readonly delta: number;
  readonly threshold: number;
  /** How fast the past is forgotten; 1: not at all. */
  readonly alpha: number;
  readonly mode: 'up' | 'down' | 'both';
}

const DEFAULTS: PageHinkleyOptions = {
  minInstances: 30,
  delta: 0.005,
  threshold: 50,
  alpha: 1 - 0.0001,
  mode: 'both',
};

const fresh = () => ({
  status: 'stable' as Status,
  values: emptyMean(),
  rise: 0,
  /** Null before the first value. */
  leastRise: null as number | null,
  fall: 0,
  largestFall: -1,
});

/** Page–Hinkley test: Page 1954, Mouss et al. 2004, with River's defaults. For any numbers. */
export class PageHinkley implements Detector {
  readonly #options: PageHinkleyOptions;
  #state = fresh();

  constructor(options: Partial<PageHinkleyOptions> = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  get status(): Status {
    return this.#state.status;
  }

  update(value: number): Status {
    if (this.#state.status === 'drift') this.#state = fresh();
    const state = this.#state;
    const { alpha, delta } = this.#options;
    addToMean(state.values, value);
    const deviation = value - state.values.mean;
    state.rise = alpha * state.rise + deviation - delta;
    state.fall = alpha * state.fall + deviation + delta;
    state.leastRise = Math.min(state.leastRise ?? state.rise, state.rise);
    state.largestFall = Math.max(state.largestFall, state.fall);
    if (state.values.n >= this.#options.minInstances && this.#isBeyond()) state.status = 'drift';
    return state.status;
  }

  #isBeyond(): boolean {
    const { rise, leastRise, fall, largestFall } = this.#state;
    const { mode, threshold } = this.#options;
    const rises = mode !== 'down' && rise - (leastRise as number) > threshold;
    return rises || (mode !== 'up' && largestFall - fall > threshold);
  }

  toJSON() {
    return {
      kind: 'page-hinkley' as const,
      options: this.#options,
      state: structuredClone(this.#state),
    };
  }

  static from({ options, state }: ReturnType<PageHinkley['toJSON']>): PageHinkley {
    const detector = new PageHinkley(options);
    detector.#state = structuredClone(state);
    return detector;
  }
}
