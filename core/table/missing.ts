/** What stands for a missing value in a CSV file: the texts that pandas.read_csv takes for one. */
const MISSING: ReadonlySet<string> = new Set([
  '',
  'NA',
  'N/A',
  'n/a',
  '#N/A',
  '#N/A N/A',
  '#NA',
  '<NA>',
  'NaN',
  'nan',
  '-NaN',
  '-nan',
  'null',
  'NULL',
  'None',
  '-1.#IND',
  '-1.#QNAN',
  '1.#IND',
  '1.#QNAN',
]);

export const isMissingText = (text: string): boolean => MISSING.has(text);

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INTEGER = /^[+-]?\d+$/;
const INFINITY = /^([+-]?)inf(?:inity)?$/i;

/**
 * The number that a text is, undefined where it is none. Integers beyond 2⁵³ are none, because as
 * numbers they would change: they are names of things more often than amounts.
 */
export function parseNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (NUMBER.test(trimmed)) {
    const value = Number(trimmed);
    return INTEGER.test(trimmed) && !Number.isSafeInteger(value) ? undefined : value;
  }
  const infinite = INFINITY.exec(trimmed);
  if (!infinite) return undefined;
  return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
