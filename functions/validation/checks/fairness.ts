import { AppError } from '#core/errors.ts';
import { takeScores } from '#core/estimation/scored-rows.ts';
import type { Figures } from '#core/figure.ts';
import {
  type AttributeFairness,
  MIN_CLASS_ROWS,
  MIN_GROUP_ROWS,
  overallFairness,
} from '#core/metrics/fairness.ts';
import { crossed, type Grouping, groupsOf } from '#core/metrics/fairness-groups.ts';
import { calibrationFairness, errorFairness } from '#core/metrics/fairness-means.ts';
import { rateFairness } from '#core/metrics/fairness-rates.ts';
import type { ClassScores, ValueScores } from '#core/table/scores.ts';
import { columnOf, type Table } from '#core/table/table.ts';
import { type Check, type Examination, NO_DATASET } from '../examination.ts';
import type { Finding } from '../schema.ts';
import { decidedClasses, positiveOf, probabilitiesOf } from './answers.ts';
import { classLabels, isLabelled, type LabelledDataset, valueLabels } from './quality/labels.ts';

/** Pairs of attributes that are crossed, at most. */
const MAX_PAIRS = 10;

/**
 * Whether the model treats groups of people alike: by each protected attribute, each pair of them
 * and all of them together, with intervals. Groups too small to judge are named and left out of the comparisons.
 *
 * @throws AppError `unprocessable` where labels and answers do not fit, or an attribute is missing
 */
export const checkFairness: Check<'fairness'> = async (examination) => {
  const { task, dataset, subject } = examination;
  if (!dataset) return NO_DATASET;
  if (dataset.protectedAttributes.length === 0) {
    return { status: 'skipped', reason: 'the validation dataset names no protected attributes' };
  }
  if (!isLabelled(dataset)) {
    return { status: 'skipped', reason: 'the validation dataset names no label column' };
  }
  if (task !== 'binary' && task !== 'multiclass' && task !== 'regression') {
    return { status: 'skipped', reason: `no fairness metrics for the task "${task}"` };
  }
  const scores = await subject.score(dataset.table);
  const { attributes, findings } =
    scores.kind === 'classes'
      ? judgeClasses(examination, dataset, scores)
      : judgeValues(dataset, scores);
  return {
    status: 'completed',
    figures: overallFairness(attributes),
    findings: [...findings, ...pairsLeftOut(dataset), ...attributes.flatMap(findingsOf)],
    evidence: { attributes: attributes.map(asEvidence) },
  };
};

interface Judged {
  readonly attributes: readonly AttributeFairness[];
  readonly findings: readonly Finding[];
}

function judgeClasses(
  examination: Examination,
  dataset: LabelledDataset,
  scores: ClassScores,
): Judged {
  const { table, truth, kept, findings } = classLabels(dataset, scores.classes);
  const own = kept ? takeScores(scores, kept) : scores;
  const { threshold } = examination.settings;
  const positive = positiveOf(examination, own);
  const decisions = {
    classes: own.classes,
    truth,
    predicted: decidedClasses(own, positive, threshold),
    compared: positive === undefined ? own.classes.map((_, c) => c) : [positive],
  };
  const probabilities = positive === undefined ? undefined : probabilitiesOf(own, positive);
  const attributes = groupingsOf(dataset, table).map((grouping) => {
    const rates = rateFairness(grouping, decisions);
    if (!probabilities) return rates;
    const labels = truth.map((label) => (label === positive ? 1 : 0));
    const input = { scores: probabilities, positive: labels };
    return withCalibration(rates, calibrationFairness(grouping, input));
  });
  return { attributes, findings };
}

const withCalibration = (
  rates: AttributeFairness,
  { groups, metrics }: { groups: readonly Figures[]; metrics: Figures },
): AttributeFairness => ({
  ...rates,
  groups: rates.groups.map((group, g) => ({
    ...group,
    metrics: { ...group.metrics, ...groups[g] },
  })),
  metrics: { ...rates.metrics, ...metrics },
});

function judgeValues(dataset: LabelledDataset, scores: ValueScores): Judged {
  const { table, truth, kept, findings } = valueLabels(dataset);
  const { values } = kept ? takeScores(scores, kept) : scores;
  const errors = values.map((value, row) => value - truth[row]!);
  const attributes = groupingsOf(dataset, table).map((grouping) => errorFairness(grouping, errors));
  return { attributes, findings };
}

function groupingsOf({ name, protectedAttributes }: LabelledDataset, table: Table): Grouping[] {
  const single = protectedAttributes.map((attribute) => {
    const column = columnOf(table, attribute);
    if (column) return groupsOf(column);
    throw new AppError('unprocessable', `dataset ${name} has no protected column "${attribute}"`);
  });
  const pairs = pairsOf(single).slice(0, MAX_PAIRS);
  const together = single.length > 2 ? [single.reduce(crossed)] : [];
  return [...single, ...pairs.map(([a, b]) => crossed(a, b)), ...together];
}

const pairsOf = <T>(all: readonly T[]): [T, T][] =>
  all.flatMap((a, i) => all.slice(i + 1).map((b): [T, T] => [a, b]));

/** Never in silence. */
function pairsLeftOut({ protectedAttributes }: LabelledDataset): Finding[] {
  const left = pairsOf(protectedAttributes).slice(MAX_PAIRS);
  if (left.length === 0) return [];
  const message = `Only ${MAX_PAIRS} pairs of protected attributes are crossed; not looked at: ${left.map((pair) => pair.join(' × ')).join(', ')}.`;
  return [{ severity: 'info', code: 'pairs-left-out', message }];
}

const asEvidence = ({ groups, ...rest }: AttributeFairness) => ({
  ...rest,
  groups: groups.map((group) => ({ ...group, leftOut: [...group.leftOut] })),
});

const findingsOf = (attribute: AttributeFairness): Finding[] => [
  ...smallGroups(attribute),
  ...disparities(attribute),
];

function smallGroups({ attribute, groups }: AttributeFairness): Finding[] {
  const named = (of: readonly { group: string }[]) => of.map(({ group }) => group).join(', ');
  const small = groups.filter(({ tooSmall }) => tooSmall);
  const partly = groups.filter(({ leftOut }) => leftOut.length > 0);
  const findings: Finding[] = [];
  const add = (code: string, message: string) =>
    findings.push({ severity: 'info', code, message, where: attribute });
  if (small.length > 0) {
    add(
      'group-too-small',
      `By ${attribute}, these groups have fewer than ${MIN_GROUP_ROWS} rows and were not judged: ${named(small)}.`,
    );
  }
  if (partly.length > 0) {
    add(
      'rates-not-judged',
      `By ${attribute}, some rates rest on fewer than ${MIN_CLASS_ROWS} rows and were not compared: ${named(partly)}.`,
    );
  }
  if (groups.length - small.length < 2) {
    add(
      'nothing-to-compare',
      `By ${attribute}, fewer than two groups are large enough to compare.`,
    );
  }
  return findings;
}

/** The usual band of AI Fairness 360, and the four-fifths rule. */
const WIDE = 0.1;
const FOUR_FIFTHS = 0.8;
const IN_WORDS: Record<string, string> = {
  'demographic-parity-difference': 'how often the model says yes',
  'equal-opportunity-difference': 'how many of the true positives it finds',
  'false-positive-rate-difference': 'how often it wrongly says yes',
  'predictive-parity-difference': 'how often its yes is right',
  'accuracy-difference': 'how often it is right',
};

/** What is unequal beyond chance: the interval as a whole lies outside of what is usual. */
function disparities({ attribute, metrics }: AttributeFairness): Finding[] {
  const found: Finding[] = [];
  const add = (code: string, message: string) =>
    found.push({ severity: 'warning', code, message, where: attribute });
  for (const [name, words] of Object.entries(IN_WORDS)) {
    const figure = metrics[name];
    if (!figure?.interval || figure.interval.lower <= WIDE) continue;
    const points = (100 * figure.value!).toFixed(0);
    add(name, `By ${attribute}, groups differ by ${points} percentage points in ${words}.`);
  }
  for (const [name, words] of RATIOS) {
    const figure = metrics[name];
    if (!figure?.interval || figure.interval.upper >= FOUR_FIFTHS) continue;
    add(name, `By ${attribute}, ${words} ${(100 * figure.value!).toFixed(0)} % of the other's.`);
  }
  return found;
}

const RATIOS = [
  ['demographic-parity-ratio', 'one group is told yes at a rate that is'],
  ['error-ratio', "one group's error is"],
] as const;
