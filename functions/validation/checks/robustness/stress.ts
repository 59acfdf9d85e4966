import { AppError } from '#core/errors.ts';
import { pointsOf, type Space, tableFrom } from '#core/robustness/space.ts';
import { stressCases } from '#core/robustness/stress.ts';
import type { Scores } from '#core/table/scores.ts';
import { type Table, takeRows } from '#core/table/table.ts';
import type { Evidence } from '../../evidence.ts';
import type { Scorer } from '../../examination.ts';

type Perturbation = Evidence<'robustness'>['perturbations'][number];

const MAX_ROWS = 20;
/** Features that are put under stress, the first ones. */
const MAX_FEATURES = 100;

/**
 * What happens to values that should not occur, feature by feature: through the contract, as a
 * caller would send them, and past it, as the model alone would take them. Never throws.
 */
export async function putUnderStress(
  subject: Scorer,
  space: Space,
  table: Table,
): Promise<Perturbation[]> {
  const few = takeRows(table, spreadOut(table.rows));
  const points = pointsOf(space, few);
  const found: Perturbation[] = [];
  for (const checked of [true, false]) {
    const run = (data: Table) => tried(subject, data, checked);
    const clean = await run(tableFrom(space, points));
    found.push({ ...describe(clean, clean), name: 'none', checked });
    const limits = { missing: checked ? 'missing value' : 'NaN', limit: MAX_FEATURES };
    for (const { name, feature, ...one } of stressCases(space, points, limits)) {
      const outcome = await run(tableFrom(one.space, one.points));
      found.push({ ...describe(outcome, clean), name, feature, checked });
    }
  }
  return found;
}

/** Rows at equal steps: neighbours in a file are often alike. */
const spreadOut = (rows: number): number[] => {
  const wanted = Math.min(MAX_ROWS, rows);
  return Array.from({ length: wanted }, (_, i) => Math.floor((i * rows) / wanted));
};

type Tried = Scores | { readonly kind: 'error'; readonly error: unknown };

async function tried(subject: Scorer, table: Table, checked: boolean): Promise<Tried> {
  try {
    return await subject.score(table, { unchecked: !checked });
  } catch (error) {
    return { kind: 'error', error };
  }
}

function describe(outcome: Tried, clean: Tried): Omit<Perturbation, 'name' | 'checked'> {
  if (outcome.kind === 'error') return ofError(outcome.error);
  const changed = shareChanged(outcome, clean);
  const share = rowsWithoutNumber(outcome);
  if (share > 0) {
    const detail = `${(100 * share).toFixed(0)} % of the answers are NaN or infinite`;
    return { outcome: 'answered with NaN', changed, detail };
  }
  return { outcome: 'answered', changed, detail: '' };
}

const MAX_DETAIL = 300;

/** The contract names the field that it refuses; what the runtime says of a failed run does not. */
function ofError(error: unknown): Omit<Perturbation, 'name' | 'checked'> {
  const refused = error instanceof AppError && error.code === 'unprocessable';
  const detail = (error instanceof Error ? error.message : String(error)).slice(0, MAX_DETAIL);
  return { outcome: refused ? 'refused' : 'failed', changed: null, detail };
}

const numbersOf = (scores: Scores): Float64Array =>
  scores.kind === 'values' ? scores.values : (scores.probabilities ?? new Float64Array(0));

function rowsWithoutNumber(scores: Scores): number {
  const numbers = numbersOf(scores);
  const without = numbers.filter((value) => !Number.isFinite(value));
  return numbers.length === 0 ? 0 : without.length / numbers.length;
}

/** Labels that are others, or values that are; null where there is nothing to compare with. */
function shareChanged(scores: Scores, clean: Tried): number | null {
  if (clean.kind === 'error' || clean.kind !== scores.kind) return null;
  const [before, after] = [answersOf(clean), answersOf(scores)];
  const changed = Array.from(after).filter((value, row) => !Object.is(value, before[row]));
  return after.length === 0 ? null : changed.length / after.length;
}

const answersOf = (scores: Scores): ArrayLike<number> =>
  scores.kind === 'values' ? scores.values : scores.predicted;
