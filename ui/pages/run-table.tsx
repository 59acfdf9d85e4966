import type { Run } from '../api/mlflow.ts';
import { titleOfColumn } from '../components/column-chooser.tsx';
import { Status, StatusDot } from '../components/status.tsx';
import type { Column } from '../components/table.tsx';
import { duration, figure, moment } from '../lib/format.ts';
import { splitColumn, valueOfRun } from '../lib/run-columns.ts';

/** The columns of a table of runs: the run's name, then those of these names. */
export function runColumns(
  names: readonly string[],
  hrefOf: (run: string) => string,
): Column<Run>[] {
  const name: Column<Run> = {
    ...{ id: 'run_name', title: titleOfColumn('run_name'), sortable: true },
    cell: ({ info }) => (
      <span class="run-name">
        <StatusDot of={info.status} />
        <a href={hrefOf(info.run_id)}>{info.run_name || info.run_id}</a>
        {info.lifecycle_stage === 'deleted' && <span class="badge">deleted</span>}
      </span>
    ),
  };
  return [name, ...names.map(columnOf)];
}

function columnOf(id: string): Column<Run> {
  const { entity } = splitColumn(id);
  return {
    ...{ id, title: titleOfColumn(id), sortable: id !== 'duration' },
    ...(entity !== 'attributes' && { group: entity }),
    numeric: entity === 'metrics' || id === 'start_time' || id === 'duration',
    cell: (run) => cellOf(run, id),
  };
}

function cellOf(run: Run, column: string) {
  if (column === 'status') return <Status of={run.info.status} />;
  const value = valueOfRun(run, column);
  if (value === undefined) return <span class="muted">–</span>;
  if (column === 'start_time') return moment(value);
  if (column === 'duration') return duration(Number(value));
  if (typeof value === 'number') return figure(value);
  return <span title={value.length > 30 ? value : undefined}>{value}</span>;
}
