/** A column and a direction. */
export interface Sort {
  readonly by: string;
  readonly descending: boolean;
}

/** `-metrics.loss` is descending. */
export const parseSort = (text: string | undefined): Sort | undefined =>
  text ? { by: text.replace(/^-/, ''), descending: text.startsWith('-') } : undefined;

export const writeSort = ({ by, descending }: Sort): string => `${descending ? '-' : ''}${by}`;

/** What a column's button does next: the way that it is read first, then the other. */
export const nextSort = (now: Sort | undefined, by: string, descendingFirst: boolean): Sort => ({
  by,
  descending: now?.by === by ? !now.descending : descendingFirst,
});

type Sortable = string | number | undefined;

/** A sorted copy; what has no value comes last in both directions. */
export function sortRows<R>(
  rows: readonly R[],
  read: (row: R) => Sortable,
  descending: boolean,
): R[] {
  const missing = (value: Sortable) => value === undefined || Number.isNaN(value);
  return rows.toSorted((left, right) => {
    const [a, b] = [read(left), read(right)];
    if (missing(a) || missing(b)) return Number(missing(a)) - Number(missing(b));
    const order =
      typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
    return descending ? -order : order;
  });
}
