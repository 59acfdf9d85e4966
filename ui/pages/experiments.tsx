import { type Experiment, searchExperiments } from '../api/mlflow.ts';
import { Choice } from '../components/choice.tsx';
import { Pager } from '../components/pager.tsx';
import { SearchBox } from '../components/search-box.tsx';
import { Await, Empty } from '../components/states.tsx';
import { type Column, Table } from '../components/table.tsx';
import { ago, moment } from '../lib/format.ts';
import { orderClause, quoteText } from '../lib/quote.ts';
import { parseSort, writeSort } from '../lib/sort.ts';
import { useLoad } from '../lib/use-load.ts';
import { FIRST_PAGE, usePages } from '../lib/use-pages.ts';
import { VIEWS, viewOf } from '../lib/views.ts';
import { Heading } from '../shell/heading.tsx';
import { useHere } from '../shell/place-context.tsx';

const PAGE_SIZE = 100;

export function Experiments() {
  const { workspace, query, to, setQuery } = useHere();
  const [name = '', view] = [query.name, viewOf(query.view)];
  const sort = parseSort(query.sort) ?? { by: 'last_update_time', descending: true };
  const pages = usePages(JSON.stringify([name, view, sort]));
  const found = useLoad(JSON.stringify([name, view, sort, pages.token]), (signal) => {
    const search = {
      ...(name && { filter: `name ILIKE ${quoteText(`%${name}%`)}` }),
      ...{ order_by: [orderClause(sort.by, sort.descending)], view_type: view },
      ...{ max_results: PAGE_SIZE, page_token: pages.token },
    };
    return searchExperiments(workspace, search, signal);
  });
  const columns: Column<Experiment>[] = [
    {
      ...{ id: 'name', title: 'Experiment', sortable: true },
      cell: ({ experiment_id, name: title, lifecycle_stage }) => (
        <>
          <a href={to(['experiments', experiment_id])}>{title}</a>
          {lifecycle_stage === 'deleted' && <span class="badge">deleted</span>}
        </>
      ),
    },
    {
      ...{ id: 'last_update_time', title: 'Changed', sortable: true, numeric: true },
      cell: ({ last_update_time: at }) => (
        <time dateTime={new Date(at).toISOString()} title={moment(at)}>
          {ago(at, Date.now())}
        </time>
      ),
    },
    {
      ...{ id: 'creation_time', title: 'Created', sortable: true, numeric: true },
      cell: ({ creation_time: at }) => moment(at),
    },
    { id: 'id', title: 'Id', numeric: true, cell: ({ experiment_id }) => experiment_id },
  ];
  return (
    <>
      <Heading title="Experiments" />
      <div class="controls">
        <SearchBox
          label="Name"
          value={name}
          after={300}
          onSearch={(text) => setQuery({ name: text, ...FIRST_PAGE })}
        />
        <Choice
          label="Show"
          value={view}
          options={VIEWS}
          onChange={(chosen) => setQuery({ view: chosen, ...FIRST_PAGE })}
        />
      </div>
      <Await of={found} what="experiments">
        {({ items, next: nextToken }) =>
          items.length === 0 && pages.first === 0 ? (
            <Empty>
              <p>{name ? 'No experiment is called so here.' : 'There is no such experiment.'}</p>
            </Empty>
          ) : (
            <>
              <Table
                caption="Experiments"
                columns={columns}
                rows={items}
                keyOf={({ experiment_id }) => experiment_id}
                sort={sort}
                onSort={(by) => setQuery({ sort: writeSort(by), ...FIRST_PAGE })}
                busy={found.busy}
              />
              <Pager pages={pages} shown={items.length} next={nextToken} />
            </>
          )
        }
      </Await>
    </>
  );
}
