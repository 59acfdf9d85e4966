import type { Figure, Figures } from '#core/figure.ts';

/** Fewer rows say nothing of a group: the interval of a rate spans 36 percentage points. */
export const MIN_GROUP_ROWS = 30;
/** A rate among the positives, the negatives or the selected needs as many of them in the group. */
export const MIN_CLASS_ROWS = 10;

export interface GroupFairness {
  readonly group: string;
  readonly rows: number;
  /** Fewer rows than MIN_GROUP_ROWS: left out of every comparison. */
  readonly tooSmall: boolean;
  /** Rates left out of the comparison for want of positives, negatives or selected rows. */
  readonly leftOut: readonly string[];
  readonly metrics: Figures;
}

export interface AttributeFairness {
  readonly attribute: string;
  /** The largest group. */
  readonly reference: string;
  readonly groups: readonly GroupFairness[];
  /** Differences and ratios between the groups; null where fewer than two could be judged. */
  readonly metrics: Figures;
}

/** Position of the largest group, the first of equals. */
export const largestGroup = (sizes: Float64Array): number => sizes.indexOf(Math.max(...sizes));

/** Largest minus smallest, passing over NaN; NaN with fewer than two values. */
export function spread(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length < 2 ? Number.NaN : Math.max(...known) - Math.min(...known);
}

/** Smallest by largest, passing over NaN; NaN with fewer than two values or all zero. */
export function evenness(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length < 2 ? Number.NaN : Math.min(...known) / Math.max(...known);
}

/** Whether a figure gets worse as it falls. */
const isRatio = (name: string): boolean => name.endsWith('-ratio');

/**
 * The figures of all attributes: each under `name/attribute`, and the worst of them under `name`.
 * The worst one's interval is as bad as any: a small group far off does not hide a large one that
 * is certainly unequal.
 */
export function overallFairness(attributes: readonly AttributeFairness[]): Figures {
  const worst: Figures = {};
  const each: Figures = {};
  for (const { attribute, metrics } of attributes) {
    for (const [name, figure] of Object.entries(metrics)) {
      each[`${name}/${attribute}`] = figure;
      worst[name] = worseOf(name, worst[name], figure);
    }
  }
  return { ...worst, ...each };
}

function worseOf(name: string, known: Figure | undefined, next: Figure): Figure {
  if (known === undefined || known.value === null) return next;
  if (next.value === null) return known;
  const pick = isRatio(name) ? Math.min : Math.max;
  const own = pick(known.value, next.value) === known.value ? known : next;
  if (!known.interval || !next.interval) return own;
  const interval = {
    lower: pick(known.interval.lower, next.interval.lower),
    upper: pick(known.interval.upper, next.interval.upper),
    level: own.interval!.level,
  };
  return { ...own, interval };
}
