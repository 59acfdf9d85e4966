import type { Detector, Status } from './detector.ts';
import { HDDM_DEFAULTS, type HddmOptions, judge } from './hddm-a.ts';

export interface HddmWOptions extends HddmOptions {
  /** Weight of the newest value. */
  readonly lambda: number;
}

/** Exponentially weighted mean, and the sum of its squared weights that McDiarmid's bound needs. */
interface Weighted {
  /** Null before the first value. */
  mean: number | null;
  squares: number;
}

const emptyWeighted = (): Weighted => ({ mean: null, squares: 1 });

const fresh = () => ({
  status: 'stable' as Status,
  all: emptyWeighted(),
  /** Up to where the upper bound of the mean was least, and what came since. */
  rise: { cut: null as number | null, before: emptyWeighted(), since: emptyWeighted() },
  fall: { cut: null as number | null, before: emptyWeighted(), since: emptyWeighted() },
});

/**
 * Drift detection by McDiarmid's inequality on exponentially weighted means (W-test): Frías-Blanco
 * et al. 2015, with River's defaults. Values between 0 and 1.
 */
export class HddmW implements Detector {
  readonly #options: HddmWOptions;
  #state = fresh();

  constructor(options: Partial<HddmWOptions> = {}) {
    this.#options = { ...HDDM_DEFAULTS, lambda: 0.05, ...options };
  }

  get status(): Status {
    return this.#state.status;
  }

  update(value: number): Status {
    if (this.#state.status === 'drift') this.#state = fresh();
    const state = this.#state;
    this.#add(state.all, value);
    this.#follow(state.rise, 1, value);
    this.#follow(state.fall, -1, value);
    const rises = (confidence: number) => differ(state.rise.before, state.rise.since, confidence);
    const falls = (confidence: number) => differ(state.fall.since, state.fall.before, confidence);
    state.status = judge(this.#options, rises, falls);
    return state.status;
  }

  /** Moves the cut to here where the bound of the mean is better than ever. */
  #follow(side: ReturnType<typeof fresh>['rise'], sign: 1 | -1, value: number): void {
    const { all } = this.#state;
    const bound = mcDiarmid(all.squares, this.#options.driftConfidence);
    const reach = (all.mean as number) + sign * bound;
    if (side.cut !== null && sign * reach >= sign * side.cut) {
      this.#add(side.since, value);
      return;
    }
    side.cut = reach;
    side.before = { ...all };
    side.since = emptyWeighted();
  }

  #add(state: Weighted, value: number): void {
    const { lambda } = this.#options;
    state.mean = state.mean === null ? value : lambda * value + (1 - lambda) * state.mean;
    state.squares = lambda * lambda + (1 - lambda) ** 2 * state.squares;
  }

  toJSON() {
    return { kind: 'hddm-w' as const, options: this.#options, state: structuredClone(this.#state) };
  }

  static from({ options, state }: ReturnType<HddmW['toJSON']>): HddmW {
    const detector = new HddmW(options);
    detector.#state = structuredClone(state);
    return detector;
  }
}

const mcDiarmid = (squares: number, confidence: number): number =>
  Math.sqrt((squares * Math.log(1 / confidence)) / 2);

function differ(lower: Weighted, upper: Weighted, confidence: number): boolean {
  if (lower.mean === null || upper.mean === null) return false;
  return upper.mean - lower.mean > mcDiarmid(lower.squares + upper.squares, confidence);
}
