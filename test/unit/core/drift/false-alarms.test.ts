import { describe, expect, it } from '@jest/globals';
import { controlFalseDiscoveries } from '#core/drift/columns.ts';
import { compareSamples } from '#core/drift/compare.ts';
import type { ColumnMethod } from '#core/drift/result.ts';
import { numericSample, sampleOf } from '#core/drift/sample.ts';
import { Random } from '#core/random.ts';
import { type Column, columnOf, takeRows } from '#core/table/table.ts';
import { readData } from '../../../helpers/example-files.ts';
import { columnFrom } from '../../../helpers/tables.ts';

const WINDOWS = 300;
/** Of 300 draws with probability 0.05, more than 25 come in 1 of 100. */
const MOST = 25;

const wages = readData('wages', 'training')!.table;

/** Two parts of real rows, dealt anew each time: what differs is chance. */
function deal(random: Random, reference = 400, window = 200) {
  const rows = random.sample(wages.rows, reference + window);
  return [
    takeRows(wages, rows.subarray(0, reference)),
    takeRows(wages, rows.subarray(reference)),
  ] as const;
}

const significant = (method: ColumnMethod, name: string): number => {
  const random = new Random(17);
  let alarms = 0;
  for (let window = 0; window < WINDOWS; window++) {
    const [a, b] = deal(random).map((table) => sampleOf(columnOf(table, name) as Column));
    if (compareSamples(a!, b!, { method, threshold: 0.05 })!.drifted) alarms++;
  }
  return alarms;
};

describe('on windows of real people without drift', () => {
  it.each([
    ['kolmogorov-smirnov', 'age'],
    ['kolmogorov-smirnov', 'education'],
    ['cramer-von-mises', 'age'],
    ['anderson-darling', 'age'],
    ['chi-square', 'language'],
    ['chi-square', 'sex'],
    ['g-test', 'language'],
  ] as const)('%s of %s calls no more than 5 %% significant', (method, name) => {
    const alarms = significant(method, name);
    expect(alarms).toBeLessThanOrEqual(MOST);
  });

  it('the test against shares taken for exact calls more, which is why it is not the default', () => {
    expect(significant('chi-square-fit', 'language')).toBeGreaterThan(MOST);
  });

  it('windows of ten columns rarely have any that is called drifted', () => {
    const random = new Random(5);
    const draw = (rows: number) =>
      numericSample(Float64Array.from({ length: rows }, () => random.normal()));
    let alarms = 0;
    for (let window = 0; window < WINDOWS; window++) {
      const columns = Array.from({ length: 10 }, (_, i) => ({
        name: `x${i}`,
        result: compareSamples(draw(300), draw(150))!,
      }));
      if (controlFalseDiscoveries(columns).some(({ result }) => result.drifted)) alarms++;
    }
    expect(alarms).toBeLessThanOrEqual(MOST);
    expect(alarms).toBeGreaterThan(2);
  });
});

describe('shifts of a known size', () => {
  const power = (method: ColumnMethod, shift: number) => {
    const random = new Random(23);
    const draw = (rows: number, by: number) =>
      numericSample(Float64Array.from({ length: rows }, () => by + random.normal()));
    let found = 0;
    for (let window = 0; window < 100; window++) {
      if (compareSamples(draw(400, 0), draw(200, shift), { method, threshold: 0.05 })!.drifted)
        found++;
    }
    return found;
  };

  it.each(['kolmogorov-smirnov', 'cramer-von-mises', 'anderson-darling'] as const)(
    '%s finds the larger ones more often',
    (method) => {
      const [small, middle, large] = [0.1, 0.3, 0.5].map((shift) => power(method, shift)) as [
        number,
        number,
        number,
      ];
      expect(small).toBeLessThan(middle);
      expect(middle).toBeGreaterThan(60);
      expect(large).toBeGreaterThan(95);
    },
  );

  it('chi-square finds shares that moved', () => {
    const random = new Random(2);
    const draw = (rows: number, share: number) =>
      sampleOf(
        columnFrom(
          't',
          Array.from({ length: rows }, () => (random.uniform() < share ? 'a' : 'b')),
        ),
      );
    const found = Array.from(
      { length: 100 },
      () => compareSamples(draw(400, 0.5), draw(200, 0.65), { method: 'chi-square' })!.drifted,
    ).filter(Boolean).length;
    expect(found).toBeGreaterThan(85);
  });
});
