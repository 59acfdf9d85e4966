import { type Moments, mergeMoments, momentsOf, NO_MOMENTS } from '../profile/moments.ts';
import { QuantileSketch, type QuantileSketchJson } from '../profile/quantile-sketch.ts';

/** What a variant answered, in little: how often which label, and how scores and values lie. */
export type OutputProfile =
  | {
      readonly name: string;
      readonly kind: 'label';
      /** The most frequent first. */
      readonly counts: readonly (readonly [string, number])[];
      /** Of labels that are not listed. */
      readonly other: number;
    }
  | {
      readonly name: string;
      readonly kind: 'score';
      readonly moments: Moments;
      /** Counts of equal parts of 0 to 1. */
      readonly bins: readonly number[];
    }
  | {
      readonly name: string;
      readonly kind: 'value';
      readonly moments: Moments;
      readonly min: number | null;
      readonly max: number | null;
      readonly quantiles: QuantileSketchJson;
    };

export const SCORE_BINS = 20;
const MAX_LABELS = 50;

/** Profiles of one summary's outputs, to be added to and merged. */
export class OutputTallies {
  readonly #tallies = new Map<string, LabelTally | ScoreTally | ValueTally>();

  addLabels(name: string, labels: readonly string[]): void {
    this.#tally(name, 'label', LabelTally).add(labels);
  }

  /** From 0 to 1; others are put to the nearer end. */
  addScores(name: string, scores: Float64Array): void {
    this.#tally(name, 'score', ScoreTally).add(scores);
  }

  addValues(name: string, values: Float64Array): void {
    this.#tally(name, 'value', ValueTally).add(values);
  }

  merge(profiles: readonly OutputProfile[]): void {
    for (const profile of profiles) {
      if (profile.kind === 'label') this.#tally(profile.name, 'label', LabelTally).merge(profile);
      else if (profile.kind === 'score')
        this.#tally(profile.name, 'score', ScoreTally).merge(profile);
      else this.#tally(profile.name, 'value', ValueTally).merge(profile);
    }
  }

  toJSON(): OutputProfile[] {
    return [...this.#tallies.values()].map((tally) => tally.toJSON());
  }

  #tally<T extends LabelTally | ScoreTally | ValueTally>(
    name: string,
    kind: string,
    Tally: new (name: string) => T,
  ): T {
    const key = `${kind} ${name}`;
    const known = this.#tallies.get(key);
    if (known) return known as T;
    const made = new Tally(name);
    this.#tallies.set(key, made);
    return made;
  }
}

type Of<K extends OutputProfile['kind']> = Extract<OutputProfile, { kind: K }>;

class LabelTally {
  readonly #name: string;
  #counts = new Map<string, number>();
  #other = 0;

  constructor(name: string) {
    this.#name = name;
  }

  add(labels: readonly string[]): void {
    for (const label of labels) this.#counts.set(label, (this.#counts.get(label) ?? 0) + 1);
  }

  merge({ counts, other }: Of<'label'>): void {
    for (const [label, n] of counts) this.#counts.set(label, (this.#counts.get(label) ?? 0) + n);
    this.#other += other;
  }

  toJSON(): Of<'label'> {
    const sorted = [...this.#counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
    const rest = sorted.slice(MAX_LABELS).reduce((sum, [, n]) => sum + n, this.#other);
    return {
      name: this.#name,
      kind: 'label',
      counts: sorted.slice(0, MAX_LABELS),
      other: rest,
    };
  }
}

class ScoreTally {
  readonly #name: string;
  #moments = NO_MOMENTS;
  #bins = new Array<number>(SCORE_BINS).fill(0);

  constructor(name: string) {
    this.#name = name;
  }

  add(scores: Float64Array): void {
    const finite = scores.filter(Number.isFinite);
    this.#moments = mergeMoments(this.#moments, momentsOf(finite));
    for (const score of finite) {
      const bin = Math.min(SCORE_BINS - 1, Math.max(0, Math.floor(score * SCORE_BINS)));
      this.#bins[bin] = (this.#bins[bin] as number) + 1;
    }
  }

  merge({ moments, bins }: Of<'score'>): void {
    this.#moments = mergeMoments(this.#moments, moments);
    this.#bins = this.#bins.map((count, bin) => count + (bins[bin] ?? 0));
  }

  toJSON(): Of<'score'> {
    return { name: this.#name, kind: 'score', moments: this.#moments, bins: this.#bins };
  }
}

class ValueTally {
  readonly #name: string;
  #moments = NO_MOMENTS;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #quantiles = new QuantileSketch();

  constructor(name: string) {
    this.#name = name;
  }

  add(values: Float64Array): void {
    const finite = values.filter(Number.isFinite);
    this.#moments = mergeMoments(this.#moments, momentsOf(finite));
    for (const value of finite) {
      this.#min = Math.min(this.#min, value);
      this.#max = Math.max(this.#max, value);
      this.#quantiles.add(value);
    }
  }

  merge({ moments, min, max, quantiles }: Of<'value'>): void {
    this.#moments = mergeMoments(this.#moments, moments);
    this.#min = Math.min(this.#min, min ?? Number.POSITIVE_INFINITY);
    this.#max = Math.max(this.#max, max ?? Number.NEGATIVE_INFINITY);
    this.#quantiles = this.#quantiles.merge(QuantileSketch.from(quantiles));
  }

  toJSON(): Of<'value'> {
    const some = this.#moments.count > 0;
    return {
      name: this.#name,
      kind: 'value',
      moments: this.#moments,
      min: some ? this.#min : null,
      max: some ? this.#max : null,
      quantiles: this.#quantiles.toJSON(),
    };
  }
}
