import type { Run } from '../api/mlflow.ts';
import { titleOfColumn } from '../components/column-chooser.tsx';
import { StatusDot } from '../components/status.tsx';
import { type Column, Table } from '../components/table.tsx';
import { type Difference, differencesOf } from '../lib/comparison.ts';
import { figure } from '../lib/format.ts';
import { splitColumn } from '../lib/run-columns.ts';
import { useHere } from '../shell/place-context.tsx';

const MOST_COLUMNS = 12;

interface Props {
  readonly runs: readonly Run[];
  readonly hrefOf: (run: Run) => string;
}

/** Params, metrics and tags side by side; what is another than in the first run stands out. */
export function CompareTable({ runs, hrefOf }: Props) {
  const { query, setQuery } = useHere();
  const all = query.same === 'true';
  const shown = runs.slice(0, MOST_COLUMNS);
  const rows = differencesOf(shown).filter(({ differs }) => all || differs);
  const name: Column<Difference> = {
    ...{ id: 'name', title: 'Name' },
    cell: ({ column }) => (
      <>
        {titleOfColumn(column)} <span class="of">{splitColumn(column).entity}</span>
      </>
    ),
  };
  return (
    <section>
      <div class="section-head">
        <h2>Differences</h2>
        <label class="tick">
          <input
            type="checkbox"
            checked={all}
            onChange={({ currentTarget }) => setQuery({ same: currentTarget.checked })}
          />
          Show what is the same, too
        </label>
      </div>
      {rows.length === 0 ? (
        <p class="muted">These runs do not differ.</p>
      ) : (
        <Table
          caption="Differences between runs"
          columns={[name, ...shown.map((run, i) => columnOf(run, i, hrefOf))]}
          rows={rows}
          keyOf={({ column }) => column}
        />
      )}
      {runs.length > shown.length && (
        <p class="note">
          The first {shown.length} of {runs.length} runs.
        </p>
      )}
    </section>
  );
}

const columnOf = (run: Run, index: number, hrefOf: Props['hrefOf']): Column<Difference> => ({
  id: run.info.run_id,
  title: (
    <span class="run-name">
      <StatusDot of={run.info.status} />
      <a href={hrefOf(run)}>{run.info.run_name || run.info.run_id}</a>
    </span>
  ),
  cell: ({ values }) => {
    const value = values[index];
    const text = value === undefined ? '–' : typeof value === 'number' ? figure(value) : value;
    const isOther = !Object.is(value, values[0]);
    return <span class={isOther ? 'differs' : undefined}>{text}</span>;
  },
});
