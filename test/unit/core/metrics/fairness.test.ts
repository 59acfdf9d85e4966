import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type AttributeFairness,
  MIN_CLASS_ROWS,
  MIN_GROUP_ROWS,
  overallFairness,
} from '#core/metrics/fairness.ts';
import {
  crossed,
  type Grouping,
  groupSizes,
  groupsOf,
  MAX_GROUPS,
} from '#core/metrics/fairness-groups.ts';
import { calibrationFairness, errorFairness } from '#core/metrics/fairness-means.ts';
import { type Decisions, rateFairness } from '#core/metrics/fairness-rates.ts';
import { Random } from '#core/random.ts';
import { columnFrom } from '../../../helpers/tables.ts';
import reference from '../../../references/fairness/fairness.json' with { type: 'json' };

const grouping = (name: string, values: readonly (string | number | null)[]) =>
  groupsOf(columnFrom(name, values));

const decided = (truth: readonly number[], predicted: readonly number[]): Decisions => ({
  classes: ['no', 'yes'],
  truth: Int32Array.from(truth),
  predicted: Int32Array.from(predicted),
  compared: [1],
});

const penguins = decided(
  reference.truth,
  reference.scores.map((score) => (score >= 0.5 ? 1 : 0)),
);
const species = grouping('species', reference.species);
const island = grouping('island', reference.island);
const groupings = { species, island, 'species × island': crossed(species, island) };

/** The rate that a comparison is about. */
const RATE_OF: Record<string, string> = {
  'demographic-parity-difference': 'selection-rate',
  'equal-opportunity-difference': 'true-positive-rate',
  'predictive-parity-difference': 'precision',
  'false-positive-rate-difference': 'false-positive-rate',
  'false-negative-rate-difference': 'false-negative-rate',
};

/** Fairlearn's rates of the groups that are large enough, compared. */
function differenceOf(
  byGroup: Record<string, Record<string, number | null>>,
  rate: string,
  { groups }: AttributeFairness,
): number {
  const judged = groups.filter((g) => !g.tooSmall && !g.leftOut.includes(rate));
  const values = judged.map(({ group }) => byGroup[group]?.[rate] as number);
  return Math.max(...values) - Math.min(...values);
}

describe('fairness of decisions, against Fairlearn', () => {
  it.each(Object.keys(groupings) as (keyof typeof groupings)[])('by %s', (attribute) => {
    const fairness = rateFairness(groupings[attribute], penguins);
    const { groups, metrics } = reference.binary[attribute] as {
      groups: Record<string, Record<string, number | null>>;
      metrics: Record<string, number>;
    };
    expect(fairness.groups.map(({ group }) => group).sort()).toEqual(Object.keys(groups).sort());
    for (const { group, metrics: own } of fairness.groups) {
      for (const [name, value] of Object.entries(groups[group] ?? {})) {
        expect([group, name, own[name]?.value]).toEqual([group, name, near(value)]);
      }
    }
    for (const [name, rate] of Object.entries(RATE_OF)) {
      expect([name, fairness.metrics[name]?.value]).toEqual([
        name,
        near(differenceOf(groups, rate, fairness)),
      ]);
    }
    const names = ['demographic-parity-ratio', 'equalized-odds-difference', 'accuracy-difference'];
    for (const name of names) expect(fairness.metrics[name]?.value).toBeCloseTo(metrics[name]!, 12);
  });

  it('takes every group into the comparisons that all have rows enough for', () => {
    const { groups, metrics } = rateFairness(species, penguins);
    // Of Chinstrap, nearly none is said to be male.
    expect(groups.flatMap(({ leftOut }) => leftOut)).toEqual(['precision']);
    const { 'predictive-parity-difference': _, ...all } = reference.binary.species.metrics;
    for (const [name, value] of Object.entries(all)) {
      expect(metrics[name]?.value).toBeCloseTo(value, 12);
    }
  });

  it('takes the worst class of several, each against the rest', () => {
    const { kinds, saidKinds, oneVsRest } = reference;
    const decisions = {
      classes: kinds,
      truth: Int32Array.from(reference.species, (kind) => kinds.indexOf(kind)),
      predicted: Int32Array.from(saidKinds),
      compared: [0, 1, 2],
    };
    const { metrics } = rateFairness(grouping('sex', reference.sex), decisions);
    const each = Object.values(oneVsRest);
    for (const name of [...Object.keys(RATE_OF), 'equalized-odds-difference'] as const) {
      const values = each.map((one) => one[name as keyof (typeof each)[number]]);
      expect(metrics[name]?.value).toBeCloseTo(Math.max(...values), 12);
    }
    const ratios = each.map((one) => one['demographic-parity-ratio']);
    expect(metrics['demographic-parity-ratio']?.value).toBeCloseTo(Math.min(...ratios), 12);
  });

  it('measures calibration by group', () => {
    const scores = Float64Array.from(reference.scores);
    const found = calibrationFairness(species, { scores, positive: reference.truth });
    const expected = reference.calibration as Record<string, Record<string, number>>;
    for (const [g, name] of species.names.entries()) {
      for (const [metric, value] of Object.entries(expected[name]!)) {
        expect(found.groups[g]?.[metric]?.value).toBeCloseTo(value, 12);
      }
    }
    const biases = Object.values(expected).map((one) => one['calibration-bias']!);
    const difference = Math.max(...biases) - Math.min(...biases);
    expect(found.metrics['calibration-difference']?.value).toBeCloseTo(difference, 12);
  });

  it('measures the errors of a regression by group', () => {
    const { errors, sex, groups, metrics } = reference.regression;
    const fairness = errorFairness(grouping('sex', sex), Float64Array.from(errors));
    for (const { group, metrics: own } of fairness.groups) {
      for (const [name, value] of Object.entries(groups[group as keyof typeof groups])) {
        expect(own[name]?.value).toBeCloseTo(value, 9);
      }
    }
    for (const [name, value] of Object.entries(metrics)) {
      expect(fairness.metrics[name]?.value).toBeCloseTo(value, 9);
    }
  });
});

const near = (value: number | null) => (value === null ? null : expect.closeTo(value, 12));

/** Rows of up to four groups, with what is true and what was decided. */
const rows = fc.array(
  fc.record({
    group: fc.constantFrom('a', 'b', 'c', 'd'),
    truth: fc.integer({ min: 0, max: 1 }),
    predicted: fc.integer({ min: 0, max: 1 }),
  }),
  { minLength: 1, maxLength: 300 },
);
type Row = { group: string; truth: number; predicted: number };

const judge = (list: readonly Row[], rename = (group: string) => group) =>
  rateFairness(
    grouping(
      'g',
      list.map(({ group }) => rename(group)),
    ),
    decided(
      list.map(({ truth }) => truth),
      list.map(({ predicted }) => predicted),
    ),
  );

const valuesOf = ({ metrics }: AttributeFairness) =>
  Object.fromEntries(Object.entries(metrics).map(([name, { value }]) => [name, value]));

const few = { numRuns: 25 };

describe('fairness of decisions, by its laws', () => {
  it('stays between 0 and 1, inside its interval', () => {
    fc.assert(
      fc.property(rows, (list) => {
        for (const { value, interval } of Object.values(judge(list).metrics)) {
          if (value === null) continue;
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
          if (!interval) continue;
          expect(interval.lower).toBeLessThanOrEqual(value);
          expect(interval.upper).toBeGreaterThanOrEqual(value);
        }
      }),
      few,
    );
  });

  it('does not depend on the names of the groups', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const renamed = judge(list, (group) => `x${group}`);
        expect(valuesOf(renamed)).toEqual(valuesOf(judge(list)));
      }),
      few,
    );
  });

  it('swaps the rates when truth and decisions are swapped for their opposites', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const other = list.map(({ group, truth, predicted }) => ({
          group,
          truth: 1 - truth,
          predicted: 1 - predicted,
        }));
        const [one, two] = [valuesOf(judge(list)), valuesOf(judge(other))];
        const same = (value: unknown) =>
          typeof value === 'number' ? expect.closeTo(value, 9) : value;
        for (const name of ['demographic-parity-difference', 'equalized-odds-difference']) {
          expect(two[name]).toEqual(same(one[name]));
        }
        expect(two['false-positive-rate-difference']).toEqual(
          same(one['false-negative-rate-difference']),
        );
      }),
      few,
    );
  });

  it('finds nothing between groups that are alike', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const twins = [...list, ...list].map((row, i) => ({
          ...row,
          group: i < list.length ? 'a' : 'b',
        }));
        const { metrics } = judge(twins);
        for (const [name, { value }] of Object.entries(metrics)) {
          if (value !== null) expect([name, value]).toEqual([name, name.endsWith('ratio') ? 1 : 0]);
        }
      }),
      few,
    );
  });
});

const many = (count: number, row: Row): Row[] => Array.from({ length: count }, () => row);

describe('small groups', () => {
  const group = (name: string, size: number): Row[] => [
    ...many(size / 2, { group: name, truth: 1, predicted: 1 }),
    ...many(size / 2, { group: name, truth: 0, predicted: 0 }),
  ];

  it('are left out below the least number of rows', () => {
    const wrong = many(MIN_GROUP_ROWS - 1, { group: 'c', truth: 1, predicted: 0 });
    const { groups, metrics } = judge([...group('a', 60), ...group('b', 40), ...wrong]);
    expect(groups.map(({ tooSmall }) => tooSmall)).toEqual([false, false, true]);
    expect(metrics['equalized-odds-difference']).toMatchObject({ value: 0, n: 100 });
    const enough = judge([...group('a', 60), ...wrong, wrong[0]!]);
    expect(enough.metrics['equal-opportunity-difference']?.value).toBe(1);
  });

  it('are left out of the rates among positives that they hardly have', () => {
    const positives = many(MIN_CLASS_ROWS - 1, { group: 'b', truth: 1, predicted: 0 });
    const negatives = many(40, { group: 'b', truth: 0, predicted: 0 });
    const { groups, metrics } = judge([...group('a', 60), ...negatives, ...positives]);
    expect(groups[1]?.tooSmall).toBe(false);
    expect(groups[1]?.leftOut).toEqual(['true-positive-rate', 'false-negative-rate', 'precision']);
    expect(metrics['equal-opportunity-difference']?.value).toBeNull();
    expect(metrics['false-positive-rate-difference']?.value).toBe(0);
  });

  it('leave nothing to compare where only one is large enough', () => {
    const { metrics } = judge([...group('a', 60), ...group('b', 4)]);
    expect(Object.values(metrics).map(({ value }) => value)).toEqual(
      Object.keys(metrics).map(() => null),
    );
  });
});

/** How many of 400 draws have an interval around the truth. 95 % are 380 ± 4.4. */
function covered(
  name: string,
  { rates, size, truth }: { rates: readonly number[]; size: number; truth: number },
): number {
  const random = new Random(3);
  const group = (g: number) => `g${g}`;
  let count = 0;
  for (let trial = 0; trial < 400; trial++) {
    const list = rates.flatMap((rate, g) =>
      Array.from({ length: size }, (): Row => {
        const predicted = random.uniform() < rate ? 1 : 0;
        return { group: group(g), truth: random.integer(2), predicted };
      }),
    );
    const { interval } = judge(list).metrics[name]!;
    if (interval!.lower <= truth + 1e-12 && interval!.upper >= truth - 1e-12) count++;
  }
  return count;
}

describe('the interval of a comparison', () => {
  const two = { rates: [0.6, 0.4], size: 200 };

  it('covers the true difference of two groups as often as it says', () => {
    const count = covered('demographic-parity-difference', { ...two, truth: 0.2 });
    expect(count).toBeGreaterThanOrEqual(366);
    // Nor is it wider than it must be.
    expect(count).toBeLessThanOrEqual(394);
  });

  it('covers their true ratio', () => {
    for (const name of ['demographic-parity-ratio', 'disparate-impact-ratio']) {
      expect(covered(name, { ...two, truth: 2 / 3 })).toBeGreaterThanOrEqual(366);
    }
  });

  it.each([
    'demographic-parity-difference',
    'equalized-odds-difference',
    'predictive-parity-difference',
    'accuracy-difference',
    'demographic-parity-ratio',
  ])('finds %s of many small groups that are alike to be possibly none', (name) => {
    const alike = { rates: Array(12).fill(0.5), size: 50 };
    expect(
      covered(name, { ...alike, truth: name.endsWith('ratio') ? 1 : 0 }),
    ).toBeGreaterThanOrEqual(366);
  });

  it('holds for rates near 0, where a plain standard error is 0', () => {
    const rare = { rates: [0.01, 0.05], size: 60, truth: 0.04 };
    expect(covered('demographic-parity-difference', rare)).toBeGreaterThanOrEqual(366);
  });

  it('covers the difference of mean errors', () => {
    const random = new Random(8);
    const codes = Array.from({ length: 400 }, (_, row) => (row % 4 === 0 ? 'a' : 'b'));
    const groups = grouping('g', codes);
    let count = 0;
    for (let trial = 0; trial < 400; trial++) {
      const errors = Float64Array.from(codes, (code) => random.normal() + (code === 'a' ? 1 : 0));
      const { interval } = errorFairness(groups, errors).metrics['mean-error-difference']!;
      if (interval!.lower <= 1 && interval!.upper >= 1) count++;
    }
    expect(count).toBeGreaterThanOrEqual(366);
    expect(count).toBeLessThanOrEqual(394);
  });

  it('is missing where groups have no errors to compare', () => {
    const groups = grouping('g', [...Array(40).fill('a'), ...Array(40).fill('b')]);
    const { metrics } = errorFairness(groups, new Float64Array(80));
    expect(metrics['error-ratio']).toEqual({ value: null, n: 80 });
    expect(metrics['rmse-difference']).toEqual({ value: 0, n: 80 });
  });
});

describe('groups', () => {
  const sizes = (g: Grouping) => Object.fromEntries(g.names.map((n, i) => [n, groupSizes(g)[i]]));

  it('are the values of a text or of a number with few, gaps apart', () => {
    expect(sizes(grouping('sex', ['f', 'm', null, 'f']))).toEqual({ f: 2, m: 1, '(missing)': 1 });
    expect(sizes(grouping('sex', [2, 1, null, 2]))).toEqual({ 1: 1, 2: 2, '(missing)': 1 });
  });

  it('are the quartiles of other numbers', () => {
    const ages = Array.from({ length: 81 }, (_, i) => 18 + i);
    expect(sizes(grouping('age', ages))).toEqual({
      '[18, 38)': 20,
      '[38, 58)': 20,
      '[58, 78)': 20,
      '[78, 98]': 21,
    });
  });

  it('are fewer bins where quartiles fall together', () => {
    const skewed = [...Array(60).fill(0), ...Array.from({ length: 40 }, (_, i) => i + 1)];
    expect(Object.keys(sizes(grouping('debt', skewed)))).toEqual(['[0, 15.25)', '[15.25, 40]']);
  });

  it('join the smallest beyond the limit', () => {
    const names = Array.from({ length: 200 }, (_, i) => `n${i % 60}`);
    const found = grouping('id', [...names, ...Array(5).fill('n59')]);
    expect(found.names).toHaveLength(MAX_GROUPS + 1);
    expect(found.names.at(-1)).toBe('(10 others)');
    expect(found.names).toContain('n59');
    expect(groupSizes(found).reduce((a, b) => a + b, 0)).toBe(205);
  });

  it('cross to the combinations that occur', () => {
    const both = crossed(grouping('a', ['x', 'y', 'x']), grouping('b', ['1', '1', null]));
    expect(sizes(both)).toEqual({ 'x × 1': 1, 'y × 1': 1, 'x × (missing)': 1 });
    expect(both.attribute).toBe('a × b');
  });
});

describe('all attributes together', () => {
  const attribute = (name: string, difference: number | null, ratio: number | null) => ({
    attribute: name,
    reference: '',
    groups: [],
    metrics: { 'x-difference': { value: difference }, 'x-ratio': { value: ratio } },
  });

  it('are as unfair as the worst, whichever way a figure counts', () => {
    const all = [attribute('a', 0.1, 0.9), attribute('b', 0.3, 0.5), attribute('c', null, null)];
    expect(overallFairness(all)).toEqual({
      'x-difference': { value: 0.3 },
      'x-ratio': { value: 0.5 },
      'x-difference/a': { value: 0.1 },
      'x-ratio/a': { value: 0.9 },
      'x-difference/b': { value: 0.3 },
      'x-ratio/b': { value: 0.5 },
      'x-difference/c': { value: null },
      'x-ratio/c': { value: null },
    });
    expect(overallFairness(all.slice().reverse())['x-ratio']).toEqual({ value: 0.5 });
  });

  it('have the bounds of whichever attribute has the worse ones', () => {
    const bounded = (name: string, value: number, lower: number, upper: number) => ({
      ...attribute(name, null, null),
      metrics: { 'x-difference': { value, interval: { lower, upper, level: 0.95 } } },
    });
    const all = [bounded('few', 0.4, 0, 0.8), bounded('many', 0.3, 0.25, 0.35)];
    const interval = { lower: 0.25, upper: 0.8, level: 0.95 };
    for (const list of [all, all.slice().reverse()]) {
      expect(overallFairness(list)['x-difference']).toEqual({ value: 0.4, interval });
    }
  });
});
