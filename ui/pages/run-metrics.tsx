import type { Metric, Run } from '../api/mlflow.ts';
import { CurveControls } from '../charts/curve-controls.tsx';
import { RunCurve } from '../charts/run-curve.tsx';
import { SearchBox } from '../components/search-box.tsx';
import { type Column, Table } from '../components/table.tsx';
import { figure, moment } from '../lib/format.ts';
import { joinNames, splitNames } from '../lib/place.ts';
import { useHere } from '../shell/place-context.tsx';

/** The latest of each metric, and the curves of those that have one. */
export function Metrics({ run }: { run: Run }) {
  const { query, setQuery } = useHere();
  const word = (query.metric ?? '').toLowerCase();
  const all = run.data.metrics.toSorted((a, b) => a.key.localeCompare(b.key));
  // Whether there is more than one point is not said: a step above 0 shows it for most.
  const usual = all.filter(({ step }) => step > 0).map(({ key }) => key);
  const drawn = query.curves === undefined ? usual : splitNames(query.curves);
  const found = all.filter(({ key }) => key.toLowerCase().includes(word));
  const toggle = (key: string, on: boolean) =>
    setQuery({
      curves: joinNames(on ? [...drawn, key] : drawn.filter((one) => one !== key)) || ',',
    });
  if (all.length === 0) {
    return (
      <section>
        <h2>Metrics</h2>
        <p class="muted">None.</p>
      </section>
    );
  }
  const of = { run: run.info.run_id, name: run.info.run_name, start: run.info.start_time };
  const curves = found.filter(({ key }) => drawn.includes(key));
  return (
    <section>
      <h2>Metrics</h2>
      <div class="controls">
        {all.length > 5 && (
          <SearchBox
            label="Name"
            value={query.metric ?? ''}
            after={200}
            onSearch={(metric) => setQuery({ metric })}
          />
        )}
        {curves.length > 0 && <CurveControls />}
      </div>
      {curves.length > 0 && (
        <div class="curves">
          {curves.map(({ key, step, timestamp }) => (
            <RunCurve key={key} metric={key} runs={[of]} version={`${step} ${timestamp}`} />
          ))}
        </div>
      )}
      <Table
        caption="The latest of each metric"
        columns={columns(drawn, toggle)}
        rows={found}
        keyOf={({ key }) => key}
      />
    </section>
  );
}

function columns(
  drawn: readonly string[],
  toggle: (key: string, on: boolean) => void,
): Column<Metric>[] {
  return [
    { id: 'key', title: 'Metric', cell: ({ key }) => key },
    { id: 'value', title: 'Latest', numeric: true, cell: ({ value }) => figure(Number(value)) },
    { id: 'step', title: 'Step', numeric: true, cell: ({ step }) => figure(step) },
    { id: 'at', title: 'At', numeric: true, cell: ({ timestamp }) => moment(timestamp) },
    {
      ...{ id: 'curve', title: 'Curve' },
      cell: ({ key }) => (
        <input
          type="checkbox"
          aria-label={`Draw ${key}`}
          checked={drawn.includes(key)}
          onChange={({ currentTarget }) => toggle(key, currentTarget.checked)}
        />
      ),
    },
  ];
}
