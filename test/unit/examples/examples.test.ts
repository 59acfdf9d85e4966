import { describe, expect, it } from '@jest/globals';
import {
  type Example,
  exampleNames,
  largestDifference,
  readExample,
} from '../../../local/examples.ts';
import { readVersion } from '../../helpers/example-files.ts';
import { deployed } from '../../helpers/examples.ts';
import { clientOf, serviceOf } from '../../helpers/inference.ts';

const examples = [
  ...exampleNames().map(readExample),
  readVersion('wages', 'versions/worse'),
  readVersion('wages', 'versions/unfair'),
];
const call = clientOf(
  serviceOf(Object.fromEntries(examples.map((example) => [example.name, deployed(example)]))),
);

/** What the framework answered for row i: its probabilities, or its one value. */
function answerOf({ expected }: Example, row: number): number[] {
  const columns = Object.values(expected.outputs);
  const numbers = columns.at(-1) as number[];
  const width = numbers.length / requestRows(expected.request);
  return numbers.slice(row * width, (row + 1) * width);
}

const requestRows = (request: Record<string, unknown>): number =>
  (request.inputs as { shape: [number] }[])[0]?.shape[0] as number;

interface Prediction {
  readonly label?: string;
  readonly probabilities?: Record<string, number>;
  readonly value?: number;
}

async function askRows(name: string, rows: readonly object[]): Promise<Prediction[]> {
  const path = `/api/v1/endpoints/${name}/predictions`;
  return (await call({ path, body: { rows } })).json.predictions;
}

const numbersOf = ({ probabilities, value }: Prediction): unknown[] =>
  probabilities ? Object.values(probabilities) : [value];

describe.each(examples.map((example) => [example.name, example] as const))(
  '%s',
  (name, example) => {
    const { expected } = example;

    it('computes tensors as its framework did, within the stated tolerance', async () => {
      const { json } = await call({ path: `/v2/models/${name}/infer`, body: expected.request });
      expect(requestRows(expected.request)).toBeGreaterThanOrEqual(20);
      expect(largestDifference(json.outputs, expected.outputs)).toBeLessThanOrEqual(
        expected.tolerance,
      );
    });

    it('says where its data comes from and what may be done with it', () => {
      const lineage = example.version.lineage as { datasets: Record<string, unknown>[] };
      expect(lineage.datasets).not.toEqual([]);
      for (const dataset of lineage.datasets) {
        expect(dataset).toMatchObject({
          digest: expect.stringMatching(/^[0-9a-f]{64}$/),
          source: expect.any(String),
          licence: expect.any(String),
        });
      }
    });
  },
);

describe.each(
  examples
    .filter(({ expected }) => expected.rows)
    .map((example) => [example.name, example] as const),
)('%s, asked by columns', (name, example) => {
  const { expected } = example;

  it('computes the same rows as asked by tensors, whatever the order of the columns', async () => {
    const rows = expected.rows?.slice(0, 2) ?? [];
    const reversed = rows.map((row) => Object.fromEntries(Object.entries(row).reverse()));
    for (const predictions of [await askRows(name, rows), await askRows(name, reversed)]) {
      expect(predictions).toHaveLength(2);
      predictions.forEach((prediction, i) => {
        const served = [{ name, data: numbersOf(prediction) }];
        expect(largestDifference(served, { [name]: answerOf(example, i) })).toBeLessThanOrEqual(
          expected.tolerance,
        );
      });
    }
  });
});

describe.each(
  examples
    .filter(({ expected }) => expected.rowLabels)
    .map((example) => [example.name, example] as const),
)('%s, with missing values', (name, example) => {
  const { rows = [], rowLabels, rowProbabilities, tolerance } = example.expected;

  it('tells apart what scikit-learn tells apart', async () => {
    expect(rows.filter((row) => Object.values(row).includes(null)).length).toBeGreaterThan(8);
    const predictions = await askRows(name, rows);
    expect(predictions.map(({ label }) => label)).toEqual(rowLabels);
    const served = [{ name: 'all', data: predictions.flatMap(numbersOf) }];
    expect(largestDifference(served, { all: rowProbabilities as number[] })).toBeLessThanOrEqual(
      tolerance,
    );
  });
});
