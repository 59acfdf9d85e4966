import type { Finding } from '../../schema.ts';
import { type Examined, isIdLike, realShift } from './examine-column.ts';

/** Shares and distances from which a person should look. */
const LIMITS = {
  missing: 0.2,
  nearlyConstant: 0.99,
  outliers: 0.01,
  leakage: 0.995,
  shift: 0.25,
  slightShift: 0.1,
};

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
const short = (value: number): string => String(Number(value.toPrecision(3)));

/** What is worth saying of one column, in words. */
export function columnFindings({ evidence, summary, unseenShare }: Examined): Finding[] {
  const { column, missing, leakage, outOfContract, unseenCategories } = evidence;
  const shift = realShift(evidence);
  const found: [boolean, Finding['severity'], string, string][] = [
    [missing === 1, 'warning', 'empty-column', 'has no values at all'],
    [
      missing > LIMITS.missing && missing < 1,
      'warning',
      'missing-values',
      `has no value in ${percent(missing)} of the rows`,
    ],
    [
      summary.infinite > 0,
      'warning',
      'infinite-values',
      `is infinite in ${percent(summary.infinite)} of the rows`,
    ],
    [
      summary.distinct === 1,
      'warning',
      'constant-column',
      'has the same value in every row: it can tell the model nothing',
    ],
    [
      summary.distinct > 1 && summary.mostFrequent > LIMITS.nearlyConstant,
      'info',
      'nearly-constant-column',
      `has one value in ${percent(summary.mostFrequent)} of the rows`,
    ],
    [
      (evidence.outliers ?? 0) > LIMITS.outliers,
      'info',
      'outliers',
      `lies beyond three interquartile ranges from its quartiles in ${percent(evidence.outliers ?? 0)} of the rows`,
    ],
    [
      (outOfContract ?? 0) > 0,
      'warning',
      'out-of-contract',
      `has values in ${percent(outOfContract ?? 0)} of the rows that the signature does not allow`,
    ],
    [
      unseenShare > 0,
      'warning',
      'unseen-categories',
      `has values in ${percent(unseenShare)} of the rows that neither contract nor training data know: ${(
        unseenCategories ?? []
      )
        .slice(0, 5)
        .map((name) => JSON.stringify(name))
        .join(', ')}`,
    ],
    [
      isIdLike(evidence.kind, summary),
      'info',
      'id-like-column',
      'has another text in nearly every row, like an identifier',
    ],
    [
      (leakage ?? 0) > LIMITS.leakage,
      'warning',
      'leakage-suspect',
      `alone tells ${percent(leakage ?? 0)} of the label: check that it is known when predictions are made`,
    ],
    [
      shift > LIMITS.shift,
      'warning',
      'shifted',
      `has moved from the training data (population stability index ${short(shift)})`,
    ],
    [
      shift > LIMITS.slightShift && shift <= LIMITS.shift,
      'info',
      'slightly-shifted',
      `has moved a little from the training data (population stability index ${short(shift)})`,
    ],
  ];
  return found
    .filter(([is]) => is)
    .map(([, severity, code, says]) => ({
      severity,
      code,
      message: `"${column}" ${says}.`,
      where: column,
    }));
}

export function duplicateFindings(duplicates: number, rows: number): Finding[] {
  if (duplicates === 0) return [];
  const message = `${duplicates} of ${rows} rows are equal to an earlier one in every column.`;
  return [
    { severity: duplicates / rows > 0.05 ? 'warning' : 'info', code: 'duplicate-rows', message },
  ];
}

const FEW_ROWS = 10;

/** @param rows with a label */
export function labelFindings(
  labels: readonly { label: string; share: number }[],
  rows: number,
): Finding[] {
  return labels
    .filter(({ share }) => share * rows < FEW_ROWS)
    .map(({ label, share }) => ({
      severity: 'warning',
      code: 'rare-label',
      message: `The label ${JSON.stringify(label)} is there in ${Math.round(share * rows)} rows only: what is measured on them is uncertain.`,
      where: label,
    }));
}
