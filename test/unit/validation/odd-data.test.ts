import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '#core/errors.ts';
import type { Scores } from '#core/table/scores.ts';
import type { Column, Table } from '#core/table/table.ts';
import { checkDataQuality } from '../../../functions/validation/checks/data-quality.ts';
import { checkExplainability } from '../../../functions/validation/checks/explainability.ts';
import { checkFairness } from '../../../functions/validation/checks/fairness.ts';
import { checkQuality } from '../../../functions/validation/checks/quality.ts';
import { checkRobustness } from '../../../functions/validation/checks/robustness.ts';
import {
  type CheckName,
  evidenceSchemas,
  Figures,
} from '../../../functions/validation/evidence.ts';
import type { Check, Examination, Scorer } from '../../../functions/validation/examination.ts';
import { evidenceText } from '../../../functions/validation/store.ts';
import { examine } from '../../helpers/scorers.ts';

/** What a column of numbers may come to hold, by row. */
const NUMBERS: Record<string, (row: number) => number> = {
  plain: (row) => Math.sin(row),
  constant: () => 7,
  zero: () => 0,
  missing: () => Number.NaN,
  gaps: (row) => (row % 3 === 0 ? Number.NaN : row),
  infinite: (row) => (row % 2 === 0 ? Infinity : -Infinity),
  huge: (row) => (row % 2 === 0 ? 1.7e308 : -1.7e308),
  tiny: (row) => row * 5e-324,
};

/** As texts; undefined: missing. */
const TEXTS: Record<string, (row: number) => string | undefined> = {
  two: (row) => (row % 2 === 0 ? 'no' : 'yes'),
  one: () => 'no',
  missing: () => undefined,
  gaps: (row) => (row % 3 === 0 ? undefined : 'yes'),
  each: (row) => `person ${row}`,
  unknown: () => 'perhaps',
};

function numbers(name: string, kind: string, rows: number): Column {
  const values = Float64Array.from({ length: rows }, (_, row) => NUMBERS[kind]!(row));
  return { name, kind: 'numeric', values };
}

function texts(name: string, kind: string, rows: number): Column {
  const values = Array.from({ length: rows }, (_, row) => TEXTS[kind]!(row));
  const categories = [...new Set(values.filter((value) => value !== undefined))];
  const codes = Int32Array.from(values, (value) =>
    value === undefined ? -1 : categories.indexOf(value),
  );
  return { name, kind: 'text', categories, codes };
}

/** What a model may come to answer. */
const ANSWERS: Record<string, (row: number, x: number) => number> = {
  plain: (_, x) => 1 / (1 + Math.exp(-x)),
  constant: () => 0.5,
  none: () => 0,
  all: () => 1,
  undefined: () => Number.NaN,
  'sometimes undefined': (row) => (row % 4 === 0 ? Number.NaN : 0.3),
  infinite: () => Infinity,
  beyond: (row) => row - 3,
};

function scorer(shape: string, kind: string): Scorer {
  return {
    score: async (table: Table) => answer(table, { shape, of: ANSWERS[kind]! }),
  };
}

function answer(
  { rows, columns }: Table,
  { shape, of }: { shape: string; of: (typeof ANSWERS)[string] },
): Scores {
  const x = columns.find(({ name }) => name === 'x');
  const values = Float64Array.from({ length: rows }, (_, row) =>
    of!(row, x?.kind === 'numeric' ? x.values[row]! : 0),
  );
  if (shape === 'values') return { kind: 'values', values };
  const classes = shape === 'three' ? ['no', 'yes', 'maybe'] : ['no', 'yes'];
  const predicted = Int32Array.from(values, (p) => (p >= 0.5 ? 1 : 0));
  if (shape === 'labels') return { kind: 'classes', classes, predicted, probabilities: undefined };
  const probabilities = Float64Array.from(
    [...values].flatMap((p) => (classes.length === 2 ? [1 - p, p] : [1 - p, p / 2, p / 2])),
  );
  return { kind: 'classes', classes, predicted, probabilities };
}

const kinds = (of: object) => fc.constantFrom(...Object.keys(of));

interface Odd {
  readonly rows: number;
  readonly task: 'binary' | 'multiclass' | 'regression';
  readonly shape: string;
  readonly answers: string;
  readonly champion: string | undefined;
  readonly x: string;
  readonly city: string;
  readonly group: string;
  readonly label: string;
}

const odd: fc.Arbitrary<Odd> = fc.record({
  rows: fc.constantFrom(0, 1, 2, 3, 12, 70),
  task: fc.constantFrom('binary', 'multiclass', 'regression'),
  shape: fc.constantFrom('values', 'labels', 'two', 'three'),
  answers: kinds(ANSWERS),
  champion: fc.option(kinds(ANSWERS), { nil: undefined }),
  x: kinds(NUMBERS),
  city: kinds(TEXTS),
  group: fc.oneof(kinds(TEXTS), kinds(NUMBERS)),
  label: fc.oneof(kinds(TEXTS), kinds(NUMBERS)),
});

const mixed = (name: string, kind: string, rows: number): Column =>
  kind in TEXTS ? texts(name, kind, rows) : numbers(name, kind, rows);

function examinationOf({ rows, task, shape, answers, champion, ...of }: Odd): Examination {
  const columns = [
    numbers('x', of.x, rows),
    texts('city', of.city, rows),
    mixed('group', of.group, rows),
    mixed('label', of.label, rows),
  ];
  const subject = scorer(shape, answers);
  const one = examine({
    task,
    subject,
    columns,
    label: 'label',
    protectedAttributes: ['group', 'city'],
  });
  return {
    ...one,
    training: one.dataset,
    champion: champion === undefined ? undefined : { version: 1, scorer: scorer(shape, champion) },
  };
}

/** What a check leaves is stored as JSON and read back by its schema. */
async function expectClearOutcome<N extends CheckName>(name: N, check: Check<N>, of: Odd) {
  const outcome = await check(examinationOf(of)).catch((error: unknown) => {
    if (error instanceof AppError && error.message) return { status: 'refused' } as const;
    throw error;
  });
  if (outcome.status !== 'completed') return;
  const evidence = JSON.parse(evidenceText(outcome.evidence));
  expect(evidenceSchemas[name].safeParse(evidence).error?.issues).toBeUndefined();
  const figures = JSON.parse(evidenceText(outcome.figures));
  expect(Figures.safeParse(figures).error?.issues).toBeUndefined();
  for (const { message } of outcome.findings) expect(message).not.toMatch(/NaN (%|percent|rows)/);
}

// Hundreds of examinations, on a machine that may be busy.
jest.setTimeout(60_000);

const RUNS = { numRuns: 300 };

describe('whatever the data and the answers, a check comes to an outcome that can be read', () => {
  it('quality', () =>
    fc.assert(
      fc.asyncProperty(odd, (of) => expectClearOutcome('quality', checkQuality, of)),
      RUNS,
    ));

  it('data quality', () =>
    fc.assert(
      fc.asyncProperty(odd, (of) => expectClearOutcome('data-quality', checkDataQuality, of)),
      RUNS,
    ));

  it('fairness', () =>
    fc.assert(
      fc.asyncProperty(odd, (of) => expectClearOutcome('fairness', checkFairness, of)),
      RUNS,
    ));

  it('robustness', () =>
    fc.assert(
      fc.asyncProperty(odd, (of) => expectClearOutcome('robustness', checkRobustness, of)),
      { numRuns: 60 },
    ));

  it('explainability', () =>
    fc.assert(
      fc.asyncProperty(odd, (of) => expectClearOutcome('explainability', checkExplainability, of)),
      RUNS,
    ));
});
