import type { Figure, Figures } from '#core/figure.ts';
import { wilsonInterval } from '#core/stats/wilson.ts';
import {
  type AttributeFairness,
  type GroupFairness,
  largestGroup,
  MIN_CLASS_ROWS,
  MIN_GROUP_ROWS,
} from './fairness.ts';
import type { Grouping } from './fairness-groups.ts';
import { type ByGroup, smallestRatio, widestSpread, widthFor } from './fairness-intervals.ts';

/** What is true of each row and what the model decided, as positions in the classes. */
export interface Decisions {
  readonly classes: readonly string[];
  readonly truth: Int32Array;
  readonly predicted: Int32Array;
  /** Classes whose rates are compared, each against the rest; the worst of them counts. */
  readonly compared: readonly number[];
}

/**
 * Fairness of decisions between groups, by Fairlearn's definitions: a difference is the largest
 * rate minus the smallest, a ratio the smallest by the largest. Rates have Wilson intervals,
 * comparisons those of all pairs of groups at once.
 */
export function rateFairness(grouping: Grouping, decisions: Decisions): AttributeFairness {
  const observed = totalsOf(grouping, decisions);
  const figures = compare(observed, decisions.compared);
  const rows = observed.rows.reduce((sum, size) => sum + (size < MIN_GROUP_ROWS ? 0 : size), 0);
  return {
    attribute: grouping.attribute,
    reference: grouping.names[largestGroup(observed.rows)] ?? '',
    groups: grouping.names.map((group, g) => describeGroup(group, g, { observed, decisions })),
    metrics: Object.fromEntries(Object.entries(figures).map(([k, f]) => [k, { ...f, n: rows }])),
  };
}

/** Rows by group, and by group and class: those of the class, said to be, and rightly so. */
interface Totals {
  readonly rows: Float64Array;
  readonly classes: number;
  readonly support: Float64Array;
  readonly selected: Float64Array;
  readonly hits: Float64Array;
}

function totalsOf(
  { names, codes }: Grouping,
  { classes: { length: classes }, truth, predicted }: Decisions,
): Totals {
  const empty = () => new Float64Array(names.length * classes);
  const rows = new Float64Array(names.length);
  const totals = { rows, classes, support: empty(), selected: empty(), hits: empty() };
  for (let row = 0; row < truth.length; row++) {
    const group = codes[row]!;
    const isOf = group * classes + truth[row]!;
    const saidOf = group * classes + predicted[row]!;
    rows[group]!++;
    totals.support[isOf]!++;
    totals.selected[saidOf]!++;
    if (isOf === saidOf) totals.hits[isOf]!++;
  }
  return totals;
}

type Share = readonly [successes: number, trials: number];
type Rate = (totals: Totals, group: number, at: number) => Share;

/** @param at position of group and class */
const RATES = {
  'selection-rate': ({ rows, selected }, g, at) => [selected[at]!, rows[g]!],
  'true-positive-rate': ({ hits, support }, _, at) => [hits[at]!, support[at]!],
  'false-positive-rate': ({ rows, support, selected, hits }, g, at) => [
    selected[at]! - hits[at]!,
    rows[g]! - support[at]!,
  ],
  'false-negative-rate': ({ hits, support }, _, at) => [support[at]! - hits[at]!, support[at]!],
  precision: ({ hits, selected }, _, at) => [hits[at]!, selected[at]!],
  'base-rate': ({ rows, support }, g, at) => [support[at]!, rows[g]!],
} as const satisfies Record<string, Rate>;

type RateName = keyof typeof RATES;
const RATE_NAMES = Object.keys(RATES) as RateName[];

function accuracyOf({ rows, classes, hits }: Totals, group: number): Share {
  let right = 0;
  for (let c = 0; c < classes; c++) right += hits[group * classes + c]!;
  return [right, rows[group]!];
}

const isEnough = (rows: number, trials: number): boolean =>
  rows >= MIN_GROUP_ROWS && trials >= MIN_CLASS_ROWS;

/** Comparisons of one rate's values, the worst over the classes that are compared. */
const DIFFERENCES = {
  'demographic-parity-difference': ['selection-rate'],
  'equalized-odds-difference': ['true-positive-rate', 'false-positive-rate'],
  'equal-opportunity-difference': ['true-positive-rate'],
  'predictive-parity-difference': ['precision'],
  'false-positive-rate-difference': ['false-positive-rate'],
  'false-negative-rate-difference': ['false-negative-rate'],
} as const satisfies Record<string, readonly RateName[]>;

function compare(observed: Totals, compared: readonly number[]): Figures {
  const groups = [...observed.rows.keys()];
  const shares = (name: RateName) =>
    compared.map((c) => groups.map((g) => RATES[name](observed, g, g * observed.classes + c)));
  const judged = (all: readonly Share[]) =>
    all.map((share, g) => (isEnough(observed.rows[g]!, share[1]) ? share : NONE));
  const differences = Object.entries(DIFFERENCES).map(([name, rates]) => {
    return [name, spreadOf(rates.flatMap((rate) => shares(rate).map(judged)))] as const;
  });
  const selection = shares('selection-rate').map(judged);
  const rates = selection.map((all) => all.map(quotient));
  const logs = selection.map(logRatesOf);
  const accuracies = judged(groups.map((g) => accuracyOf(observed, g)));
  return {
    ...Object.fromEntries(differences),
    'accuracy-difference': spreadOf([accuracies]),
    'demographic-parity-ratio': smallestRatio(rates, { logs }),
    // Both ways round, so that 0.8 is the four-fifths rule whichever group is the smaller.
    'disparate-impact-ratio': smallestRatio(rates, {
      logs,
      reference: largestGroup(observed.rows),
    }),
  };
}

const NONE: Share = [Number.NaN, Number.NaN];
const quotient = ([successes, trials]: Share): number => successes / trials;

/**
 * The interval rests on rates with z² ÷ 4 successes and failures more in each group (Agresti and
 * Caffo 2000), so that rates near 0 and 1 are not taken for certain.
 */
function spreadOf(quantities: readonly (readonly Share[])[]): Figure {
  const judged = quantities.map((all) => all.filter(([, trials]) => trials > 0).length);
  const pairs = judged.reduce((sum, groups) => sum + (groups * (groups - 1)) / 2, 0);
  const more = widthFor(pairs) ** 2 / 4;
  const adjusted = quantities.map((all): ByGroup => {
    const sizes = all.map(([, trials]) => trials + 2 * more);
    const estimates = all.map(([successes], g) => (successes + more) / sizes[g]!);
    const errors = estimates.map((rate, g) => Math.sqrt((rate * (1 - rate)) / sizes[g]!));
    return { estimates, errors };
  });
  const figure = widestSpread(
    adjusted,
    quantities.map((all) => all.map(quotient)),
  );
  const { interval } = figure;
  return interval
    ? { ...figure, interval: { ...interval, upper: Math.min(1, interval.upper) } }
    : figure;
}

/** With half a success more, so that the logarithm of 0 exists (Walter 1975). */
const logRatesOf = (shares: readonly Share[]): ByGroup => ({
  estimates: shares.map(([successes, trials]) => Math.log((successes + 0.5) / (trials + 0.5))),
  errors: shares.map(([successes, trials]) =>
    Math.sqrt(Math.max(0, 1 / (successes + 0.5) - 1 / (trials + 0.5))),
  ),
});

const figureOf = ([successes, trials]: Share): Figure => ({
  value: trials === 0 ? null : successes / trials,
  interval: wilsonInterval(successes, trials),
  n: trials,
});

/** With more classes a group's table says less than its accuracy. */
const MAX_NAMED_CLASSES = 10;

function describeGroup(
  group: string,
  g: number,
  { observed, decisions }: { observed: Totals; decisions: Decisions },
): GroupFairness {
  const { compared, classes } = decisions;
  const rows = observed.rows[g]!;
  const metrics: Figures = { accuracy: figureOf(accuracyOf(observed, g)) };
  const leftOut: string[] = [];
  for (const c of compared) {
    const suffix = compared.length === 1 ? '' : `/${classes[c]}`;
    for (const name of RATE_NAMES) {
      const share = RATES[name](observed, g, g * classes.length + c);
      if (compared.length <= MAX_NAMED_CLASSES) metrics[name + suffix] = figureOf(share);
      if (!isEnough(rows, share[1])) leftOut.push(name + suffix);
    }
    if (compared.length === 1) metrics['disparate-impact'] = impactOf(observed, g, c);
  }
  const tooSmall = rows < MIN_GROUP_ROWS;
  return { group, rows, tooSmall, leftOut: tooSmall ? [] : leftOut, metrics };
}

/** Selection rate by that of the largest group. */
function impactOf(observed: Totals, g: number, c: number): Figure {
  const rate = (group: number) =>
    quotient(RATES['selection-rate'](observed, group, group * observed.classes + c));
  const value = rate(g) / rate(largestGroup(observed.rows));
  return { value: Number.isFinite(value) ? value : null, n: observed.rows[g]! };
}
