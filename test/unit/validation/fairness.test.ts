import { describe, expect, it } from '@jest/globals';
import { checkFairness } from '../../../functions/validation/checks/fairness.ts';
import { evidenceSchemas } from '../../../functions/validation/evidence.ts';
import type { Examination } from '../../../functions/validation/examination.ts';
import { binaryScores, examine, examineExample, numbersOf } from '../../helpers/scorers.ts';
import { columnFrom } from '../../helpers/tables.ts';
import reference from '../../references/fairness/fairness.json' with { type: 'json' };

async function completed(examination: Examination) {
  const outcome = await checkFairness(examination);
  if (outcome.status !== 'completed') throw new Error(outcome.reason);
  const written = JSON.parse(JSON.stringify(outcome.evidence));
  expect(evidenceSchemas.fairness.parse(written)).toEqual(written);
  return { ...outcome, codes: outcome.findings.map(({ code }) => code) };
}

const people = {
  task: 'binary',
  subject: { score: async (table) => binaryScores(numbersOf(table, 'score')) },
  columns: [
    columnFrom('score', reference.scores),
    columnFrom(
      'male',
      reference.truth.map((label) => (label === 1 ? 'yes' : 'no')),
    ),
    columnFrom('species', reference.species),
    columnFrom('island', reference.island),
  ],
  label: 'male',
  protectedAttributes: ['species', 'island'],
} satisfies Parameters<typeof examine>[0];

describe('the fairness check', () => {
  it('judges each attribute and each pair, and names the worst', async () => {
    const { figures, evidence, findings } = await completed(examine(people));
    expect(evidence.attributes.map(({ attribute }) => attribute)).toEqual([
      'species',
      'island',
      'species × island',
    ]);
    const { species, island } = reference.binary;
    const name = 'equalized-odds-difference';
    expect(figures[`${name}/species`]?.value).toBeCloseTo(species.metrics[name], 12);
    expect(figures[`${name}/island`]?.value).toBeCloseTo(island.metrics[name], 12);
    expect(figures[name]?.value).toBeCloseTo(species.metrics[name], 12);
    expect(figures['calibration-difference']?.interval).toBeDefined();
    expect(findings).toContainEqual({
      severity: 'warning',
      code: 'demographic-parity-difference',
      message: 'By species, groups differ by 88 percentage points in how often the model says yes.',
      where: 'species',
    });
  });

  it('crosses three attributes too, and says which pairs it left out', async () => {
    const attributes = ['a', 'b', 'c', 'd', 'e', 'f'];
    const columns = attributes.map((name, i) =>
      columnFrom(
        name,
        reference.truth.map((_, row) => (row >> i) % 2),
      ),
    );
    const judged = (names: string[]) =>
      completed(
        examine({
          ...people,
          columns: [...people.columns, ...columns],
          protectedAttributes: names,
        }),
      );
    const three = await judged(['a', 'b', 'c']);
    expect(three.evidence.attributes.map(({ attribute }) => attribute)).toEqual([
      ...['a', 'b', 'c'],
      ...['a × b', 'a × c', 'b × c'],
      'a × b × c',
    ]);
    expect(three.evidence.attributes.at(-1)?.groups).toHaveLength(8);
    expect(three.codes).not.toContain('pairs-left-out');
    const six = await judged(attributes);
    expect(six.evidence.attributes).toHaveLength(6 + 10 + 1);
    expect(six.findings.find(({ code }) => code === 'pairs-left-out')?.message).toBe(
      'Only 10 pairs of protected attributes are crossed; not looked at: c × e, c × f, d × e, d × f, e × f.',
    );
  });

  it('follows the threshold and the positive class', async () => {
    const all = await completed(examine({ ...people, settings: { threshold: 0 } }));
    expect(all.figures['demographic-parity-difference']?.value).toBe(0);
    const turned = await completed(examine({ ...people, settings: { positive: 'no' } }));
    const plain = await completed(examine(people));
    expect(turned.figures['false-positive-rate-difference']?.value).toBeCloseTo(
      plain.figures['false-negative-rate-difference']?.value as number,
      12,
    );
  });

  it('leaves rows without a label out', async () => {
    const labels = reference.truth.map((label, row) =>
      row < 50 ? null : label === 1 ? 'yes' : 'no',
    );
    const columns = people.columns.with(1, columnFrom('male', labels));
    const { codes, evidence } = await completed(examine({ ...people, columns }));
    expect(codes).toContain('missing-labels');
    const rows = evidence.attributes[0]!.groups.reduce((sum, group) => sum + group.rows, 0);
    expect(rows).toBe(reference.truth.length - 50);
  });

  it('says which groups are too small', async () => {
    const ages = reference.truth.map((_, row) => (row < 20 ? 'child' : 'adult'));
    const columns = [...people.columns, columnFrom('age', ages)];
    const { codes, figures } = await completed(
      examine({ ...people, columns, protectedAttributes: ['age'] }),
    );
    expect(codes).toEqual(['group-too-small', 'nothing-to-compare']);
    expect(figures['equalized-odds-difference']).toMatchObject({ value: null });
  });

  it('compares the errors of a regression', async () => {
    const { errors, sex, metrics } = reference.regression;
    const { figures } = await completed(
      examine({
        task: 'regression',
        subject: {
          score: async (table) => ({ kind: 'values', values: numbersOf(table, 'error') }),
        },
        columns: [
          columnFrom('error', errors),
          columnFrom('sex', sex),
          columnFrom(
            'target',
            errors.map(() => 0),
          ),
        ],
        label: 'target',
        protectedAttributes: ['sex'],
      }),
    );
    for (const [name, value] of Object.entries(metrics)) {
      expect(figures[name]?.value).toBeCloseTo(value, 9);
    }
  });

  it('is skipped with the reason where there is nothing to judge', async () => {
    const reasonOf = async (more: Partial<Examination>) => {
      const outcome = await checkFairness({ ...examine(people), ...more });
      return outcome.status === 'skipped' ? outcome.reason : undefined;
    };
    const { dataset } = examine(people);
    expect(await reasonOf({ dataset: undefined })).toBe('no validation dataset');
    expect(await reasonOf({ dataset: { ...dataset!, protectedAttributes: [] } })).toBe(
      'the validation dataset names no protected attributes',
    );
    expect(await reasonOf({ dataset: { ...dataset!, label: undefined } })).toBe(
      'the validation dataset names no label column',
    );
    expect(await reasonOf({ task: 'embedding' })).toBe(
      'no fairness metrics for the task "embedding"',
    );
  });

  it.each([
    [{ protectedAttributes: ['faith'] }, 'no protected column "faith"'],
    [{ settings: { positive: 'maybe' } }, 'positive class "maybe" is not one'],
  ])('refuses %j', async (more, message) => {
    await expect(checkFairness(examine({ ...people, ...more }))).rejects.toThrow(message);
  });
});

describe('the fairness of models that the runtime runs', () => {
  it('tells the unfair version of an example from the good one', async () => {
    const difference = async (folder?: string) => {
      const { examination, scorer } = await examineExample('wages', folder ? { folder } : {});
      const { figures } = await completed(examination).finally(() => scorer.dispose());
      return figures['equalized-odds-difference']!;
    };
    const [good, unfair] = [await difference(), await difference('versions/unfair')];
    expect(unfair.interval!.lower).toBeGreaterThan(good.interval!.upper);
  });

  it('judges several classes, each against the rest', async () => {
    const { examination, scorer } = await examineExample('penguins');
    const dataset = { ...examination.dataset!, protectedAttributes: ['sex'] };
    const { evidence } = await completed({ ...examination, dataset }).finally(() =>
      scorer.dispose(),
    );
    expect(evidence.attributes[0]?.groups.length).toBeGreaterThanOrEqual(2);
    expect(evidence.attributes[0]?.metrics['accuracy-difference']?.value).toBeLessThan(0.1);
  });
});
