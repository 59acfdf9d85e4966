import { quantileOfSorted } from '#core/stats/bootstrap.ts';
import { type Column, isMissing, type NumericColumn, type TextColumn } from '#core/table/table.ts';

/** Which group each row belongs to. Every group has rows. */
export interface Grouping {
  /** A column, or two joined by ` × `. */
  readonly attribute: string;
  readonly names: readonly string[];
  /** Position of the group by row. */
  readonly codes: Int32Array;
}

/** Numbers with more distinct values than this are cut into quartiles. */
export const MAX_DISTINCT_NUMBERS = 10;
/** The smallest groups beyond this many are judged together. */
export const MAX_GROUPS = 50;

const MISSING = '(missing)';

/** Texts and few-valued numbers by value, other numbers by quartile; gaps are a group too. */
export function groupsOf(column: Column): Grouping {
  const { names, codes } = column.kind === 'text' ? byText(column) : byNumber(column);
  const missing = names.length;
  const whole = codes.map((code, row) => (isMissing(column, row) ? missing : code));
  return tidy({ attribute: column.name, names: [...names, MISSING], codes: whole });
}

/** Every combination of two attributes' groups that occurs. */
export function crossed(a: Grouping, b: Grouping): Grouping {
  const names = a.names.flatMap((first) => b.names.map((second) => `${first} × ${second}`));
  const codes = a.codes.map((code, row) => code * b.names.length + b.codes[row]!);
  return tidy({ attribute: `${a.attribute} × ${b.attribute}`, names, codes });
}

/** Rows in each group. */
export function groupSizes({ names, codes }: Grouping): Float64Array {
  const sizes = new Float64Array(names.length);
  for (const code of codes) sizes[code]!++;
  return sizes;
}

interface Groups {
  readonly names: readonly string[];
  readonly codes: Int32Array;
}

const byText = ({ categories, codes }: TextColumn): Groups => ({ names: categories, codes });

function byNumber({ values }: NumericColumn): Groups {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const distinct = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
  if (distinct.length <= MAX_DISTINCT_NUMBERS) {
    const positions = new Map([...distinct].map((value, i) => [value, i]));
    const codes = Int32Array.from(values, (value) => positions.get(value) ?? -1);
    return { names: [...distinct].map(String), codes };
  }
  return byQuartile(values, sorted);
}

function byQuartile(values: Float64Array, sorted: Float64Array): Groups {
  const quantiles = [0, 0.25, 0.5, 0.75, 1].map((share) => short(quantileOfSorted(sorted, share)));
  const edges = [...new Set(quantiles)];
  const inner = edges.slice(1, -1);
  const codes = Int32Array.from(values, (value) => inner.filter((edge) => edge <= value).length);
  const names = edges.slice(1).map((upper, i) => {
    const last = i === edges.length - 2;
    return `[${edges[i]}, ${upper}${last ? ']' : ')'}`;
  });
  return { names, codes };
}

/** Edges as a person would write them; rows are sorted in by what is written. */
const short = (value: number): number => Number(value.toPrecision(6));

/** Drops groups without rows and joins the smallest ones beyond the limit. */
function tidy(grouping: Grouping): Grouping {
  const sizes = groupSizes(grouping);
  const used = grouping.names.map((_, code) => code).filter((code) => sizes[code]! > 0);
  const largest = [...used].sort((a, b) => sizes[b]! - sizes[a]!).slice(0, MAX_GROUPS);
  const kept = used.length > MAX_GROUPS ? used.filter((code) => largest.includes(code)) : used;
  const positions = new Int32Array(grouping.names.length).fill(kept.length);
  for (const [position, code] of kept.entries()) positions[code] = position;
  const names = kept.map((code) => grouping.names[code]!);
  const others = used.length - kept.length;
  return {
    attribute: grouping.attribute,
    names: others > 0 ? [...names, `(${others} others)`] : names,
    codes: grouping.codes.map((code) => positions[code]!),
  };
}
