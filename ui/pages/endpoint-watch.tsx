import type { Monitor, ReportSummary } from '../api/endpoint-types.ts';
import { listReports } from '../api/skiff.ts';
import { Facts } from '../components/facts.tsx';
import { StateBadge } from '../components/state-badge.tsx';
import { Await } from '../components/states.tsx';
import { type Column, Table } from '../components/table.tsx';
import { figure, moment } from '../lib/format.ts';
import { useLoad } from '../lib/use-load.ts';
import { useHere } from '../shell/place-context.tsx';

interface Props {
  readonly endpoint: string;
  readonly monitor: Monitor | undefined;
}

/** What its monitor says: which alarms ring, and the reports of the last windows. */
export function Watch({ endpoint, monitor }: Props) {
  const { to } = useHere();
  const found = useLoad(JSON.stringify([endpoint, monitor?.next]), (signal) =>
    listReports(endpoint, { limit: 10 }, signal),
  );
  const columns = reportColumns((id) => to(['endpoints', endpoint, 'reports', id]));
  return (
    <section>
      <h2>Health</h2>
      {monitor ? (
        <Facts
          of={[
            ['Alarms raised', monitor.raised.length === 0 ? 'none' : monitor.raised.join(', ')],
            ['Windows', `${monitor.window.minutes} minutes`],
            ['Next window from', moment(monitor.next)],
          ]}
        />
      ) : (
        <p class="muted">No monitor watches this endpoint.</p>
      )}
      <Await of={found} what="reports">
        {({ items }) =>
          items.length === 0 ? (
            <p class="muted">There is no report yet.</p>
          ) : (
            <Table
              caption="Reports, the newest window first"
              columns={columns}
              rows={items}
              keyOf={({ id }) => id}
            />
          )
        }
      </Await>
    </section>
  );
}

const reportColumns = (hrefOf: (id: string) => string): Column<ReportSummary>[] => [
  {
    ...{ id: 'window', title: 'Window' },
    cell: ({ id, from, to }) => (
      <a href={hrefOf(id)}>
        {moment(from)} to {moment(to).slice(-5)}
      </a>
    ),
  },
  { id: 'status', title: 'Data', cell: ({ status }) => <StateBadge of={status} /> },
  {
    ...{ id: 'alarms', title: 'Beyond its threshold' },
    cell: ({ alarms }) => (
      <span class="whole">
        {alarms
          .filter(({ breached }) => breached)
          .map(({ alarm, value }) => `${alarm} ${value === null ? '' : figure(value)}`.trim())
          .join(', ') || 'nothing'}
      </span>
    ),
  },
  { id: 'rows', title: 'Rows', numeric: true, cell: ({ rows }) => figure(rows) },
  { id: 'labels', title: 'Labels', numeric: true, cell: ({ labels }) => figure(labels) },
];
