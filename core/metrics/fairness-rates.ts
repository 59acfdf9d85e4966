import type { Figure, Figures } from '#core/figure.ts';
import type { Random } from '#core/random.ts';
import { bootstrapFigures, countResampling, type Statistic } from '#core/stats/bootstrap.ts';
import { wilsonInterval } from '#core/stats/wilson.ts';
import {
  type AttributeFairness,
  evenness,
  type GroupFairness,
  largestGroup,
  MIN_CLASS_ROWS,
  MIN_GROUP_ROWS,
  spread,
} from './fairness.ts';
import type { Grouping } from './fairness-groups.ts';

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
 * comparisons bootstrap intervals.
 */
export function rateFairness(
  grouping: Grouping,
  decisions: Decisions,
  random: Random,
): AttributeFairness {
  const cells = countCells(grouping, decisions);
  const observed = totalsOf(cells, cells.counts);
  const judged = judgedRates(observed, decisions.compared);
  const statistic = comparison(cells, judged, decisions.compared);
  const figures = bootstrapFigures(random, countResampling(cells.counts), statistic);
  const rows = observed.rows.reduce((sum, size) => sum + (size < MIN_GROUP_ROWS ? 0 : size), 0);
  return {
    attribute: grouping.attribute,
    reference: grouping.names[largestGroup(observed.rows)] ?? '',
    groups: grouping.names.map((group, g) => describeGroup(group, g, { observed, decisions })),
    metrics: Object.fromEntries(Object.entries(figures).map(([k, f]) => [k, { ...f, n: rows }])),
  };
}

/** Rows with the same group, truth and prediction, counted. */
interface Cells {
  readonly groups: number;
  readonly classes: number;
  readonly group: Int32Array;
  readonly truth: Int32Array;
  readonly predicted: Int32Array;
  readonly counts: Float64Array;
}

function countCells(grouping: Grouping, { classes, truth, predicted }: Decisions): Cells {
  const width = classes.length;
  const found = new Map<number, number>();
  for (let row = 0; row < truth.length; row++) {
    const key = (grouping.codes[row]! * width + truth[row]!) * width + predicted[row]!;
    found.set(key, (found.get(key) ?? 0) + 1);
  }
  const keys = [...found.keys()].sort((a, b) => a - b);
  return {
    groups: grouping.names.length,
    classes: width,
    group: Int32Array.from(keys, (key) => Math.floor(key / width / width)),
    truth: Int32Array.from(keys, (key) => Math.floor(key / width) % width),
    predicted: Int32Array.from(keys, (key) => key % width),
    counts: Float64Array.from(keys, (key) => found.get(key)!),
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

function totalsOf({ groups, classes, group, truth, predicted }: Cells, counts: Float64Array) {
  const empty = () => new Float64Array(groups * classes);
  const totals: Totals = {
    rows: new Float64Array(groups),
    classes,
    support: empty(),
    selected: empty(),
    hits: empty(),
  };
  for (let cell = 0; cell < counts.length; cell++) {
    const count = counts[cell]!;
    const base = group[cell]! * classes;
    totals.rows[group[cell]!]! += count;
    totals.support[base + truth[cell]!]! += count;
    totals.selected[base + predicted[cell]!]! += count;
    if (truth[cell] === predicted[cell]) totals.hits[base + truth[cell]!]! += count;
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

/** Whether a group's rate enters the comparison: by rate, class and group. */
type Judged = ReadonlyMap<RateName, readonly (readonly boolean[])[]>;

function judgedRates(observed: Totals, compared: readonly number[]): Judged {
  const groups = [...observed.rows];
  const judged = (name: RateName, c: number) =>
    groups.map((rows, g) => isEnough(rows, RATES[name](observed, g, g * observed.classes + c)[1]));
  return new Map(RATE_NAMES.map((name) => [name, compared.map((c) => judged(name, c))]));
}

/** Largest of the values that are defined; NaN of none. */
const worst = (values: readonly number[], extreme: (...all: number[]) => number): number => {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length === 0 ? Number.NaN : extreme(...known);
};

const NAMES = [
  'demographic-parity-difference',
  'demographic-parity-ratio',
  'disparate-impact-ratio',
  'equalized-odds-difference',
  'equal-opportunity-difference',
  'predictive-parity-difference',
  'false-positive-rate-difference',
  'false-negative-rate-difference',
  'accuracy-difference',
] as const;

function comparison(
  cells: Cells,
  judged: Judged,
  compared: readonly number[],
): Statistic<Float64Array> {
  const sizes = totalsOf(cells, cells.counts).rows;
  const reference = largestGroup(sizes);
  return {
    names: NAMES,
    measure(counts) {
      const totals = totalsOf(cells, counts);
      const rates = (name: RateName, i: number) =>
        ratesOf(totals, RATES[name], { judged: judged.get(name)![i]!, c: compared[i]! });
      const byClass = (of: (i: number) => number, extreme: (...all: number[]) => number) =>
        worst(
          compared.map((_, i) => of(i)),
          extreme,
        );
      const widest = (name: RateName) => byClass((i) => spread(rates(name, i)), Math.max);
      const tpr = widest('true-positive-rate');
      const fpr = widest('false-positive-rate');
      const accuracies = [...sizes].map((size, g) => {
        return size < MIN_GROUP_ROWS ? Number.NaN : quotient(accuracyOf(totals, g));
      });
      return [
        widest('selection-rate'),
        byClass((i) => evenness(rates('selection-rate', i)), Math.min),
        byClass((i) => disparateImpact(rates('selection-rate', i), reference), Math.min),
        worst([tpr, fpr], Math.max),
        tpr,
        widest('precision'),
        fpr,
        widest('false-negative-rate'),
        spread(accuracies),
      ];
    },
  };
}

/** By group; NaN where it is not judged. */
const ratesOf = (
  totals: Totals,
  rate: Rate,
  { judged, c }: { judged: readonly boolean[]; c: number },
): number[] =>
  judged.map((use, g) => (use ? quotient(rate(totals, g, g * totals.classes + c)) : Number.NaN));

const quotient = ([successes, trials]: Share): number => successes / trials;

/**
 * Selection rate by that of the largest group, of the group furthest from it; above 1 turned
 * upside down, so that 0.8 is the four-fifths rule in either direction.
 */
function disparateImpact(rates: readonly number[], reference: number): number {
  const base = rates[reference]!;
  const others = rates.filter((_, g) => g !== reference);
  return worst(
    others.map((rate) => Math.min(rate / base, base / rate)),
    Math.min,
  );
}

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
