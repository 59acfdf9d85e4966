import type { ClassScores } from '#core/table/scores.ts';
import type { Finding } from '../../schema.ts';

/** What the probabilities are good for. */
export interface Soundness {
  /** There are numbers to rank rows by. */
  readonly ranks: boolean;
  /** They lie between 0 and 1, so that they can be taken at their word. */
  readonly probabilities: boolean;
  readonly findings: readonly Finding[];
}

/** Looks at every probability once. */
export function soundness({ probabilities }: ClassScores): Soundness {
  if (!probabilities) {
    const message =
      'The model answers with labels only, so metrics of probabilities (ROC AUC, log loss, calibration …) are undefined.';
    return unsound({ severity: 'info', code: 'no-probabilities', message });
  }
  let undefinedOnes = 0;
  let outside = 0;
  for (const value of probabilities) {
    if (Number.isNaN(value)) undefinedOnes++;
    else if (value < 0 || value > 1 + ROUNDING) outside++;
  }
  if (undefinedOnes > 0) {
    const message = `${undefinedOnes} of ${probabilities.length} probabilities are NaN; metrics of probabilities are undefined.`;
    return unsound({ severity: 'critical', code: 'undefined-probabilities', message });
  }
  if (outside === 0) return { ranks: true, probabilities: true, findings: [] };
  const message = `${outside} of ${probabilities.length} probabilities are not between 0 and 1; log loss, Brier score and calibration are undefined.`;
  const finding: Finding = { severity: 'warning', code: 'unsound-probabilities', message };
  return { ranks: true, probabilities: false, findings: [finding] };
}

/** A sum of float32 terms may exceed 1 by this. */
const ROUNDING = 1e-6;

const unsound = (finding: Finding): Soundness => ({
  ranks: false,
  probabilities: false,
  findings: [finding],
});
