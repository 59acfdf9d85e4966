import { AppError } from '#core/errors.ts';
import { featuresOf } from '#core/signature/complete.ts';
import type { ClassScores } from '#core/table/scores.ts';
import type { Table } from '#core/table/table.ts';
import type { Examination } from '../examination.ts';

/**
 * Position of the class that counts as positive. Of several classes only one that was named; of two
 * the last one unless another was.
 *
 * @throws AppError `unprocessable` where the model does not know the class
 */
export function positiveOf(
  { task, settings, dataset }: Examination,
  { classes }: ClassScores,
): number | undefined {
  const asked = settings.positive ?? dataset?.positive;
  if (asked === undefined) return task === 'binary' ? classes.length - 1 : undefined;
  const at = classes.indexOf(asked);
  if (at >= 0) return at;
  const known = classes.map((name) => JSON.stringify(name)).join(', ');
  throw new AppError(
    'unprocessable',
    `positive class ${JSON.stringify(asked)} is not one of the model's classes: ${known}`,
  );
}

/** The class decided for each row: of two by the threshold, of several what the model said. */
export function decidedClasses(
  scores: ClassScores,
  positive: number | undefined,
  threshold: number,
): Int32Array {
  const { classes, predicted, probabilities } = scores;
  if (classes.length !== 2 || positive === undefined || !probabilities) return predicted;
  return predicted.map((_, row) =>
    probabilities[2 * row + positive]! >= threshold ? positive : 1 - positive,
  );
}

/** Probability of one class by row; undefined where one of them is not a probability. */
export function probabilitiesOf(
  { classes, predicted, probabilities }: ClassScores,
  at: number,
): Float64Array | undefined {
  if (!probabilities) return undefined;
  const own = Float64Array.from(predicted, (_, row) => probabilities[row * classes.length + at]!);
  // A sum of float32 terms may exceed 1 by a little.
  return own.every((p) => p >= 0 && p <= 1 + 1e-6) ? own : undefined;
}

/** Names of the columns that the model takes; without named features all but those that others use. */
export function featureColumns({ version, dataset }: Examination, table: Table): string[] {
  const features = featuresOf(version.signature);
  const known = features && new Set(features.map(({ name }) => name));
  const others = [dataset?.label, ...(dataset?.protectedAttributes ?? [])];
  const names = table.columns.map(({ name }) => name);
  return names.filter((name) => (known ? known.has(name) : !others.includes(name)));
}
