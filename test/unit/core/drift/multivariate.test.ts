import { describe, expect, it } from '@jest/globals';
import { domainClassifier } from '#core/drift/domain-classifier.ts';
import { energyTest } from '#core/drift/energy.ts';
import { maximumMeanDiscrepancy } from '#core/drift/maximum-mean-discrepancy.ts';
import { drawRows, type Vectors } from '#core/drift/vectors.ts';
import { BoostedTrees } from '#core/learn/boosted-trees.ts';
import { Random } from '#core/random.ts';
import { midranks } from '#core/stats/midranks.ts';
import { columnOf, type Table, takeRows, textAt } from '#core/table/table.ts';
import { readData } from '../../../helpers/example-files.ts';
import reference from '../../../references/drift/multivariate.json' with { type: 'json' };

const tableOfExample = (example: string, role: 'training' | 'validation'): Table =>
  readData(example, role)?.table as Table;
const numbersOf = (table: Table, except: string): Float64Array[] =>
  table.columns.flatMap((column) =>
    column.kind === 'numeric' && column.name !== except ? [column.values] : [],
  );
const rowsWhere = (table: Table, keep: (row: number) => boolean): Table =>
  takeRows(table, Array.from({ length: table.rows }, (_, row) => row).filter(keep));

const digits = tableOfExample('digits', 'validation');
const pixels = digits.columns.slice(0, 64);
const digit = columnOf(digits, digits.columns[64]!.name)!;
const vectorsWhere = (keep: (row: number) => boolean): Vectors => {
  const kept = rowsWhere(digits, keep);
  const values = new Float64Array(kept.rows * pixels.length);
  for (const [i, column] of kept.columns.slice(0, 64).entries()) {
    if (column.kind === 'numeric')
      for (const [row, value] of column.values.entries()) values[row * 64 + i] = value;
  }
  return { size: 64, values };
};
const digitAt = (row: number) => Number(textAt(digit, row));
const PAIRS = {
  halves: [vectorsWhere((row) => row < 270), vectorsWhere((row) => row >= 270)],
  digits: [vectorsWhere((row) => digitAt(row) < 5), vectorsWhere((row) => digitAt(row) >= 5)],
  uneven: [vectorsWhere((row) => row % 7 === 0), vectorsWhere((row) => row % 7 === 3)],
} as const;

describe('images of digits', () => {
  it.each(reference.vectors)(
    '$name: energy and discrepancy as by scipy',
    ({ name, energy, discrepancy }) => {
      const [a, b] = PAIRS[name as keyof typeof PAIRS];
      const options = () => ({ random: new Random(1), permutations: 99 });
      const [byEnergy, byKernel] = [
        energyTest(a, b, options())!,
        maximumMeanDiscrepancy(a, b, options())!,
      ];
      expect(byEnergy.score).toBeCloseTo(energy[0]!, 12);
      expect(byEnergy.effectSize).toBeCloseTo(energy[1]!, 12);
      expect(byKernel.score).toBeCloseTo(discrepancy[0]!, 12);
      expect(byKernel.effectSize).toBeCloseTo(discrepancy[1]!, 12);
      for (const { pValue, drifted } of [byEnergy, byKernel]) {
        expect(drifted).toBe(name === 'digits');
        if (name === 'digits') expect(pValue).toBe(0.01);
      }
    },
  );

  it('are drawn where there are many, the same ones by the same seed', () => {
    const [a, b] = PAIRS.digits;
    const run = (seed: number) =>
      energyTest(a, b, { random: new Random(seed), rows: 60, permutations: 19 });
    expect(run(1)).toEqual(run(1));
    expect(run(1)?.score).not.toBe(run(2)?.score);
    expect(drawRows(a, 10, new Random(1)).values.length).toBe(640);
    expect(
      energyTest(a, { size: 64, values: new Float64Array(64) }, { random: new Random(1) }),
    ).toBeUndefined();
  });
});

describe('permutation p-values', () => {
  it('are below 5 % in no more than 5 % of samples without drift', () => {
    const random = new Random(5);
    const draw = (): Vectors => ({
      size: 3,
      values: Float64Array.from({ length: 60 }, () => random.normal()),
    });
    const runs = 300;
    const alarms = { energy: 0, kernel: 0 };
    for (let run = 0; run < runs; run++) {
      const [a, b] = [draw(), draw()];
      const options = { random, permutations: 39 };
      if (energyTest(a, b, options)!.pValue! <= 0.05) alarms.energy++;
      if (maximumMeanDiscrepancy(a, b, options)!.pValue! <= 0.05) alarms.kernel++;
    }
    // Of 300 draws with p = 0.05, more than 25 come in 1 of 100.
    expect(alarms.energy).toBeLessThanOrEqual(25);
    expect(alarms.kernel).toBeLessThanOrEqual(25);
    expect(alarms.energy + alarms.kernel).toBeGreaterThan(8);
  });
});

describe('boosted trees', () => {
  const [training, validation] = (['training', 'validation'] as const).map((role) =>
    tableOfExample('diabetes', role),
  ) as [Table, Table];
  const target = (table: Table) => (columnOf(table, 'progression') as any).values as Float64Array;

  it('explain as much of the diabetes data as those of scikit-learn', () => {
    const model = new BoostedTrees(numbersOf(training, 'progression'), target(training), {
      loss: 'squared',
    });
    const predicted = model.predict(numbersOf(validation, 'progression'));
    const truth = target(validation);
    const mean = truth.reduce((sum, value) => sum + value, 0) / truth.length;
    const squares = (against: (row: number) => number) =>
      truth.reduce((sum, value, row) => sum + (value - against(row)) ** 2, 0);
    const r2 = 1 - squares((row) => predicted[row]!) / squares(() => mean);
    expect(Math.abs(r2 - reference.regression.r2)).toBeLessThan(0.03);
  });

  it('rank the breast cancer data as well as those of scikit-learn', () => {
    const [learn, hold] = (['training', 'validation'] as const).map((role) =>
      tableOfExample('breast-cancer', role),
    ) as [Table, Table];
    const label = learn.columns.at(-1)!.name;
    const isMalignant = (table: Table) =>
      Float64Array.from({ length: table.rows }, (_, row) =>
        textAt(columnOf(table, label)!, row) === 'malignant' ? 1 : 0,
      );
    const model = new BoostedTrees(numbersOf(learn, label), isMalignant(learn), {
      loss: 'logistic',
    });
    const ranks = midranks(model.predict(numbersOf(hold, label)));
    const truth = isMalignant(hold);
    const positives = truth.reduce((sum, value) => sum + value, 0);
    const rankSum = truth.reduce((sum, value, row) => sum + value * ranks[row]!, 0);
    const wins = rankSum - (positives * (positives + 1)) / 2;
    const auc = wins / (positives * (truth.length - positives));
    expect(Math.abs(auc - reference.classification.rocAuc)).toBeLessThan(0.01);
  });

  it('send missing values one way, and learn from that', () => {
    const random = new Random(3);
    const x = Float64Array.from({ length: 600 }, (_, i) => (i % 3 === 0 ? NaN : random.normal()));
    const y = x.map((value) => (Number.isNaN(value) ? 1 : 0));
    const model = new BoostedTrees([x], y, { loss: 'logistic' });
    const [missing, present] = model.predict([Float64Array.of(NaN, 0.3)]);
    expect(missing).toBeGreaterThan(0.95);
    expect(present).toBeLessThan(0.05);
  });

  it('answer the mean where nothing can be split', () => {
    const model = new BoostedTrees([new Float64Array(50)], new Float64Array(50).fill(3), {
      loss: 'squared',
    });
    expect(model.predict([Float64Array.of(7)])[0]).toBeCloseTo(3, 12);
  });
});

describe('the domain classifier', () => {
  const training = tableOfExample('wages', 'training');
  const validation = tableOfExample('wages', 'validation');
  const select = (table: Table, names: string[]): Table => ({
    rows: table.rows,
    columns: table.columns.filter(({ name }) => names.includes(name)),
  });
  const language = columnOf(validation, 'language')!;
  const others = rowsWhere(validation, (row) => textAt(language, row) !== 'English');
  const NUMBERS = ['education', 'age'];

  it('finds no drift between training and validation', () => {
    const result = domainClassifier(select(training, NUMBERS), select(validation, NUMBERS), {
      random: new Random(1),
    })!;
    expect(result.drifted).toBe(false);
    expect(Math.abs(result.score - reference.domain.same)).toBeLessThan(0.04);
  });

  it('finds people of other languages by age and education, as scikit-learn does', () => {
    const result = domainClassifier(select(training, NUMBERS), select(others, NUMBERS), {
      random: new Random(1),
    })!;
    expect(result.drifted).toBe(true);
    expect(result.pValue).toBeLessThan(0.01);
    expect(Math.abs(result.score - reference.domain.languages)).toBeLessThan(0.05);
    expect(result.effectSize).toBeCloseTo(2 * result.score - 1, 12);
  });

  it('takes texts too, and tells at once where they give it away', () => {
    const names = ['education', 'language'];
    const result = domainClassifier(select(training, names), select(others, names), {
      random: new Random(1),
    });
    expect(result?.score).toBeGreaterThan(0.85);
  });

  it('finds what no single column shows', () => {
    const random = new Random(9);
    const correlated = (sign: number): Table => {
      const x = Float64Array.from({ length: 600 }, () => random.normal());
      const y = x.map((value) => sign * 0.8 * value + 0.6 * random.normal());
      return {
        rows: 600,
        columns: [
          { name: 'x', kind: 'numeric', values: x },
          { name: 'y', kind: 'numeric', values: y },
        ],
      };
    };
    const result = domainClassifier(correlated(1), correlated(-1), { random })!;
    expect(result.drifted).toBe(true);
    expect(result.score).toBeGreaterThan(0.75);
    expect(
      domainClassifier(correlated(1), takeRows(correlated(1), [1, 2]), { random }),
    ).toBeUndefined();
  });

  it('raises no more false alarms than stated', () => {
    const random = new Random(8);
    const draw = (): Table => ({
      rows: 60,
      columns: [1, 2].map((i) => ({
        name: `x${i}`,
        kind: 'numeric' as const,
        values: Float64Array.from({ length: 60 }, () => random.normal()),
      })),
    });
    let significant = 0;
    for (let run = 0; run < 200; run++) {
      const options = { random, threshold: 0 };
      if (domainClassifier(draw(), draw(), options)!.drifted) significant++;
    }
    // Of 200 draws with p = 0.05, more than 18 come in 1 of 100.
    expect(significant).toBeLessThanOrEqual(18);
  });

  it('takes rows that are asked again for the cases that they are', () => {
    const random = new Random(10);
    const draw = (rows: number): Table => ({
      rows,
      columns: [1, 2, 3].map((i) => ({
        name: `x${i}`,
        kind: 'numeric' as const,
        values: Float64Array.from({ length: rows }, () => random.normal()),
      })),
    });
    const thrice = (table: Table) =>
      takeRows(
        table,
        Array.from({ length: 3 * table.rows }, (_, i) => i % table.rows),
      );
    const [reference, current] = [draw(240), draw(100)];
    const scoreOf = (table: Table) =>
      domainClassifier(reference, table, { random: new Random(3) })!.score;
    expect(scoreOf(thrice(current))).toBe(scoreOf(current));
    expect(domainClassifier(reference, thrice(draw(30)), { random })).toBeUndefined();
  });

  it('keeps what is the same in few values', () => {
    const random = new Random(11);
    const coins = (share: number): Table => ({
      rows: 200,
      columns: ['a', 'b'].map((name) => ({
        name,
        kind: 'numeric' as const,
        values: Float64Array.from({ length: 200 }, () => Number(random.uniform() < share)),
      })),
    });
    expect(domainClassifier(coins(0.5), coins(0.8), { random })?.drifted).toBe(true);
  });
});
