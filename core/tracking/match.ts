import type { Clause } from './filter.ts';
import type { Ordering } from './order.ts';
import { compareTexts } from './sortable.ts';

/** What can be searched, as far as searches look at it. */
export interface Subject {
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  readonly metrics: ReadonlyMap<string, number>;
  readonly params: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
  readonly datasets: readonly { name: string; digest: string; context?: string | undefined }[];
}

type Value = string | number | undefined;

/** Whether all conditions hold. What is not there fulfils none, `!=` neither. */
export const matches = (clauses: readonly Clause[], subject: Subject): boolean =>
  clauses.every((clause) => holds(clause, subject));

function holds(clause: Clause, subject: Subject): boolean {
  if (clause.entity === 'dataset') {
    return subject.datasets.some((dataset) =>
      compare(dataset[clause.key as 'name' | 'digest' | 'context'], clause),
    );
  }
  const value = columnOf(clause, subject);
  if (clause.comparator === 'IS NULL') return value === undefined;
  if (clause.comparator === 'IS NOT NULL') return value !== undefined;
  return compare(value, clause);
}

export function columnOf({ entity, key }: Pick<Ordering, 'entity' | 'key'>, of: Subject): Value {
  if (entity === 'metric') return of.metrics.get(key);
  if (entity === 'param') return of.params.get(key);
  if (entity === 'tag') return of.tags.get(key);
  return of.attributes[key];
}

function compare(value: Value, { comparator, value: wanted }: Clause): boolean {
  if (value === undefined || wanted === undefined) return false;
  // Of one type: the language takes numbers for numbers only.
  const order = compareValues(value, wanted as Exclude<Value, undefined>);
  switch (comparator) {
    case '=':
      return value === wanted;
    case '!=':
      return value !== wanted;
    case '<':
      return order < 0;
    case '<=':
      return order < 0 || value === wanted;
    case '>':
      return order > 0;
    case '>=':
      return order > 0 || value === wanted;
    case 'IN':
      return (wanted as readonly string[]).includes(String(value));
    case 'NOT IN':
      return !(wanted as readonly string[]).includes(String(value));
    default:
      return isLike(String(value), String(wanted), comparator === 'ILIKE');
  }
}

/**
 * SQL's LIKE: `%` for any characters, `_` for one. By hand and not by a regular expression, which a
 * pattern of many `%` could keep busy for ever.
 */
export function isLike(text: string, pattern: string, foldCase: boolean): boolean {
  const [t, p] = foldCase ? [text.toLowerCase(), pattern.toLowerCase()] : [text, pattern];
  const [characters, wanted] = [[...t], [...p]];
  let [i, j, star, from] = [0, 0, -1, 0];
  while (i < characters.length) {
    if (wanted[j] === '%') {
      star = j++;
      from = i;
    } else if (j < wanted.length && (wanted[j] === '_' || wanted[j] === characters[i])) {
      i++;
      j++;
    } else if (star >= 0) {
      j = star + 1;
      i = ++from;
    } else return false;
  }
  return wanted.slice(j).every((character) => character === '%');
}

/**
 * The order of two values of one column: numbers and texts first, in its direction; then NaN, then
 * what is not there, in both directions.
 */
export function compareBy(ascending: boolean, a: Value, b: Value): number {
  const byKind = kindOf(a) - kindOf(b);
  if (byKind !== 0 || kindOf(a) > 0) return byKind;
  const order = compareValues(a as number, b as number);
  return ascending ? order : -order;
}

/** Of one type; texts as an index has them. */
const compareValues = (a: string | number, b: string | number): number =>
  typeof a === 'string' && typeof b === 'string'
    ? compareTexts(a, b)
    : Number(a > b) - Number(a < b);

const kindOf = (value: Value): number => {
  if (value === undefined) return 2;
  return Number.isNaN(value) ? 1 : 0;
};
