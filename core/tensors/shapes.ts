import { AppError, invalidField } from '../errors.ts';
import type { Dimension } from '../signature/schema.ts';

/** Sizes that named axes took in one request: a name stands for one size. */
export type AxisSizes = Map<string, number>;

/** Number of elements of a shape that was checked before. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (let i = 0; i < shape.length; i++) count *= shape[i] as number;
  return count;
}

/**
 * Checks that a shape from outside is a list of sizes and fits what the model declares.
 * @param field where the shape stands, such as `inputs[0].shape`
 * @param axes filled with the sizes of named axes; undefined where no name occurs twice
 */
export function checkShape(
  given: unknown,
  declared: readonly Dimension[],
  field: string,
  axes?: AxisSizes,
): readonly number[] {
  if (!Array.isArray(given)) throw invalidField(field, 'must be an array of sizes');
  if (given.length !== declared.length) {
    throw invalidField(
      field,
      `has ${given.length} axes where the model takes ${declared.length}: ${describe(declared)}`,
    );
  }
  for (let axis = 0; axis < declared.length; axis++) {
    const size: unknown = given[axis];
    const wanted = declared[axis] as Dimension;
    if (size === wanted && (size as number) >= 0) continue;
    checkAxis(size, wanted, `${field}[${axis}]`, axes);
  }
  if (!Number.isSafeInteger(elementCount(given))) {
    throw new AppError('invalid', `${field}: has more elements than any request can carry`, {
      fields: [{ field, message: 'has more elements than any request can carry' }],
    });
  }
  return given;
}

function checkAxis(size: unknown, wanted: Dimension, field: string, axes?: AxisSizes): void {
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw invalidField(field, 'must be a whole number, 0 or more');
  }
  if (wanted === -1) return;
  if (typeof wanted === 'number') throw invalidField(field, `must be ${wanted}, not ${size}`);
  if (!axes) return;
  const before = axes.get(wanted);
  if (before === undefined) axes.set(wanted, size);
  else if (before !== size) {
    throw invalidField(field, `is ${size}, but axis "${wanted}" is ${before} elsewhere`);
  }
}

const describe = (shape: readonly Dimension[]): string => `[${shape.join(', ')}]`;

/** True where one axis name stands in more than one place. */
export function sharesAxes(shapes: readonly (readonly Dimension[])[]): boolean {
  const names = shapes.flat().filter((size) => typeof size === 'string');
  return new Set(names).size < names.length;
}
