import type { Detector, ErrorBit, Status } from './detector.ts';
import { addToMean, emptyMean } from './running-mean.ts';

export interface DdmOptions {
  readonly warmStart: number;
  /** Standard deviations above the lowest error rate. */
  readonly warningThreshold: number;
  readonly driftThreshold: number;
}

const DEFAULTS: DdmOptions = { warmStart: 30, warningThreshold: 2, driftThreshold: 3 };

const fresh = () => ({
  status: 'stable' as Status,
  errors: emptyMean(),
  /** Rate and deviation when their sum was least; null before. */
  least: null as { rate: number; deviation: number } | null,
});

/** Drift detection method: Gama et al. 2004, with River's defaults. For errors that grow abruptly. */
export class Ddm implements Detector<ErrorBit> {
  readonly #options: DdmOptions;
  #state = fresh();

  constructor(options: Partial<DdmOptions> = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  get status(): Status {
    return this.#state.status;
  }

  update(error: ErrorBit): Status {
    if (this.#state.status === 'drift') this.#state = fresh();
    const state = this.#state;
    addToMean(state.errors, error);
    const { mean: rate, n } = state.errors;
    const deviation = Math.sqrt((rate * (1 - rate)) / n);
    if (n <= this.#options.warmStart) return state.status;
    const { least } = state;
    if (!least || rate + deviation <= least.rate + least.deviation) {
      state.least = { rate, deviation };
    }
    state.status = this.#judge(rate + deviation);
    return state.status;
  }

  #judge(sum: number): Status {
    const { rate, deviation } = this.#state.least as { rate: number; deviation: number };
    if (sum > rate + this.#options.driftThreshold * deviation) return 'drift';
    return sum > rate + this.#options.warningThreshold * deviation ? 'warning' : 'stable';
  }

  toJSON() {
    return { kind: 'ddm' as const, options: this.#options, state: structuredClone(this.#state) };
  }

  static from({ options, state }: ReturnType<Ddm['toJSON']>): Ddm {
    const detector = new Ddm(options);
    detector.#state = structuredClone(state);
    return detector;
  }
}
