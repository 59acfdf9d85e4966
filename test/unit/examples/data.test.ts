import { describe, expect, it } from '@jest/globals';
import { inspectModel } from '#core/onnx/inspect.ts';
import type { Scores } from '#core/table/scores.ts';
import { type Column, columnOf, isMissing, type Table, textAt } from '#core/table/table.ts';
import { NewDataset } from '../../../functions/datasets/schema.ts';
import { makeScorer } from '../../../functions/validation/scorer.ts';
import { type Example, exampleNames, readExample } from '../../../local/examples.ts';
import {
  type ExampleData,
  readData,
  readHostile,
  readVersion,
} from '../../helpers/example-files.ts';
import { deployed } from '../../helpers/examples.ts';

const MAX_BYTES = 150_000;
const ROLES = ['training', 'validation'] as const;

interface Lineage {
  readonly datasets: readonly { name: string; digest: string; role: string; rows: number }[];
}

const validationOf = ({ model }: Example): ExampleData =>
  readData(model.name, 'validation') as ExampleData;

async function score(example: Example): Promise<Scores> {
  const { table, registration } = validationOf(example);
  const { model, signature } = deployed(example);
  const scorer = await makeScorer(signature, model, { others: [registration.label] });
  try {
    return await scorer.score(table);
  } finally {
    await scorer.dispose();
  }
}

const namesOf = ({ columns }: Table): string[] => columns.map(({ name }) => name);

const labelOf = ({ table, registration }: ExampleData): Column =>
  columnOf(table, registration.label) as Column;

/** Whether each row was predicted as it is. */
async function hits(example: Example): Promise<boolean[]> {
  const scores = await score(example);
  const label = labelOf(validationOf(example));
  if (scores.kind !== 'classes') throw new Error('no classifier');
  return Array.from(scores.predicted, (code, row) => scores.classes[code] === textAt(label, row));
}

const shareOf = (flags: readonly boolean[]): number => flags.filter(Boolean).length / flags.length;

async function rootMeanSquare(example: Example): Promise<number> {
  const scores = await score(example);
  const label = labelOf(validationOf(example));
  if (scores.kind !== 'values' || label.kind !== 'numeric') throw new Error('no regressor');
  const squares = scores.values.map((value, row) => (value - (label.values[row] as number)) ** 2);
  return Math.sqrt(squares.reduce((a, b) => a + b, 0) / squares.length);
}

const metricsOf = ({ version }: Example) =>
  (version.metrics as { validation: Record<string, number> }).validation;

const wages = {
  good: readExample('wages'),
  worse: readVersion('wages', 'versions/worse'),
  unfair: readVersion('wages', 'versions/unfair'),
};
const all = [...exampleNames().map(readExample), wages.worse, wages.unfair];

describe.each(all.map((example) => [example.name, example] as const))('%s', (_, example) => {
  it('names its data by the digest that the files have', () => {
    const { datasets } = example.version.lineage as Lineage;
    expect(datasets.map(({ role }) => role)).toEqual(ROLES);
    for (const { name, digest, role, rows } of datasets) {
      const data = readData(example.model.name, role as (typeof ROLES)[number]);
      if (role === 'validation') expect(data).toBeDefined();
      if (!data) continue;
      expect(data.registration).toMatchObject({ name, role, licence: expect.any(String) });
      const source = { base64: data.bytes.toString('base64') };
      expect(NewDataset.parse({ ...data.registration, source })).toMatchObject({ name, role });
      expect([data.sha256, data.table.rows]).toEqual([digest, rows]);
      expect(data.bytes.length).toBeLessThanOrEqual(MAX_BYTES);
    }
  });

  it('scores every held-out row, as well as its training framework measured', async () => {
    const { accuracy, rmse } = metricsOf(example);
    if (accuracy === undefined)
      expect(await rootMeanSquare(example)).toBeCloseTo(rmse as number, 4);
    else expect(shareOf(await hits(example))).toBeCloseTo(accuracy, 10);
  });

  it('has a true label in every row, and the same columns in both tables', () => {
    const { table, registration } = validationOf(example);
    const label = labelOf({ table, registration } as ExampleData);
    const { classes } = example.version.signature as { classes?: string[] };
    for (let row = 0; row < table.rows; row++) {
      expect(isMissing(label, row)).toBe(false);
      if (classes) expect(classes).toContain(textAt(label, row));
    }
    const training = readData(example.model.name, 'training')?.table ?? table;
    expect(namesOf(training)).toEqual(namesOf(table));
  });
});

/** The larger of the gaps between the sexes in true-positive and in false-positive rate. */
async function equalizedOddsDifference(example: Example): Promise<number> {
  const correct = await hits(example);
  const { table, registration } = validationOf(example);
  const [label, sex] = [registration.label, 'sex'].map((name) => columnOf(table, name) as Column);
  const share = (actual: string, group: string) =>
    shareOf(
      correct.filter(
        (_, row) => textAt(label as Column, row) === actual && textAt(sex as Column, row) === group,
      ),
    );
  const gaps = ['above', 'below'].map((actual) => share(actual, 'Female') - share(actual, 'Male'));
  return Math.max(...gaps.map(Math.abs));
}

/** Half the width of the 95 % interval around the difference in accuracy on the same rows. */
function uncertainty(a: readonly boolean[], b: readonly boolean[]): number {
  const differences = a.map((hit, i) => Number(hit) - Number(b[i]));
  const mean = differences.reduce((x, y) => x + y, 0) / a.length;
  const variance = differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / a.length;
  return 1.96 * Math.sqrt(variance / a.length);
}

describe('wages', () => {
  it.each([
    ['good', wages.good, 0, 0.15],
    ['worse', wages.worse, 0, 0.2],
    ['unfair', wages.unfair, 0.3, 1],
  ])('%s differs between the sexes as it says', async (_, example, least, most) => {
    const difference = await equalizedOddsDifference(example);
    expect(difference).toBeCloseTo(metricsOf(example).equalizedOddsDifferenceBySex as number, 10);
    expect(difference).toBeGreaterThan(least);
    expect(difference).toBeLessThan(most);
  });

  it('has a version that is certainly worse, and an unfair one that is not', async () => {
    const good = await hits(wages.good);
    const worse = await hits(wages.worse);
    const lost = shareOf(good) - shareOf(worse);
    expect(lost - uncertainty(good, worse)).toBeGreaterThan(0.03);
    expect(shareOf(await hits(wages.unfair))).toBeGreaterThan(shareOf(good));
  });

  it('has gaps in the data, which the good version fills itself', () => {
    const { table } = validationOf(wages.good);
    const gaps = (name: string) => {
      const column = columnOf(table, name) as Column;
      return Array.from({ length: table.rows }, (_, row) => isMissing(column, row)).filter(Boolean);
    };
    expect(gaps('education').length).toBeGreaterThan(20);
    expect(gaps('sex')).toEqual([]);
  });
});

describe('the hostile artifacts', () => {
  it('name a file of the server, which the reader refuses in words', () => {
    expect(() => inspectModel(readHostile('external-data.onnx'))).toThrow(
      'its weights lie in another file ("/proc/self/environ")',
    );
  });

  it('are small and take gigabytes when loaded, which no reader sees', () => {
    const { nodeCount, initializerBytes } = inspectModel(readHostile('memory-bomb.onnx'));
    expect(nodeCount).toBeLessThan(100);
    expect(initializerBytes).toBeLessThan(1000);
  });
});
