import { AppError } from '#core/errors.ts';
import { type Column, columnsOf } from './columns.ts';
import type { Target } from './predict.ts';

const known = new WeakMap<Target, ReadonlyMap<string, Column> | undefined>();

/** The columns of a variant's model, worked out once; undefined where its inputs are not rows. */
export function findColumns(target: Target): ReadonlyMap<string, Column> | undefined {
  if (!known.has(target)) known.set(target, columnsOf(target.variant.signature));
  return known.get(target);
}

/** @throws AppError `unprocessable` where the model's inputs cannot be read as rows */
export function columnsFor(target: Target): ReadonlyMap<string, Column> {
  const columns = findColumns(target);
  if (columns) return columns;
  throw new AppError(
    'unprocessable',
    `the inputs of "${target.endpoint.name}" are not rows of columns: send tensors to /v2/models/${target.endpoint.name}/infer`,
  );
}
