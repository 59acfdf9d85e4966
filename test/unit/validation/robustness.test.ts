import { describe, expect, it, jest } from '@jest/globals';
import { AppError } from '#core/errors.ts';
import type { Feature } from '#core/signature/schema.ts';
import { type Table, takeRows } from '#core/table/table.ts';
import { checkRobustness } from '../../../functions/validation/checks/robustness.ts';
import { evidenceSchemas } from '../../../functions/validation/evidence.ts';
import type {
  Examination,
  ExaminedDataset,
  Scorer,
} from '../../../functions/validation/examination.ts';
import { binaryScores, examine, examineExample, numbersOf } from '../../helpers/scorers.ts';
import { columnFrom } from '../../helpers/tables.ts';

// Thousands of predictions, on a machine that may be busy.
jest.setTimeout(60_000);

async function completed(examination: Examination) {
  const outcome = await checkRobustness(examination);
  if (outcome.status !== 'completed') throw new Error(outcome.reason);
  const written = JSON.parse(JSON.stringify(outcome.evidence));
  expect(evidenceSchemas.robustness.parse(written)).toEqual(written);
  const { perturbations } = outcome.evidence;
  const stress = (name: string, checked: boolean, feature?: string) =>
    perturbations.find((p) => p.name === name && p.checked === checked && p.feature === feature);
  return { ...outcome, stress, codes: outcome.findings.map(({ code }) => code) };
}

const feature = (name: string, more: Partial<Feature> = {}): Feature => ({
  name,
  type: 'number',
  input: 'x',
  column: 0,
  nullable: false,
  ...more,
});
const features = [
  feature('a', { min: -1, max: 1 }),
  feature('b'),
  feature('c', { type: 'string' }),
];

const rows = 400;
const grid = Array.from({ length: rows }, (_, i) => (2 * i) / (rows - 1) - 1);
const columns = [
  columnFrom('a', grid),
  columnFrom(
    'b',
    grid.map((x) => Math.sin(40 * x)),
  ),
  columnFrom(
    'c',
    grid.map((x) => (x > 0.3 ? 'up' : 'down')),
  ),
  columnFrom(
    'label',
    grid.map((x) => (x > 0 ? 'yes' : 'no')),
  ),
];

/** Steep in `a` around 0; a contract that refuses gaps and what lies outside of −1 to 1. */
const model = (calls: number[] = []): Scorer => ({
  score: async (table: Table, { unchecked = false } = {}) => {
    calls.push(table.rows);
    const a = numbersOf(table, 'a');
    const b = numbersOf(table, 'b');
    const refused = a.some((x) => !(x >= -1 && x <= 1)) || b.some(Number.isNaN);
    if (refused && !unchecked) throw new AppError('unprocessable', 'rows[0].a: is not for me');
    if (b.some((x) => x === Infinity)) throw new Error('the kernel broke');
    return binaryScores(a.map((x) => 1 / (1 + Math.exp(-100 * x))));
  },
});

const given = (subject: Scorer = model()) =>
  ({ task: 'binary', subject, columns, label: 'label', features }) satisfies Parameters<
    typeof examine
  >[0];

describe('the robustness check', () => {
  it('gives robust accuracy at each budget and the figures at the default one', async () => {
    const { evidence, figures } = await completed(examine(given()));
    expect(evidence.attacks.map(({ name }) => name)).toEqual([
      'noise',
      'boundary search',
      'square search',
    ]);
    for (const { points } of evidence.attacks) {
      expect(points.map(({ budget }) => budget)).toEqual([0, 0.1, 0.25, 0.5, 1]);
      expect(points[0]?.value.value).toBe(1);
    }
    // Half of the distances to 0 are below 0.5, and the deviation of the grid is 0.579.
    const median = figures['median-distance-to-boundary']!.value!;
    expect(median).toBeGreaterThan(0.75);
    expect(median).toBeLessThan(1);
    // Within a quarter of a deviation lie 14 % of the rows.
    for (const name of ['robust-accuracy-boundary', 'robust-accuracy-square']) {
      expect(figures[name]).toMatchObject({ n: 200, value: expect.closeTo(0.855, 1) });
      expect(figures[name]!.interval!.upper).toBeGreaterThan(0.86);
    }
    expect(figures['robust-accuracy-noise']!.value).toBeGreaterThan(0.9);
  });

  it('tells what is refused, answered and failed, through the contract and past it', async () => {
    const { stress, figures, codes } = await completed(examine(given()));
    expect(stress('missing value', true, 'a')).toMatchObject({
      outcome: 'refused',
      changed: null,
      detail: 'rows[0].a: is not for me',
    });
    expect(stress('NaN', false, 'a')).toMatchObject({ outcome: 'answered with NaN' });
    // Those that were no, about half of the rows.
    const infinite = stress('infinity', false, 'a')!;
    expect(infinite.outcome).toBe('answered');
    expect(Math.abs(infinite.changed! - 0.5)).toBeLessThan(0.15);
    expect(stress('infinity', true, 'b')).toMatchObject({ outcome: 'failed' });
    expect(stress('extremely large', true, 'b')).toMatchObject({ outcome: 'answered', changed: 0 });
    expect(stress('unknown category', true, 'c')).toMatchObject({ outcome: 'answered' });
    expect(stress('none', true)).toMatchObject({ outcome: 'answered', changed: 0 });
    expect(figures['nan-answers']).toEqual({ value: 0, n: 11 });
    expect(figures['failed-answers']?.value).toBe(1);
    expect(codes).toContain('failed-answers');
  });

  it('asks in batches only, a bounded number of times', async () => {
    const calls: number[] = [];
    const { evidence } = await completed(examine(given(model(calls))));
    expect(evidence.rows).toBe(200);
    expect(calls.length).toBeLessThan(400);
    expect(calls.reduce((a, b) => a + b)).toBeLessThan(800 * 200);
  });

  it('finds the same each time', async () => {
    expect((await completed(examine(given()))).figures).toEqual(
      (await completed(examine(given()))).figures,
    );
  });

  it('leaves rows out that the contract refuses', async () => {
    const beyond = [
      columnFrom(
        'a',
        grid.map((x) => 1.5 * x),
      ),
      ...columns.slice(1),
    ];
    const { evidence } = await completed(examine({ ...given(), columns: beyond }));
    expect(evidence.attacks[0]?.points[0]?.value.value).toBe(1);
    const none = [
      columnFrom(
        'a',
        grid.map(() => 7),
      ),
      ...columns.slice(1),
    ];
    expect(await checkRobustness(examine({ ...given(), columns: none }))).toEqual({
      status: 'skipped',
      reason: 'the contract refuses every row that was looked at',
    });
  });

  it('still looks at strange values where there are no labels', async () => {
    const { codes, evidence, figures } = await completed(examine({ ...given(), label: undefined }));
    expect(codes).toContain('no-labels');
    expect(evidence.attacks).toEqual([]);
    expect(figures['nan-answers']?.value).toBe(0);
  });

  it('attacks rows that have a label', async () => {
    const few = grid.map((x, row) => (row % 10 === 0 ? (x > 0 ? 'yes' : 'no') : null));
    const { evidence, codes } = await completed(
      examine({ ...given(), columns: columns.with(3, columnFrom('label', few)) }),
    );
    expect([evidence.rows, codes.includes('missing-labels')]).toEqual([40, false]);
  });

  it('makes do with labels alone', async () => {
    const inner = model();
    const labels: Scorer = {
      score: async (...asked) =>
        ({ ...(await inner.score(...asked)), probabilities: undefined }) as never,
    };
    const { figures } = await completed(examine(given(labels)));
    expect(figures['robust-accuracy-square']).toBeUndefined();
    expect(figures['median-distance-to-boundary']?.value).toBeGreaterThan(0.75);
  });

  it('measures how errors of values grow', async () => {
    const subject: Scorer = {
      score: async (table) => ({ kind: 'values', values: numbersOf(table, 'a') }),
    };
    const target = columnFrom(
      'label',
      grid.map((x, i) => x + (i % 2 === 0 ? 0.1 : -0.1)),
    );
    const { figures, evidence } = await completed(
      examine({
        task: 'regression',
        subject,
        columns: columns.with(3, target),
        label: 'label',
        features,
      }),
    );
    expect(evidence.attacks.map(({ metric }) => metric)).toEqual(['error-growth', 'error-growth']);
    // A quarter of the deviation on top of 0.1, but for rows at the ends of the range.
    expect(figures['error-growth-square']?.value).toBeGreaterThan(1.2);
    expect(figures['error-growth-square']?.value).toBeLessThan(1.46);
    expect(figures['error-growth-noise']?.value).toBeGreaterThan(0);
  });

  it('is skipped with the reason where nothing can be attacked', async () => {
    const reasonOf = async (more: Partial<Examination>) => {
      const outcome = await checkRobustness({ ...examine(given()), ...more });
      return outcome.status === 'skipped' ? outcome.reason : undefined;
    };
    const { dataset } = examine(given());
    expect(await reasonOf({ dataset: undefined })).toBe('no validation dataset');
    const other = { rows: 400, columns: columns.slice(3) };
    expect(await reasonOf({ dataset: { ...dataset!, table: other } })).toMatch('no feature');
  });
});

describe('the robustness of models that the runtime runs', () => {
  it.each(['penguins', 'wages', 'breast-cancer', 'boosted-trees'])('%s', async (name) => {
    const { examination, scorer } = await examineExample(name);
    const dataset = examination.dataset as ExaminedDataset;
    const some = Uint32Array.from({ length: 60 }, (_, row) => row);
    const few = { ...dataset, table: takeRows(dataset.table, some) };
    const { figures, evidence } = await completed({ ...examination, dataset: few }).finally(() =>
      scorer.dispose(),
    );
    for (const { points } of evidence.attacks.filter((one) => one.name !== 'noise')) {
      const values = points.map(({ value }) => value.value!);
      expect(values).toEqual([...values].sort((a, b) => b - a));
    }
    expect(figures['robust-accuracy-noise']!.value).toBeGreaterThan(
      figures['robust-accuracy-square']!.value! - 0.01,
    );
    expect(figures['median-distance-to-boundary']!.value).toBeGreaterThan(0);
  });

  it('refuses through the contract what is beyond it', async () => {
    const { examination, scorer } = await examineExample('wages');
    const { stress, figures } = await completed(examination).finally(() => scorer.dispose());
    expect(stress('missing value', true, 'age')).toMatchObject({ outcome: 'refused' });
    expect(stress('extremely large', true, 'age')).toMatchObject({ outcome: 'refused' });
    expect(stress('infinity', true, 'education')).toMatchObject({ outcome: 'refused' });
    expect(figures['nan-answers']?.value).toBe(0);
  });

  it('grows the errors of a regression', async () => {
    const { examination, scorer } = await examineExample('diabetes');
    const { figures } = await completed(examination).finally(() => scorer.dispose());
    expect(figures['error-growth-square']!.value).toBeGreaterThan(
      figures['error-growth-noise']!.value!,
    );
  });
});
