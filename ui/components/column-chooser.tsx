import { useId, useState } from 'preact/hooks';
import { splitColumn } from '../lib/run-columns.ts';
import { Menu } from './menu.tsx';

interface Props {
  readonly label?: string;
  /** In the order in which they are offered, by kind. */
  readonly all: readonly string[];
  readonly shown: readonly string[];
  readonly onChange: (shown: readonly string[]) => void;
  readonly onReset: () => void;
}

const KINDS = [
  ['attributes', 'Run'],
  ['metrics', 'Metrics'],
  ['params', 'Params'],
  ['tags', 'Tags'],
] as const;

/** Which columns a table has. Those that are added come last. */
export function ColumnChooser({ label = 'Columns', all, shown, onChange, onReset }: Props) {
  const [word, setWord] = useState('');
  const id = useId();
  const offered = all.filter((column) => column.toLowerCase().includes(word.toLowerCase()));
  const toggle = (column: string, on: boolean) =>
    onChange(on ? [...shown, column] : shown.filter((one) => one !== column));
  return (
    <Menu label={label} align="end">
      {() => (
        <>
          <div class="row">
            <label class="unseen" for={id}>
              Find a column
            </label>
            <input
              id={id}
              type="search"
              placeholder="find a column"
              value={word}
              onInput={({ currentTarget }) => setWord(currentTarget.value)}
            />
            <button type="button" onClick={onReset}>
              Reset
            </button>
          </div>
          {KINDS.map(([kind, name]) => {
            const columns = offered.filter((column) => splitColumn(column).entity === kind);
            if (columns.length === 0) return null;
            return (
              <fieldset key={kind}>
                <legend>{name}</legend>
                {columns.map((column) => (
                  <label key={column} class="tick">
                    <input
                      type="checkbox"
                      checked={shown.includes(column)}
                      onChange={({ currentTarget }) => toggle(column, currentTarget.checked)}
                    />
                    {titleOfColumn(column)}
                  </label>
                ))}
              </fieldset>
            );
          })}
        </>
      )}
    </Menu>
  );
}

const TITLES: Readonly<Record<string, string>> = {
  ...{ start_time: 'Started', duration: 'Duration', status: 'Status', user_id: 'User' },
  run_name: 'Run',
};

export function titleOfColumn(column: string): string {
  return TITLES[column] ?? splitColumn(column).key;
}
