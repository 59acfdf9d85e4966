import { describe, expect, it } from '@jest/globals';
import { AppError } from '#core/errors.ts';
import {
  ScoredRowsJson,
  sampleScoredRows,
  scoredRowsFromJson,
  scoredRowsToJson,
} from '#core/estimation/scored-rows.ts';
import { Random } from '#core/random.ts';
import type { ClassScores, Scores } from '#core/table/scores.ts';
import type { Column, Table } from '#core/table/table.ts';
import { checkQuality } from '../../../functions/validation/checks/quality.ts';
import { evidenceSchemas } from '../../../functions/validation/evidence.ts';
import type { Examination, Scorer } from '../../../functions/validation/examination.ts';
import reference from '../../references/quality/metrics.json' with { type: 'json' };

type Settings = Partial<Examination['settings']>;

const numeric = (name: string, values: ArrayLike<number>): Column => ({
  name,
  kind: 'numeric',
  values: Float64Array.from(values),
});

function text(name: string, values: (string | undefined)[]): Column {
  const categories = [...new Set(values.filter((value) => value !== undefined))];
  const codes = Int32Array.from(values, (value) =>
    value === undefined ? -1 : categories.indexOf(value),
  );
  return { name, kind: 'text', codes, categories };
}

/** A scorer that knows the answers by the row number in column `row`. */
function scorer(answers: Scores): Scorer {
  const take = (rows: Float64Array): Scores => {
    if (answers.kind === 'values') {
      return { kind: 'values', values: rows.map((row) => answers.values[row]!) };
    }
    const k = answers.classes.length;
    const { probabilities } = answers;
    return {
      ...answers,
      predicted: Int32Array.from(rows, (row) => answers.predicted[row]!),
      probabilities:
        probabilities &&
        Float64Array.from({ length: rows.length * k }, (_, i) => {
          return probabilities[rows[Math.floor(i / k)]! * k + (i % k)]!;
        }),
    };
  };
  const rowsOf = (table: Table) => table.columns.find(({ name }) => name === 'row') as Column;
  return {
    score: async (table) => take((rowsOf(table) as Column & { kind: 'numeric' }).values),
  };
}

function classScores(
  classes: string[],
  probabilities: number[][],
  labelsOnly = false,
): ClassScores {
  return {
    kind: 'classes',
    classes,
    predicted: Int32Array.from(probabilities, (row) => row.indexOf(Math.max(...row))),
    probabilities: labelsOnly ? undefined : Float64Array.from(probabilities.flat()),
  };
}
const binaryScores = (scores: number[], classes = ['0', '1']) =>
  classScores(
    classes,
    scores.map((score) => [1 - score, score]),
  );

interface Given {
  task?: Examination['task'];
  label: Column;
  subject: Scores | Scorer;
  champion?: Scores | Scorer;
  features?: Column[];
  settings?: Settings;
  positive?: string;
}

function examine({ task = 'binary', label, subject, champion, features = [], ...rest }: Given) {
  const rows = label.kind === 'numeric' ? label.values.length : label.codes.length;
  const numbers = numeric(
    'row',
    Array.from({ length: rows }, (_, i) => i),
  );
  const asScorer = (one: Scores | Scorer) => ('score' in one ? one : scorer(one));
  return checkQuality({
    task,
    version: versionOf([numbers, ...features]),
    subject: asScorer(subject),
    champion: champion && { version: 4, scorer: asScorer(champion) },
    dataset: {
      name: 'holdout',
      digest: 'sha256:0',
      table: { rows, columns: [numbers, ...features, label] },
      label: label.name,
      positive: rest.positive,
      protectedAttributes: [],
    },
    training: undefined,
    settings: {
      threshold: 0.5,
      positive: undefined,
      latencyLimitMs: 100,
      seed: 1,
      ...rest.settings,
    },
  });
}

function versionOf(columns: readonly Column[]): Examination['version'] {
  const features = columns.map(({ name }, column) => ({
    ...{ name, type: 'number' as const, input: 'X', column, nullable: false },
  }));
  const signature = { inputs: [], outputs: [], features };
  return { signature } as unknown as Examination['version'];
}

async function completed(given: Given) {
  const outcome = await examine(given);
  if (outcome.status !== 'completed') throw new Error(outcome.reason);
  expect(evidenceSchemas.quality.parse(JSON.parse(JSON.stringify(outcome.evidence)))).toEqual(
    JSON.parse(JSON.stringify(outcome.evidence)),
  );
  const codes = outcome.findings.map(({ code }) => code);
  const finding = (code: string) => outcome.findings.find((one) => one.code === code);
  const value = (name: string) => outcome.figures[name]?.value;
  return { ...outcome, codes, finding, value };
}

const { logistic, bayes } = reference.binary;
const SITES = logistic.truth.map((_: number, i: number) => (i % 7 === 0 ? undefined : `s${i % 3}`));
const cancer = {
  label: numeric('malignant', logistic.truth),
  subject: binaryScores(logistic.scores),
};

describe('the rows that were judged', () => {
  it('are kept with their features, answers and truth, and are the same when they are read', async () => {
    const { scoredRows } = await completed({ ...cancer, features: [text('site', SITES)] });
    const again = scoredRowsFromJson(
      ScoredRowsJson.parse(JSON.parse(JSON.stringify(scoredRowsToJson(scoredRows!)))),
    );
    expect(again).toEqual(scoredRows);
    expect(again.features.columns.map(({ name }) => name)).toEqual(['row', 'site']);
    expect([...again.truth]).toEqual([...logistic.truth]);
    expect(again.scores).toMatchObject({ kind: 'classes', classes: ['0', '1'] });
  });

  it('are no more than a sample, in their order, without answers that are not finite', () => {
    const rows = 50;
    const values = Float64Array.from({ length: rows }, (_, i) => (i % 5 === 0 ? Number.NaN : i));
    const scored = {
      features: { rows, columns: [{ name: 'x', kind: 'numeric' as const, values }] },
      scores: { kind: 'values' as const, values },
      truth: Float64Array.from(values.keys()),
    };
    const { truth, features } = sampleScoredRows(scored, 20, new Random(1));
    expect([...truth]).toEqual([...truth].sort((a, b) => a - b));
    expect([truth.length, features.rows, truth.some((at) => at % 5 === 0)]).toEqual([
      20,
      20,
      false,
    ]);
  });
});

describe('the quality of a binary model', () => {
  it("has scikit-learn's figures, each with n and interval, and curves", async () => {
    const { figures, evidence, value } = await completed(cancer);
    for (const [name, expected] of Object.entries(logistic.figures)) {
      expect([name, value(name)]).toEqual([name, expect.closeTo(expected, 6)]);
      expect(figures[name]!.n).toBeGreaterThan(0);
      expect(figures[name]!.interval!.level).toBe(0.95);
    }
    expect(evidence).toMatchObject({ task: 'binary', rows: 285, positive: '1', threshold: 0.5 });
    expect(evidence.confusion!.counts.flat().reduce((a, b) => a + b)).toBe(285);
    expect(evidence.roc!.length).toBeGreaterThan(10);
    expect(evidence.precisionRecall!.length).toBeGreaterThan(10);
    expect(evidence.calibration!.length).toBeGreaterThan(5);
    expect(evidence.champion).toBeUndefined();
  });

  it('turns with the positive class and follows the threshold', async () => {
    const plain = await completed(cancer);
    const turned = await completed({ ...cancer, positive: '0' });
    expect(turned.value('recall')).toBeCloseTo(plain.value('specificity')!, 12);
    expect(turned.value('roc-auc')).toBeCloseTo(plain.value('roc-auc')!, 12);
    expect(turned.evidence.confusion!.labels).toEqual(['1', '0']);
    const asked = await completed({ ...cancer, positive: '1', settings: { positive: '0' } });
    expect(asked.evidence.positive).toBe('0');
    const edge = logistic.truth.indexOf(1);
    const atEdge = logistic.scores.map((score, i) => (i === edge ? 0.5 : score < 0.5 ? 0.1 : 0.9));
    const below = atEdge.map((score, i) => (i === edge ? 0.499 : score));
    const hitsOf = async (scores: number[]) =>
      (await completed({ ...cancer, subject: binaryScores(scores) })).evidence.confusion!
        .counts[1]![1]!;
    expect(await hitsOf(atEdge)).toBe((await hitsOf(below)) + 1);
    const strict = await completed({ ...cancer, settings: { threshold: 0.9 } });
    const wanted = logistic.scores.filter((s, i) => s >= 0.9 && logistic.truth[i] === 1).length;
    expect(strict.evidence.confusion!.counts[1]![1]).toBe(wanted);
    expect(strict.value('roc-auc')).toBe(plain.value('roc-auc'));
  });

  it('is compared with the champion on the same rows', async () => {
    const { figures, evidence, value } = await completed({
      ...cancer,
      champion: binaryScores(bayes.scores),
    });
    for (const name of ['accuracy', 'f1', 'roc-auc', 'log-loss'] as const) {
      const expected = logistic.figures[name] - bayes.figures[name];
      const figure = figures[`champion-difference-${name}`]!;
      expect(figure.value).toBeCloseTo(expected, 9);
      expect(figure.interval!.lower).toBeLessThanOrEqual(figure.value!);
      expect(figure.n).toBe(285);
    }
    const right = (scores: number[]) =>
      scores.map((s, i) => Number(s >= 0.5) === logistic.truth[i]);
    const [own, other] = [right(logistic.scores), right(bayes.scores)];
    const only = own.filter((one, i) => one && !other[i]).length;
    const lost = own.filter((one, i) => !one && other[i]).length;
    expect(evidence.champion!.test.statistic).toBe(Math.min(only, lost));
    expect(evidence.champion!.rankingTest!.pValue).toBeCloseTo(
      reference.delong['logistic and bayes'].pValue,
      9,
    );
    expect(evidence.champion!.version).toBe(4);
    expect(value('champion-difference-brier')).toBeDefined();
  });

  it('says better, worse or neither', async () => {
    const noisy = logistic.scores.map((score, i) => (i % 4 === 0 ? 1 - score : score));
    const worse = await completed({
      ...cancer,
      subject: binaryScores(noisy),
      champion: cancer.subject,
    });
    expect(worse.evidence.champion!.verdict).toBe('worse');
    expect(worse.finding('worse-than-champion')!.message).toContain('version 4');
    const better = await completed({ ...cancer, champion: binaryScores(noisy) });
    expect(better.evidence.champion!.verdict).toBe('better');
    expect(better.codes).not.toContain('worse-than-champion');
    const slips = logistic.scores.map((score, i) => (i < 3 ? 1 - score : score));
    const close = await completed({ ...cancer, champion: binaryScores(slips) });
    expect(close.value('champion-difference-accuracy')).not.toBe(0);
    expect(close.evidence.champion!.verdict).toBe('no significant difference');
    const same = await completed({ ...cancer, champion: cancer.subject });
    expect(same.evidence.champion!.verdict).toBe('no significant difference');
    expect(same.evidence.champion!.test.pValue).toBe(1);
    expect(same.value('champion-difference-roc-auc')).toBe(0);
  });

  it('says null, and why, where there are labels only', async () => {
    const labels = classScores(
      ['0', '1'],
      logistic.scores.map((s) => [1 - s, s]),
      true,
    );
    const { value, finding, evidence } = await completed({
      ...cancer,
      subject: labels,
      champion: labels,
    });
    expect(value('accuracy')).toBeCloseTo(logistic.figures.accuracy, 9);
    for (const name of ['roc-auc', 'pr-auc', 'log-loss', 'brier', 'expected-calibration-error']) {
      expect(value(name)).toBeNull();
    }
    expect(finding('no-probabilities')!.message).toContain('labels only');
    expect(evidence.roc).toBeUndefined();
    expect(evidence.champion!.rankingTest).toBeUndefined();
  });

  it('does not take scores outside 0 to 1 for probabilities, nor NaN for anything', async () => {
    const logits = classScores(
      ['0', '1'],
      logistic.scores.map((s) => [-s, 8 * s - 4]),
    );
    const unsound = await completed({ ...cancer, subject: logits, settings: { threshold: 0 } });
    expect(unsound.value('roc-auc')).toBeCloseTo(logistic.figures['roc-auc'], 9);
    expect(unsound.value('brier')).toBeNull();
    expect(unsound.codes).toContain('unsound-probabilities');
    const holes = binaryScores(logistic.scores.map((s, i) => (i === 7 ? Number.NaN : s)));
    const undefinedOnes = await completed({ ...cancer, subject: holes });
    expect(undefinedOnes.value('roc-auc')).toBeNull();
    expect(undefinedOnes.finding('undefined-probabilities')!.severity).toBe('critical');
  });

  it('leaves what needs two classes undefined where there is one', async () => {
    const { value, finding, evidence } = await completed({
      ...cancer,
      label: numeric(
        'malignant',
        logistic.truth.map(() => 1),
      ),
      champion: binaryScores(bayes.scores),
    });
    expect(value('roc-auc')).toBeNull();
    expect(value('specificity')).toBeNull();
    expect(value('recall')).toBe(value('accuracy'));
    expect(evidence.roc).toBeUndefined();
    expect(finding('one-class')!.message).toContain('"1"');
  });

  it('refuses a model of three classes and a positive class it does not know', async () => {
    const three = classScores(
      ['a', 'b', 'c'],
      logistic.scores.map((s) => [s, 1 - s, 0]),
    );
    const label = text(
      'malignant',
      logistic.truth.map((one) => (one ? 'a' : 'b')),
    );
    await expect(examine({ label, subject: three })).rejects.toThrow('this one has 3');
    await expect(examine({ ...cancer, positive: 'yes' })).rejects.toThrow('"yes" is not one of');
  });
});

describe('labels', () => {
  it('may be missing: those rows are left out and counted', async () => {
    const values = logistic.truth.map((one, i) => (i < 85 ? Number.NaN : one));
    const holes = await completed({ ...cancer, label: numeric('malignant', values) });
    const { finding } = holes;
    expect(holes.evidence.rows).toBe(200);
    expect(finding('missing-labels')!.message).toContain(
      '85 of 285 rows have no label in "malignant"',
    );
    const rest = await completed({
      label: numeric('malignant', logistic.truth.slice(85)),
      subject: binaryScores(logistic.scores.slice(85)),
    });
    expect(holes.value('roc-auc')).toBe(rest.value('roc-auc'));
    expect(holes.value('accuracy')).toBe(rest.value('accuracy'));
  });

  it('that the model does not know are named', async () => {
    const values = logistic.truth.map((one, i) => (i < 3 ? 'maybe' : String(one)));
    const { finding, evidence } = await completed({ ...cancer, label: text('malignant', values) });
    expect(evidence.rows).toBe(282);
    expect(finding('unknown-label')).toMatchObject({
      severity: 'critical',
      where: 'malignant',
      message: expect.stringContaining('"maybe" (the model knows "0", "1")'),
    });
    const all = examine({
      ...cancer,
      label: text(
        'malignant',
        values.map(() => 'maybe'),
      ),
    });
    await expect(all).rejects.toThrow(/no row .* "maybe"/);
    await expect(all).rejects.toMatchObject({ code: 'unprocessable' });
    const none = examine({
      ...cancer,
      label: numeric(
        'malignant',
        values.map(() => Number.NaN),
      ),
    });
    await expect(none).rejects.toThrow('285 of 285 rows have no label');
  });

  it.each([
    [
      'truth values',
      text(
        'malignant',
        logistic.truth.map((one) => (one ? 'true' : 'False')),
      ),
    ],
    [
      'numbers written otherwise',
      text(
        'malignant',
        logistic.truth.map((one) => `${one}.0`),
      ),
    ],
  ])('are understood as %s', async (_, label) => {
    const { value, evidence } = await completed({ ...cancer, label });
    expect(evidence.rows).toBe(285);
    expect(value('accuracy')).toBeCloseTo(logistic.figures.accuracy, 12);
  });

  it('that are few are said to be', async () => {
    const few = await completed({
      label: numeric('malignant', logistic.truth.slice(0, 40)),
      subject: binaryScores(logistic.scores.slice(0, 40)),
    });
    expect(few.finding('few-rows')!.message).toContain('40 rows');
    expect((await completed(cancer)).codes).not.toContain('few-rows');
  });
});

const { digits } = reference.multiclass;
const names = Array.from({ length: 10 }, (_, i) => `digit ${i}`);
const digitLabel = text(
  'digit',
  digits.truth.map((one) => names[one]!),
);
const digitScores = classScores(names, digits.probabilities);

describe('the quality of a multiclass model', () => {
  it("has scikit-learn's figures, by class too", async () => {
    const given: Given = { task: 'multiclass', label: digitLabel, subject: digitScores };
    const { value, evidence, figures } = await completed(given);
    for (const [name, expected] of Object.entries(digits.figures)) {
      expect([name, value(name)]).toEqual([name, expect.closeTo(expected, 9)]);
      expect(figures[name]!.interval).toBeDefined();
    }
    for (const [i, expected] of digits.perClass.entries()) {
      expect(evidence.perClass![i]!.label).toBe(names[i]);
      expect(evidence.perClass![i]!.metrics['roc-auc']!.value).toBeCloseTo(expected['roc-auc'], 9);
      expect(evidence.perClass![i]!.metrics.f1!.value).toBeCloseTo(expected.f1, 9);
    }
    expect(evidence.confusion!.counts).toEqual(digits.confusion);
  });

  it('is compared with a champion whose classes stand in another order', async () => {
    const backwards = classScores(
      [...names].reverse(),
      digits.probabilities.map((row) => [...row].reverse()),
    );
    // Of equally likely classes each names its first: keep the same decisions.
    const champion = {
      ...backwards,
      predicted: digitScores.predicted.map((label) => 9 - label),
    };
    const { evidence, value } = await completed({
      task: 'multiclass',
      label: digitLabel,
      subject: digitScores,
      champion,
    });
    expect(evidence.champion!.verdict).toBe('no significant difference');
    for (const name of ['accuracy', 'macro-f1', 'log-loss']) {
      expect(value(`champion-difference-${name}`)).toBe(0);
    }
  });

  it('is significantly better than a weak champion', async () => {
    const rival = reference.digitRival.map((one) => names.map((_, i) => Number(i === one)));
    const { evidence, value } = await completed({
      task: 'multiclass',
      label: digitLabel,
      subject: digitScores,
      champion: classScores(names, rival, true),
    });
    const right = reference.digitRival.filter((one, i) => one === digits.truth[i]).length;
    expect(value('champion-difference-accuracy')).toBeCloseTo(
      digits.figures.accuracy - right / 300,
      9,
    );
    expect(evidence.champion!.verdict).toBe('better');
    expect(value('champion-difference-log-loss')).toBeUndefined();
  });

  it('needs only labels', async () => {
    const labels = { ...digitScores, probabilities: undefined };
    const given: Given = { task: 'multiclass', label: digitLabel, subject: labels };
    const { value, codes } = await completed(given);
    expect(value('macro-f1')).toBeCloseTo(digits.figures['macro-f1'], 9);
    expect(value('macro-roc-auc')).toBeNull();
    expect(value('top-5-accuracy')).toBeNull();
    expect(codes).toContain('no-probabilities');
  });
});

describe('a champion that cannot be compared', () => {
  const other = classScores(
    ['benign', 'malignant'],
    logistic.scores.map((s) => [1 - s, s]),
  );
  const refusing: Scorer = {
    score: async () => Promise.reject(new AppError('unprocessable', 'row 3: "age" is missing')),
  };
  it.each([
    ['other classes', other, 'benign, malignant'],
    ['numbers', { kind: 'values', values: Float64Array.from(logistic.scores) } as Scores, 'values'],
    ['another contract', refusing, 'row 3: "age" is missing'],
  ])('is a finding: %s', async (_, champion, message) => {
    const { finding, evidence, figures } = await completed({ ...cancer, champion });
    expect(finding('champion-not-comparable')!.message).toContain(message);
    expect(evidence.champion).toBeUndefined();
    expect(Object.keys(figures).filter((name) => name.startsWith('champion'))).toEqual([]);
  });

  it('is no excuse for a defect', async () => {
    const broken: Scorer = { score: async () => Promise.reject(new TypeError('defect')) };
    await expect(examine({ ...cancer, champion: broken })).rejects.toThrow('defect');
  });
});

const { linear, trees } = reference.regression;
const values = (numbers: number[]): Scores => ({
  kind: 'values',
  values: Float64Array.from(numbers),
});
const diabetes: Given = {
  task: 'regression',
  label: numeric('progression', linear.truth),
  subject: values(linear.predicted),
};

describe('the quality of a regression', () => {
  it("has scikit-learn's figures with n and interval", async () => {
    const { figures, evidence, value } = await completed(diabetes);
    for (const [name, expected] of Object.entries(linear.figures)) {
      expect([name, value(name)]).toEqual([name, expect.closeTo(expected, 8)]);
      expect(figures[name]).toMatchObject({ n: 221, interval: { level: 0.95 } });
    }
    expect(evidence.residualQuantiles).toHaveLength(7);
  });

  it('is compared by a paired bootstrap', async () => {
    const wild = linear.predicted.map((value, i) => value + (i % 2 ? 80 : -80));
    const worse = await completed({
      ...diabetes,
      subject: values(wild),
      champion: values(linear.predicted),
    });
    expect(worse.evidence.champion).toMatchObject({
      verdict: 'worse',
      test: { name: 'paired bootstrap of the RMSE' },
    });
    const better = await completed({ ...diabetes, champion: values(wild) });
    expect(better.evidence.champion!.verdict).toBe('better');
    const close = await completed({ ...diabetes, champion: values(trees.predicted) });
    expect(close.value('champion-difference-rmse')).toBeCloseTo(
      linear.figures.rmse - trees.figures.rmse,
      8,
    );
  });

  it('leaves out rows without a label', async () => {
    const truth = linear.truth.map((one, i) => (i % 2 ? Number.NaN : one));
    const half = await completed({ ...diabetes, label: numeric('progression', truth) });
    expect(half.evidence.rows).toBe(111);
    const errors = linear.truth.map((one, i) => Math.abs(linear.predicted[i]! - one));
    const kept = errors.filter((_, i) => i % 2 === 0);
    expect(half.value('mae')).toBeCloseTo(kept.reduce((a, b) => a + b) / kept.length, 9);
  });

  it('says that MAPE is undefined at 0 and all is where answers are NaN', async () => {
    const truth = linear.truth.map((one, i) => (i === 0 ? 0 : one));
    const zero = await completed({ ...diabetes, label: numeric('progression', truth) });
    expect(zero.value('mape')).toBeNull();
    expect(zero.codes).toContain('mape-undefined');
    const predicted = linear.predicted.map((one, i) => (i === 5 ? Number.NaN : one));
    const holes = await completed({ ...diabetes, subject: values(predicted) });
    expect(holes.value('rmse')).toBeNull();
    expect(holes.value('worst-slice-rmse')).toBeNull();
    expect(holes.finding('undefined-predictions')!.message).toContain('1 of 221');
  });

  it('refuses texts as labels and classes as answers', async () => {
    const label = text(
      'progression',
      linear.truth.map(() => 'high'),
    );
    await expect(examine({ ...diabetes, label })).rejects.toThrow('"high" is a text');
    await expect(examine({ ...cancer, task: 'regression' })).rejects.toThrow(
      'answers with classes',
    );
    await expect(examine({ ...diabetes, task: 'binary' })).rejects.toThrow('answers with numbers');
  });
});

describe('weak slices', () => {
  const random = new Random(2);
  const rows = 2000;
  const jobs = Array.from({ length: rows }, () => ['nurse', 'baker', 'pilot'][random.integer(3)]!);
  const truth = Array.from({ length: rows }, () => random.integer(2));
  const wrong = jobs.map((job) => random.uniform() < (job === 'nurse' ? 0.4 : 0.1));
  const scores = truth.map((label, i) => (wrong[i] ? 1 - label : label) * 0.8 + 0.1);
  const given: Given = {
    label: numeric('left', truth),
    subject: binaryScores(scores),
    features: [text('job', jobs)],
  };

  it('are named with their size and told in words', async () => {
    const { evidence, figures, finding } = await completed(given);
    const [slice] = evidence.weakSlices;
    const nurses = jobs.filter((job) => job === 'nurse').length;
    expect(slice).toMatchObject({ slice: 'job = "nurse"', rows: nurses, metric: 'accuracy' });
    expect(figures['worst-slice-accuracy']).toEqual(slice!.value);
    expect(finding('weak-slice')).toMatchObject({
      where: 'job = "nurse"',
      message: expect.stringMatching(
        /^Weaker where job = "nurse" \(\d+ rows\): accuracy [56]\d\.\d %, elsewhere [89]\d\.\d %\.$/,
      ),
    });
  });

  it('never speak of the label, and leave the overall figure where there is none', async () => {
    const { evidence, figures, codes } = await completed({ ...cancer });
    expect(evidence.weakSlices.filter(({ slice }) => slice.includes('malignant'))).toEqual([]);
    expect(codes).not.toContain('weak-slice');
    expect(figures['worst-slice-accuracy']).toEqual(figures.accuracy);
  });

  it('are the same for the same seed', async () => {
    expect(await examine(given)).toEqual(await examine(given));
  });
});

describe('what cannot be judged', () => {
  it.each(['ranking', 'embedding', 'other'] as const)('is skipped: %s', async (task) => {
    expect(await examine({ ...cancer, task })).toEqual({
      status: 'skipped',
      reason: `no quality metrics for the task "${task}"`,
    });
  });

  it('is skipped without a dataset or without labels', async () => {
    const examination = {
      task: 'binary',
      settings: { threshold: 0.5, positive: undefined, latencyLimitMs: 100, seed: 1 },
    } as Examination;
    expect(await checkQuality(examination)).toEqual({
      status: 'skipped',
      reason: 'no validation dataset',
    });
    const dataset = { label: undefined } as Examination['dataset'];
    expect(await checkQuality({ ...examination, dataset })).toEqual({
      status: 'skipped',
      reason: 'the validation dataset names no label column',
    });
  });

  it('fails where the label column is not there', async () => {
    const examination = {
      task: 'binary',
      subject: scorer(cancer.subject),
      dataset: {
        name: 'holdout',
        label: 'absent',
        table: { rows: 1, columns: [numeric('row', [0])] },
      },
      settings: { threshold: 0.5, positive: undefined, latencyLimitMs: 100, seed: 1 },
    } as unknown as Examination;
    await expect(checkQuality(examination)).rejects.toThrow(
      'dataset holdout has no column "absent"',
    );
  });
});
