import type { Signature } from './schema.ts';

/** Of probabilities with so many columns; one probability for two classes is the second one's. */
export function classNames({ classes }: Pick<Signature, 'classes'>, width: number): string[] {
  if (classes && (classes.length === width || (width === 1 && classes.length === 2)))
    return classes;
  return Array.from({ length: width }, (_, i) => String(i));
}

/**
 * The class's name where a label is a class number, and the numbers are not the names themselves;
 * else undefined.
 */
export const nameOfNumber = (classes: readonly string[], label: string): string | undefined =>
  classes.includes(label) ? undefined : classes[Number(label)];
