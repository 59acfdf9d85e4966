import type { Clause } from './filter.ts';
import type { Ordering } from './order.ts';
import { latestFirst, NAN_CODE, sortableDouble, sortableText } from './sortable.ts';

/*
 * How a search is answered from indexes. Each run has an entry in an index of its experiment's runs
 * by time, and one in an index for each metric, param and tag that it has. The keys of entries
 * within an index: code of the value, `\u0001`, time with the latest first, `#`, id.
 */

export interface Index {
  readonly kind: 'time' | 'metric' | 'param' | 'tag';
  /** Empty where there is one such index for an experiment. */
  readonly key: string;
}

/** A part of an index: keys from `from`, and up to but without `to`. */
export interface Range extends Index {
  readonly from: string;
  readonly to: string;
}

/** An order that an index has. */
export interface Walk extends Index {
  readonly ascending: boolean;
}

export interface Plan {
  /** Each holds all that the filter can match; those for one value only are `exact`. */
  readonly ranges: readonly (Range & { readonly exact: boolean })[];
  /** The ids that the filter names. */
  readonly ids?: readonly string[];
  /** Absent: what matches has to be sorted. */
  readonly walk?: Walk;
}

export const TIME: Index = { kind: 'time', key: '' };
export const SEPARATOR = '\u0001';
/** Follows every key that begins with what is before it. */
const AFTER = '\u{10ffff}';
const NEXT = '\u0002';
const NAME_TAG = 'mlflow.runName';

/** The key of an entry. @param code of its value @param time ms since 1970 */
export const entryKey = (code: string, time: number, id: string): string =>
  `${code}${SEPARATOR}${latestFirst(time)}#${id}`;

export function parseEntryKey(key: string): { code: string; suffix: string; id: string } {
  const cut = key.lastIndexOf(SEPARATOR);
  const suffix = key.slice(cut + 1);
  return { code: key.slice(0, cut), suffix, id: suffix.slice(suffix.indexOf('#') + 1) };
}

export const whole = (index: Index): Range => ({ ...index, from: '', to: AFTER });
/** The entries of one value. */
export const group = (index: Index, code: string): Range => ({
  ...index,
  from: `${code}${SEPARATOR}`,
  to: `${code}${NEXT}`,
});
export const codeOf = (kind: Index['kind'], value: string | number): string => {
  if (kind === 'time') return latestFirst(Number(value));
  return typeof value === 'number' ? sortableDouble(value) : sortableText(value);
};
/** What an index has in an order: NaN is apart, at the end of both. */
export const ordered = (index: Index): Range =>
  index.kind === 'metric' ? { ...index, from: '', to: NAN_CODE } : whole(index);

export function planSearch(clauses: readonly Clause[], orderings: readonly Ordering[]): Plan {
  const named = clauses.filter(({ entity, key }) => entity === 'attribute' && key === 'run_id');
  const ids = named.flatMap(({ comparator, value }) => {
    if (comparator === '=') return [[String(value)]];
    return comparator === 'IN' ? [value as readonly string[]] : [];
  });
  const walk = walkOf(orderings);
  return {
    ranges: clauses.flatMap(rangeOf),
    ...(ids[0] && { ids: ids[0] }),
    ...(walk && { walk }),
  };
}

/** Ties go by time, the latest first, in every index: that may be asked for too. */
function walkOf([first, second, ...more]: readonly Ordering[]): Walk | undefined {
  if (!first) return { ...TIME, ascending: true };
  const isDefault = (o: Ordering) => indexOf(o) === TIME && !o.ascending;
  if (more.length > 0 || (second && (isDefault(first) || !isDefault(second)))) return undefined;
  const index = indexOf(first);
  if (!index) return undefined;
  // The keys of times run backwards.
  return { ...index, ascending: index === TIME ? !first.ascending : first.ascending };
}

/** Where values of a column are found in order. */
function indexOf({ entity, key }: Pick<Clause, 'entity' | 'key'>): Index | undefined {
  if (entity === 'dataset') return undefined;
  if (entity !== 'attribute') return { kind: entity, key };
  if (key === 'start_time') return TIME;
  return key === 'run_name' ? { kind: 'tag', key: NAME_TAG } : undefined;
}

function rangeOf(clause: Clause): (Range & { exact: boolean })[] {
  const index = indexOf(clause);
  const bounds = index && boundsOf(index.kind, clause);
  return bounds ? [{ ...index, ...bounds }] : [];
}

interface Bounds {
  readonly from: string;
  readonly to: string;
  readonly exact: boolean;
}

const EVERYTHING: Bounds = { from: '', to: AFTER, exact: false };

function boundsOf(kind: Index['kind'], { comparator, value }: Clause): Bounds | undefined {
  if (comparator === 'IS NULL') return undefined;
  // Of times everything has one; of the others, whoever has none does not match.
  const present = kind === 'time' ? undefined : EVERYTHING;
  if (comparator === 'LIKE') return prefixed(String(value).split(/[%_]/, 1)[0] ?? '');
  if (typeof value !== 'string' && typeof value !== 'number') return present;
  if (comparator === '!=' || comparator === 'ILIKE') return present;
  const code = codeOf(kind, value);
  const [before, after] = [code, `${code}${NEXT}`];
  if (comparator === '=') return { from: `${code}${SEPARATOR}`, to: after, exact: true };
  const inclusive = comparator.endsWith('=');
  // The keys of times run backwards.
  const upwards = comparator.startsWith('>') !== (kind === 'time');
  return upwards
    ? { ...EVERYTHING, from: inclusive ? before : after }
    : { ...EVERYTHING, to: inclusive ? after : before };
}

const prefixed = (text: string): Bounds => {
  const from = sortableText(text);
  return { from, to: `${from}${AFTER}`, exact: false };
};
