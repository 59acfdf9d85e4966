import type { Endpoint } from '../api/endpoint-types.ts';
import { listEndpoints, readMetrics } from '../api/skiff.ts';
import { Pager } from '../components/pager.tsx';
import { Await, Empty } from '../components/states.tsx';
import { type Column, Table } from '../components/table.tsx';
import { ago, figure, moment } from '../lib/format.ts';
import { type EndpointFigures, figuresOf, parseMetrics } from '../lib/prometheus.ts';
import { useInterval } from '../lib/use-interval.ts';
import { useLoad } from '../lib/use-load.ts';
import { usePages } from '../lib/use-pages.ts';
import { Heading } from '../shell/heading.tsx';
import { useHere } from '../shell/place-context.tsx';

const PAGE_SIZE = 50;
const EVERY_MS = 30_000;

type Row = Endpoint & { readonly today: EndpointFigures | undefined };

/** All endpoints, with what they did today and which alarms ring. */
export function Endpoints() {
  const { to } = useHere();
  const pages = usePages();
  const found = useLoad(JSON.stringify([pages.token]), (signal) =>
    listEndpoints({ limit: PAGE_SIZE, cursor: pages.token }, signal),
  );
  const today = useLoad('', async (signal) => figuresOf(parseMetrics(await readMetrics(signal))));
  useInterval(today.poll, EVERY_MS);
  const columns: Column<Row>[] = [
    {
      ...{ id: 'name', title: 'Endpoint' },
      cell: ({ name }) => <a href={to(['endpoints', name])}>{name}</a>,
    },
    {
      ...{ id: 'health', title: 'Health' },
      cell: ({ today: figures }) => figures && <Health of={figures} />,
    },
    {
      ...{ id: 'requests', title: 'Requests', group: 'today, UTC', numeric: true },
      cell: ({ today: figures }) => (figures ? figure(figures.requests) : '–'),
    },
    {
      ...{ id: 'failures', title: 'Failures', group: 'today, UTC', numeric: true },
      cell: ({ today: figures }) => (figures ? figure(figures.failures) : '–'),
    },
    { id: 'variants', title: 'Serves', cell: ({ variants }) => servesLine(variants) },
    { id: 'revision', title: 'Revision', numeric: true, cell: ({ revision }) => revision },
    {
      ...{ id: 'changed', title: 'Changed', numeric: true },
      cell: ({ updatedAt }) => (
        <time dateTime={updatedAt} title={moment(updatedAt)}>
          {ago(Date.parse(updatedAt), Date.now())}
        </time>
      ),
    },
    { id: 'by', title: 'By', cell: ({ updatedBy }) => updatedBy },
  ];
  return (
    <>
      <Heading title="Endpoints" />
      <Await of={found} what="endpoints">
        {({ items, nextCursor }) =>
          items.length === 0 && pages.first === 0 ? (
            <Empty>
              <p>There is no endpoint yet. One is made with PUT /api/v1/endpoints/… of the API.</p>
            </Empty>
          ) : (
            <>
              <Table
                caption="Endpoints"
                columns={columns}
                rows={items.map((one) => ({ ...one, today: today.data?.get(one.name) }))}
                keyOf={({ name }) => name}
                busy={found.busy}
              />
              <Pager pages={pages} shown={items.length} next={nextCursor} />
            </>
          )
        }
      </Await>
    </>
  );
}

function Health({ of: { raised, watched } }: { of: EndpointFigures }) {
  if (raised.length > 0) return <span class="badge bad">{raised.join(', ')}</span>;
  return watched ? (
    <span class="badge good">no alarm</span>
  ) : (
    <span class="muted">not watched</span>
  );
}

/** `churn 3 (90 %), churn 4 (10 %)` */
const servesLine = (variants: Endpoint['variants']): string =>
  variants
    .map(({ model, version, weight }) =>
      variants.length === 1 ? `${model} ${version}` : `${model} ${version} (${weight} %)`,
    )
    .join(', ');
