import type { Figures } from '#core/figure.ts';
import { Random } from '#core/random.ts';
import { DEFAULT_BUDGET } from '#core/robustness/answers.ts';
import { isAllowed, pointsOf, type Space, spaceOf } from '#core/robustness/space.ts';
import { type Table, takeRows } from '#core/table/table.ts';
import type { Evidence } from '../evidence.ts';
import { type Check, type ExaminedDataset, NO_DATASET } from '../examination.ts';
import type { Finding } from '../schema.ts';
import { isLabelled, labelledRows } from './quality/labels.ts';
import { type Attacked, attack } from './robustness/attacks.ts';
import { contractOf } from './robustness/contract.ts';
import { putUnderStress } from './robustness/stress.ts';

/** Rows that are attacked: some 700 predictions each. */
const MAX_ROWS = 200;
const MIN_ROWS = 30;
/** Numbers that go into the model in all, about: rows with many columns are fewer. */
const MAX_VALUES = 30_000_000;
const PREDICTIONS_PER_ROW = 700;

/**
 * How the model stands up to inputs that are slightly or badly off: noise and two searches for the
 * worst input near each row, by predictions alone and within the contract; then values that should
 * not occur, through serving's contract and past it.
 *
 * @throws AppError `unprocessable` where labels and answers do not fit
 */
export const checkRobustness: Check<'robustness'> = async (examination) => {
  const { dataset, settings } = examination;
  if (!dataset) return NO_DATASET;
  const random = new Random(settings.seed);
  const features = contractOf(examination);
  const space = spaceOf(dataset.table, features);
  if (!space.columns.some(({ isFeature }) => isFeature)) {
    return { status: 'skipped', reason: 'no feature of the signature is a column of the data' };
  }
  const judged = isLabelled(dataset) ? labelledRows(dataset) : dataset;
  const table = sampleOf(judged.table, space, random);
  if (table.rows === 0) {
    return { status: 'skipped', reason: 'the contract refuses every row that was looked at' };
  }
  const some: ExaminedDataset = { ...dataset, table };
  const attacked = isLabelled(some)
    ? await attack(examination, some, { space, random })
    : { attacks: [], figures: {}, findings: [NO_LABELS] };
  const perturbations = await putUnderStress(examination.subject, space, table);
  return {
    status: 'completed',
    figures: { ...attacked.figures, ...stressFigures(perturbations) },
    findings: [...attacked.findings, ...fragile(attacked), ...stressFindings(perturbations)],
    evidence: { rows: table.rows, attacks: [...attacked.attacks], perturbations },
  };
};

const NO_LABELS: Finding = {
  severity: 'info',
  code: 'no-labels',
  message: 'The validation dataset names no label column, so accuracy under attack is unknown.',
};

/** Rows that serving would take, at random. */
function sampleOf(table: Table, space: Space, random: Random): Table {
  const affordable = Math.floor(MAX_VALUES / (PREDICTIONS_PER_ROW * space.columns.length));
  const wanted = Math.max(MIN_ROWS, Math.min(MAX_ROWS, affordable));
  const points = pointsOf(space, table);
  const width = space.columns.length;
  const order = random.sample(table.rows, table.rows);
  const allowed = (row: number) =>
    isAllowed(space, points.subarray(row * width, (row + 1) * width));
  return takeRows(table, order.filter(allowed).slice(0, wanted).sort());
}

type Perturbations = Evidence<'robustness'>['perturbations'];

function stressFigures(perturbations: Perturbations): Figures {
  const checked = perturbations.filter((one) => one.checked);
  const count = (of: Perturbations, outcome: string) => ({
    value: of.filter((one) => one.outcome === outcome).length,
    n: of.length,
  });
  return {
    'nan-answers': count(checked, 'answered with NaN'),
    'failed-answers': count(checked, 'failed'),
  };
}

/** A quarter of a standard deviation should not cost more than this share of the right answers. */
const LARGE_LOSS = 0.2;

function fragile({ attacks }: Attacked): Finding[] {
  return attacks.flatMap(({ name, metric, points }) => {
    const clean = points[0]?.value.value;
    const figure = points.find(({ budget }) => budget === DEFAULT_BUDGET)?.value;
    const upper = figure?.interval?.upper;
    if (metric !== 'robust-accuracy' || typeof clean !== 'number' || upper === undefined) return [];
    if (upper >= clean - LARGE_LOSS) return [];
    const percent = (value: number) => `${(100 * value).toFixed(0)} %`;
    const message = `Under ${name} of ${DEFAULT_BUDGET} standard deviations, accuracy falls from ${percent(clean)} to ${percent(figure?.value ?? 0)}.`;
    return [{ severity: 'warning', code: 'fragile', message, where: name } as const];
  });
}

function stressFindings(perturbations: Perturbations): Finding[] {
  const served = (outcome: string) =>
    perturbations.filter((one) => one.checked && one.outcome === outcome);
  const listed = (of: Perturbations) =>
    [...new Set(of.map(({ name, feature }) => (feature ? `${name} in "${feature}"` : name)))]
      .slice(0, 5)
      .join(', ');
  const findings: Finding[] = [];
  const add = (code: string, of: Perturbations, text: string) => {
    if (of.length > 0)
      findings.push({ severity: 'warning', code, message: `${text}: ${listed(of)}.` });
  };
  add(
    'nan-answers',
    served('answered with NaN'),
    'The contract lets in what the model answers with NaN',
  );
  add('failed-answers', served('failed'), 'The contract lets in what the model fails on');
  return findings;
}
