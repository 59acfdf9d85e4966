import { useRef } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import { getExperiment, type Run, searchRuns } from '../api/mlflow.ts';
import { Choice } from '../components/choice.tsx';
import { ColumnChooser } from '../components/column-chooser.tsx';
import { FirstSteps } from '../components/first-steps.tsx';
import { Pager } from '../components/pager.tsx';
import { SearchBox } from '../components/search-box.tsx';
import { Await, Empty, Failure } from '../components/states.tsx';
import { Table } from '../components/table.tsx';
import { joinNames, splitNames } from '../lib/place.ts';
import { orderClause } from '../lib/quote.ts';
import { ATTRIBUTES, columnsOf, usualColumns } from '../lib/run-columns.ts';
import { parseSort, writeSort } from '../lib/sort.ts';
import { useLoad } from '../lib/use-load.ts';
import { FIRST_PAGE, usePages } from '../lib/use-pages.ts';
import { VIEWS, viewOf } from '../lib/views.ts';
import { Heading } from '../shell/heading.tsx';
import { useHere } from '../shell/place-context.tsx';
import type { PageProps } from './page.ts';
import { runColumns } from './run-table.tsx';

const PAGE_SIZE = 100;

/** An experiment: the table of its runs, searched, sorted and paged by the API. */
export function Runs({ params: { experiment = '' } }: PageProps) {
  const { workspace, to } = useHere();
  const found = useLoad(experiment, (signal) => getExperiment(workspace, experiment, signal));
  const note = found.data?.tags.find(({ key }) => key === 'mlflow.note.content')?.value;
  return (
    <>
      <Heading
        title={found.data?.name ?? (found.error ? 'Experiment' : '')}
        trail={[{ name: 'Experiments', href: to(['experiments']) }]}
      >
        {found.data?.lifecycle_stage === 'deleted' && <span class="badge bad">deleted</span>}
      </Heading>
      {note && <p class="words">{note}</p>}
      {found.error ? (
        <Failure error={found.error} onRetry={found.reload} />
      ) : (
        <RunList experiment={experiment} name={found.data?.name ?? ''} />
      )}
    </>
  );
}

interface RunListProps {
  readonly experiment: string;
  /** Empty until it is known. */
  readonly name: string;
}

function RunList({ experiment, name }: RunListProps) {
  const { workspace, query, to, setQuery } = useHere();
  const [filter = '', view] = [query.filter, viewOf(query.view)];
  const sort = parseSort(query.sort) ?? { by: 'start_time', descending: true };
  const pages = usePages(JSON.stringify([filter, view, sort]));
  const key = JSON.stringify([filter, view, sort, pages.token]);
  const found = useLoad(key, (signal) => {
    const search = {
      ...{ experiment_ids: [experiment], filter, run_view_type: view },
      ...{ order_by: [orderClause(sort.by, sort.descending)] },
      ...{ max_results: PAGE_SIZE, page_token: pages.token },
    };
    return searchRuns(workspace, search, signal);
  });
  const all = useColumns(found.data?.items ?? []);
  const shown = query.cols === undefined ? usualColumns(all, sort.by) : splitNames(query.cols);
  const picked = splitNames(query.pick);
  const pick = (ids: readonly string[], on: boolean) => {
    const others = picked.filter((id) => !ids.includes(id));
    setQuery({ pick: joinNames(on ? [...others, ...ids] : others) });
  };
  // What the API says of a filter belongs to the filter; the table before it stays.
  const refusal = found.error instanceof ApiError && found.error.status === 400 && found.error;
  const settings = { filter, view: query.view, sort: query.sort };
  return (
    <>
      <div class="controls">
        <SearchBox
          label="Filter"
          placeholder="metrics.rmse < 3 and params.depth = '6'"
          value={filter}
          problem={refusal ? refusal.message : undefined}
          onSearch={(text) => setQuery({ filter: text, ...FIRST_PAGE })}
        />
        <Choice
          label="Show"
          value={view}
          options={VIEWS}
          onChange={(chosen) => setQuery({ view: chosen, ...FIRST_PAGE })}
        />
        <ColumnChooser
          all={[...ATTRIBUTES, ...all]}
          shown={shown}
          onChange={(columns) => setQuery({ cols: joinNames(columns) })}
          onReset={() => setQuery({ cols: undefined })}
        />
        <button type="button" onClick={found.reload}>
          Refresh
        </button>
      </div>
      <PickBar
        count={picked.length}
        href={to(
          ['experiments', experiment, 'compare'],
          picked.length > 0 ? { runs: joinNames(picked) } : settings,
        )}
        onClear={() => setQuery({ pick: undefined })}
      />
      <Await of={refusal ? { ...found, error: undefined } : found} what={refusal ? '' : 'runs'}>
        {({ items, next }) =>
          items.length === 0 && pages.first === 0 ? (
            <Empty>
              {filter || view !== 'ACTIVE_ONLY' ? <p>No run fits.</p> : <FirstSteps of={name} />}
            </Empty>
          ) : (
            <>
              <Table
                caption="Runs"
                columns={runColumns(shown, (run) => to(['experiments', experiment, 'runs', run]))}
                rows={items}
                keyOf={({ info }) => info.run_id}
                nameOf={({ info }) => info.run_name}
                sort={sort}
                onSort={(by) => setQuery({ sort: writeSort(by), ...FIRST_PAGE })}
                selection={{ keys: new Set(picked), onChange: pick }}
                busy={found.busy}
              />
              <Pager pages={pages} shown={items.length} next={next} />
            </>
          )
        }
      </Await>
    </>
  );
}

/** All columns of the runs that were seen so far: those of a page before stay in the chooser. */
function useColumns(runs: readonly Run[]): string[] {
  const seen = useRef<readonly Run[]>([]);
  const columns = useRef<string[]>([]);
  if (seen.current !== runs && runs.length > 0) {
    seen.current = runs;
    const now = columnsOf(runs);
    columns.current = [...now, ...columns.current.filter((column) => !now.includes(column))];
  }
  return columns.current;
}

interface PickBarProps {
  readonly count: number;
  readonly href: string;
  readonly onClear: () => void;
}

const PickBar = ({ count, href, onClear }: PickBarProps) => (
  <div class="row picked" aria-live="polite">
    <a class="button" href={href}>
      {count > 0
        ? `Compare ${count} ${count === 1 ? 'run' : 'runs'}`
        : 'Compare all that are found'}
    </a>
    {count > 0 && (
      <button type="button" class="quiet" onClick={onClear}>
        Clear the choice
      </button>
    )}
  </div>
);
