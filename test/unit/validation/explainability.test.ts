import { describe, expect, it, jest } from '@jest/globals';
import { Random } from '#core/random.ts';
import type { Table } from '#core/table/table.ts';
import { checkExplainability } from '../../../functions/validation/checks/explainability.ts';
import { evidenceSchemas } from '../../../functions/validation/evidence.ts';
import type { Examination } from '../../../functions/validation/examination.ts';
import { binaryScores, examine, examineExample, numbersOf } from '../../helpers/scorers.ts';
import { columnFrom } from '../../helpers/tables.ts';

// Thousands of predictions, on a machine that may be busy.
jest.setTimeout(60_000);

async function completed(examination: Examination) {
  const outcome = await checkExplainability(examination);
  if (outcome.status !== 'completed') throw new Error(outcome.reason);
  const written = JSON.parse(JSON.stringify(outcome.evidence));
  expect(evidenceSchemas.explainability.parse(written)).toEqual(written);
  return { ...outcome, codes: outcome.findings.map(({ code }) => code) };
}

const random = new Random(4);
const column = (name: string, rows: number) =>
  columnFrom(
    name,
    Array.from({ length: rows }, () => random.normal()),
  );
const names = ['strong', 'weak', 'none'];
const label = (value: number) => (value > 0 ? 'yes' : 'no');

function features(rows: number) {
  const columns = names.map((name) => column(name, rows));
  const { values } = columns[0] as { values: Float64Array } & (typeof columns)[0];
  return [...columns, columnFrom('label', Array.from(values, label))];
}

const sum = (weak: number) => (table: Table) =>
  numbersOf(table, 'strong').map((x, row) => x + weak * numbersOf(table, 'weak')[row]!);

const given = (rows: number, calls: number[] = []) =>
  ({
    task: 'binary',
    subject: {
      score: async (table: Table) => {
        calls.push(table.rows);
        return binaryScores(sum(0.5)(table).map((x) => 1 / (1 + Math.exp(-x))));
      },
    },
    columns: features(rows),
    label: 'label',
  }) satisfies Parameters<typeof examine>[0];

describe('the explainability check', () => {
  it('orders the features and names those without use', async () => {
    const { evidence, figures, findings } = await completed(examine(given(400)));
    expect(evidence).toMatchObject({ metric: 'roc-auc', rows: 400, repeats: 10 });
    expect(evidence.importances.map(({ feature }) => feature)[0]).toBe('strong');
    const none = evidence.importances.find(({ feature }) => feature === 'none');
    expect(none?.importance.value).toBe(0);
    expect(findings.find(({ code }) => code === 'ignored-feature')?.message).toContain('"none"');
    expect(figures['importance-stability']?.value).toBeGreaterThan(0.7);
    expect(figures['top-feature-share']?.value).toBeLessThanOrEqual(1);
  });

  it('scores a bounded sample, all rows of a shuffle at once', async () => {
    const calls: number[] = [];
    const { evidence } = await completed(examine(given(5000, calls)));
    expect(evidence.rows).toBe(2000);
    // Once to see what the model answers, once as it is, ten times by feature.
    expect(calls).toEqual(Array(2 + 3 * 10).fill(2000));
  });

  it('samples among the rows that have a label', async () => {
    const { columns, ...rest } = given(5000);
    const { values } = columns[0] as { values: Float64Array } & (typeof columns)[0];
    const few = Array.from(values, (value, row) => (row < 60 ? label(value) : null));
    const { evidence } = await completed(
      examine({ ...rest, columns: columns.with(3, columnFrom('label', few)) }),
    );
    expect(evidence.rows).toBe(60);
  });

  it('warns of one feature that carries nearly everything', async () => {
    const subject = {
      score: async (t: Table) => binaryScores(sum(0)(t).map((x) => Number(x > 0))),
    };
    const { codes, figures } = await completed(examine({ ...given(300), subject }));
    expect(codes).toEqual(['ignored-feature', 'ignored-feature', 'dominating-feature']);
    expect(figures['top-feature-share']?.value).toBe(1);
  });

  it('measures accuracy where there are no probabilities, R² for values', async () => {
    const labels = {
      score: async (t: Table) => ({ ...binaryScores(sum(1)(t)), probabilities: undefined }),
    };
    const byLabel = await completed(examine({ ...given(200), subject: labels }));
    expect(byLabel.evidence.metric).toBe('accuracy');
    const values = { score: async (t: Table) => ({ kind: 'values' as const, values: sum(1)(t) }) };
    const columns = given(200).columns;
    const byValue = await completed(
      examine({ task: 'regression', subject: values, columns, label: 'strong' }),
    );
    expect(byValue.evidence.metric).toBe('r2');
  });

  it('is skipped with the reason where nothing can be measured', async () => {
    const reasonOf = async (more: Partial<Examination>) => {
      const outcome = await checkExplainability({ ...examine(given(40)), ...more });
      return outcome.status === 'skipped' ? outcome.reason : undefined;
    };
    const { dataset } = examine(given(40));
    expect(await reasonOf({ dataset: undefined })).toBe('no validation dataset');
    expect(await reasonOf({ dataset: { ...dataset!, label: undefined } })).toMatch('no label');
    expect(await reasonOf({ dataset: { ...dataset!, table: { rows: 0, columns: [] } } })).toMatch(
      'no feature',
    );
  });
});

describe('the importance of features to models that the runtime runs', () => {
  it.each([
    ['penguins', 'accuracy', 'bill_length_mm'],
    ['wages', 'roc-auc', 'age'],
    ['diabetes', 'r2', 'bmi'],
  ])('%s', async (name, metric, first) => {
    const { examination, scorer } = await examineExample(name);
    const { evidence, figures } = await completed(examination).finally(() => scorer.dispose());
    expect(evidence.metric).toBe(metric);
    expect(evidence.importances[0]?.feature).toBe(first);
    expect(figures['importance-stability']?.value).toBeGreaterThan(0.5);
  });
});
