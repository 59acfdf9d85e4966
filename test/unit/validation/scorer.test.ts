import { describe, expect, it } from '@jest/globals';
import type { Signature } from '#core/signature/schema.ts';
import type { Scores } from '#core/table/scores.ts';
import type { Table } from '#core/table/table.ts';
import { makeScorer } from '../../../functions/validation/scorer.ts';
import { exampleNames, largestDifference, readExample } from '../../../local/examples.ts';
import { deployed, requestTable } from '../../helpers/examples.ts';
import { clientOf, type Deployed, serviceOf } from '../../helpers/inference.ts';
import { tableOf } from '../../helpers/tables.ts';

const examples = exampleNames().map(readExample);

async function score({ model, signature }: Deployed, table: Table, unchecked = false) {
  const scorer = await makeScorer(signature, model, { others: ['target'] });
  try {
    return await scorer.score(table, { unchecked });
  } finally {
    await scorer.dispose();
  }
}

interface Served {
  readonly name: string;
  readonly data: readonly (number | string)[];
}

/** What the outputs of a served answer mean, by hand: name to numbers. */
function meaningOf(outputs: readonly Served[], { outputs: specs, classes = [] }: Signature) {
  const role = (wanted: string) => {
    const spec = specs.find((output) => output.role === wanted);
    return outputs.find(({ name }) => name === spec?.name)?.data;
  };
  const labels = role('label')?.map((label) =>
    classes.includes(String(label)) ? String(label) : classes[label as number],
  );
  return { labels, numbers: role('probabilities') ?? role('value') };
}

const labelsOf = (scores: Scores) =>
  scores.kind === 'classes' ? [...scores.predicted].map((p) => scores.classes[p]) : undefined;
const numbersOf = (scores: Scores) =>
  Array.from((scores.kind === 'classes' ? scores.probabilities : scores.values) ?? []);

/** Float32 values as JSON gives them back. */
const asFloat32 = (values: readonly (number | string)[]) => [
  ...Float32Array.from(values as number[]),
];

describe.each(examples.map((example) => [example.name, example] as const))(
  '%s',
  (name, example) => {
    const model = deployed(example);
    const { expected } = example;
    const call = clientOf(serviceOf({ [name]: model }));

    it('is scored as its tensors are served, bit for bit', async () => {
      const scores = await score(model, requestTable(example, model.signature));
      const { json } = await call({ path: `/v2/models/${name}/infer`, body: expected.request });
      const { labels, numbers } = meaningOf(json.outputs, model.signature);
      expect(numbersOf(scores)).toEqual(asFloat32(numbers as number[]));
      expect(labelsOf(scores)).toEqual(labels);
    });

    it('gives what its framework gave, within the stated tolerance', async () => {
      const scores = await score(model, requestTable(example, model.signature));
      const wanted = { [name]: Object.values(expected.outputs).at(-1) as number[] };
      const given = [{ name, data: numbersOf(scores) }];
      expect(largestDifference(given, wanted)).toBeLessThanOrEqual(expected.tolerance);
    });
  },
);

describe.each(
  examples
    .filter(({ expected }) => expected.rows)
    .map((example) => [example.name, example] as const),
)('%s, by rows', (name, example) => {
  const model = deployed(example);

  it('is scored as it is served, gaps included, bit for bit', async () => {
    const rows = example.expected.rows as Record<string, number | string | null>[];
    const path = `/api/v1/endpoints/${name}/predictions`;
    const { json } = await clientOf(serviceOf({ [name]: model }))({ path, body: { rows } });
    const predictions: { label?: string; probabilities?: object; value?: number }[] =
      json.predictions;
    const scores = await score(model, tableOf(rows));
    const numbers = predictions.flatMap((p) =>
      p.probabilities ? Object.values(p.probabilities) : p.value,
    );
    expect(numbersOf(scores)).toEqual(asFloat32(numbers));
    if (scores.kind === 'classes')
      expect(labelsOf(scores)).toEqual(predictions.map((p) => p.label));
  });
});
