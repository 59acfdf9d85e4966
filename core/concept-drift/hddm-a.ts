import type { Detector, Status } from './detector.ts';
import { addToMean, emptyMean, type RunningMean } from './running-mean.ts';

export interface HddmOptions {
  /** Probability of an alarm where nothing changes, by the bound. */
  readonly driftConfidence: number;
  readonly warningConfidence: number;
  /** Whether a mean that falls is a drift too. */
  readonly twoSided: boolean;
}

export const HDDM_DEFAULTS: HddmOptions = {
  driftConfidence: 0.001,
  warningConfidence: 0.005,
  twoSided: false,
};

const fresh = () => ({
  status: 'stable' as Status,
  all: emptyMean(),
  /** All values up to where the upper bound of the mean was least, and the lower one largest. */
  lowest: emptyMean(),
  highest: emptyMean(),
});

/**
 * Drift detection by Hoeffding's inequality on averages (A-test): Frías-Blanco et al. 2015, with
 * River's defaults. Values between 0 and 1.
 */
export class HddmA implements Detector {
  readonly #options: HddmOptions;
  #state = fresh();

  constructor(options: Partial<HddmOptions> = {}) {
    this.#options = { ...HDDM_DEFAULTS, ...options };
  }

  get status(): Status {
    return this.#state.status;
  }

  update(value: number): Status {
    if (this.#state.status === 'drift') this.#state = fresh();
    const state = this.#state;
    addToMean(state.all, value);
    this.#moveCuts();
    const rise = (confidence: number) => this.#differs(state.lowest, 1, confidence);
    const fall = (confidence: number) => this.#differs(state.highest, -1, confidence);
    state.status = judge(this.#options, rise, fall);
    return state.status;
  }

  #moveCuts(): void {
    const { all, lowest, highest } = this.#state;
    const reach = this.#bound(all.n);
    if (lowest.n === 0 || lowest.mean + this.#bound(lowest.n) >= all.mean + reach) {
      this.#state.lowest = { ...all };
    }
    if (highest.n === 0 || highest.mean - this.#bound(highest.n) <= all.mean - reach) {
      this.#state.highest = { ...all };
    }
  }

  #bound(n: number): number {
    return Math.sqrt((1 / (2 * n)) * Math.log(1 / this.#options.driftConfidence));
  }

  #differs(cut: RunningMean, sign: 1 | -1, confidence: number): boolean {
    const { all } = this.#state;
    if (cut.n === all.n) return false;
    const m = ((all.n - cut.n) / cut.n) * (1 / all.n);
    const reach = Math.sqrt((m / 2) * Math.log(2 / confidence));
    return sign * (all.mean - cut.mean) >= reach;
  }

  toJSON() {
    return { kind: 'hddm-a' as const, options: this.#options, state: structuredClone(this.#state) };
  }

  static from({ options, state }: ReturnType<HddmA['toJSON']>): HddmA {
    const detector = new HddmA(options);
    detector.#state = structuredClone(state);
    return detector;
  }
}

/** By both tests; one that fires outweighs one that warns. */
export function judge(
  { driftConfidence, warningConfidence, twoSided }: HddmOptions,
  rises: (confidence: number) => boolean,
  falls: (confidence: number) => boolean,
): Status {
  if (rises(driftConfidence) || (twoSided && falls(driftConfidence))) return 'drift';
  if (rises(warningConfidence) || (twoSided && falls(warningConfidence))) return 'warning';
  return 'stable';
}
