import type { ComponentChildren } from 'preact';
import { nextSort, type Sort } from '../lib/sort.ts';

export interface Column<R> {
  readonly id: string;
  readonly title: ComponentChildren;
  /** A line above the title, such as `metrics`. */
  readonly group?: string;
  /** Aligned by its digits, and sorted from the largest first. */
  readonly numeric?: boolean;
  readonly sortable?: boolean;
  readonly cell: (row: R) => ComponentChildren;
}

export interface Selection {
  readonly keys: ReadonlySet<string>;
  readonly onChange: (keys: readonly string[], selected: boolean) => void;
}

interface Props<R> {
  /** What is in it, for those who do not see it. */
  readonly caption: string;
  /** The first names its row. */
  readonly columns: readonly Column<R>[];
  readonly rows: readonly R[];
  readonly keyOf: (row: R) => string;
  /** Names the row for its checkbox. */
  readonly nameOf?: (row: R) => string;
  readonly sort?: Sort | undefined;
  readonly onSort?: (sort: Sort) => void;
  readonly selection?: Selection;
  readonly busy?: boolean;
}

/** A table that scrolls sideways by itself; arrow keys go from row to row in the same column. */
export function Table<R>(props: Props<R>) {
  const { caption, columns, rows, keyOf, nameOf = keyOf, selection, busy = false } = props;
  const keys = rows.map(keyOf);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="scroll" aria-label={caption} aria-busy={busy} tabIndex={0}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {selection && (
              <th scope="col" class="check">
                <CheckAll keys={keys} selection={selection} />
              </th>
            )}
            {columns.map((column) => (
              <Head key={column.id} column={column} sort={props.sort} onSort={props.onSort} />
            ))}
          </tr>
        </thead>
        <tbody onKeyDown={moveFocus}>
          {rows.map((row, i) => (
            <tr key={keys[i]} class={selection?.keys.has(keys[i] as string) ? 'chosen' : undefined}>
              {selection && (
                <td class="check">
                  <input
                    type="checkbox"
                    aria-label={`Select ${nameOf(row)}`}
                    checked={selection.keys.has(keys[i] as string)}
                    onChange={({ currentTarget }) =>
                      selection.onChange([keys[i] as string], currentTarget.checked)
                    }
                  />
                </td>
              )}
              {columns.map(({ id, numeric, cell }, c) =>
                c === 0 ? (
                  <th key={id} scope="row" class={numeric ? 'number' : undefined}>
                    {cell(row)}
                  </th>
                ) : (
                  <td key={id} class={numeric ? 'number' : undefined}>
                    {cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function CheckAll({ keys, selection }: { keys: readonly string[]; selection: Selection }) {
  const chosen = keys.filter((key) => selection.keys.has(key)).length;
  const all = chosen > 0 && chosen === keys.length;
  return (
    <input
      type="checkbox"
      aria-label="Select all on this page"
      checked={all}
      indeterminate={chosen > 0 && !all}
      onChange={() => selection.onChange(keys, !all)}
    />
  );
}

interface HeadProps<R> {
  readonly column: Column<R>;
  readonly sort: Sort | undefined;
  readonly onSort: ((sort: Sort) => void) | undefined;
}

function Head<R>({ column, sort, onSort }: HeadProps<R>) {
  const { id, title, group, numeric = false, sortable = false } = column;
  const sorted = sort?.by === id;
  const direction = sorted ? (sort.descending ? 'descending' : 'ascending') : undefined;
  const words = (
    <>
      {group && <span class="of">{group}</span>}
      {title}
    </>
  );
  return (
    <th scope="col" class={numeric ? 'number' : undefined} aria-sort={direction}>
      {sortable && onSort ? (
        <button type="button" class="sort" onClick={() => onSort(nextSort(sort, id, numeric))}>
          {words}
          <span class={`arrow ${direction ?? ''}`} aria-hidden="true" />
        </button>
      ) : (
        words
      )}
    </th>
  );
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

/** To the same column of the next row that has something to focus there. */
function moveFocus(event: KeyboardEvent): void {
  const step = STEPS[event.key];
  const cell = (event.target as Element).closest<HTMLTableCellElement>('td, th');
  const row = cell?.parentElement as HTMLTableRowElement | null;
  const body = row?.parentElement as HTMLTableSectionElement | null;
  if (step === undefined || !cell || !row || !body) return;
  const next = body.rows[row.sectionRowIndex + step]?.cells[cell.cellIndex];
  const target = next?.querySelector<HTMLElement>('a, button, input');
  if (!target) return;
  event.preventDefault();
  target.focus();
}
