import { useMemo } from 'preact/hooks';
import type { Run } from '../api/mlflow.ts';
import { Parallel } from '../charts/parallel.tsx';
import { Scatter } from '../charts/scatter.tsx';
import { ColumnChooser } from '../components/column-chooser.tsx';
import { Await, Empty } from '../components/states.tsx';
import { axisOf, isWithin, parseRanges, usualAxes, writeRanges } from '../lib/comparison.ts';
import { joinNames, splitNames } from '../lib/place.ts';
import { columnsOf } from '../lib/run-columns.ts';
import { useLoad } from '../lib/use-load.ts';
import { Heading } from '../shell/heading.tsx';
import { useHere } from '../shell/place-context.tsx';
import { CompareCurves } from './compare-curves.tsx';
import { CompareTable } from './compare-table.tsx';
import { findCompared, MOST_COMPARED } from './compared.ts';
import type { PageProps } from './page.ts';

/** Runs side by side: those that were chosen, or the first ones that a search of runs finds. */
export function Compare({ params: { experiment = '' } }: PageProps) {
  const { workspace, query, to } = useHere();
  const { runs: ids, filter, view, sort } = query;
  const wanted = { workspace, experiment, ...{ ids: splitNames(ids), filter, view, sort } };
  const found = useLoad(JSON.stringify(wanted), (signal) => findCompared(wanted, signal));
  return (
    <>
      <Heading
        title={
          found.data
            ? `${found.data.length} ${found.data.length === 1 ? 'run' : 'runs'} compared`
            : 'Comparison'
        }
        trail={[
          { name: 'Experiments', href: to(['experiments']) },
          {
            name: 'Runs',
            href: to(['experiments', experiment], { filter, view, sort, pick: ids }),
          },
        ]}
      >
        {found.data?.length === MOST_COMPARED && (
          <span class="note">the first {MOST_COMPARED} of those that were found</span>
        )}
      </Heading>
      <Await of={found} what="runs">
        {(runs) =>
          runs.length === 0 ? (
            <Empty>
              <p>There is no run to compare.</p>
            </Empty>
          ) : (
            <Comparison runs={runs} />
          )
        }
      </Await>
    </>
  );
}

function Comparison({ runs }: { runs: readonly Run[] }) {
  const { query, to, setQuery } = useHere();
  const all = useMemo(() => columnsOf(runs).filter((column) => axisOf(column, runs)), [runs]);
  const chosen = query.axes;
  const axes = useMemo(() => {
    const names = chosen === undefined ? usualAxes(runs) : splitNames(chosen);
    return names.flatMap((column) => axisOf(column, runs) ?? []);
  }, [runs, chosen]);
  const ranges = parseRanges(splitNames(query.ranges));
  const within = new Set(runs.filter((run) => isWithin(run, axes, ranges)));
  const hrefOf = ({ info }: Run) => to(['experiments', info.experiment_id, 'runs', info.run_id]);
  const drawn = { runs, within, hrefOf };
  return (
    <>
      <section>
        <div class="section-head">
          <h2>Parallel coordinates</h2>
          <ColumnChooser
            label="Axes"
            all={all}
            shown={axes.map(({ column }) => column)}
            onChange={(columns) => setQuery({ axes: joinNames(columns) })}
            onReset={() => setQuery({ axes: undefined, ranges: undefined })}
          />
        </div>
        <Parallel
          {...drawn}
          axes={axes}
          ranges={ranges}
          onRanges={(next) => setQuery({ ranges: joinNames(writeRanges(next)) })}
        />
      </section>
      <Scatter {...drawn} all={all} />
      <CompareCurves runs={runs.filter((run) => within.has(run))} />
      <CompareTable runs={runs.filter((run) => within.has(run))} hrefOf={hrefOf} />
    </>
  );
}
