import type { Endpoint } from '../api/endpoint-types.ts';
import { listRevisions } from '../api/skiff.ts';
import { Await } from '../components/states.tsx';
import { type Column, Table } from '../components/table.tsx';
import { moment } from '../lib/format.ts';
import { useLoad } from '../lib/use-load.ts';

/** What was served before, the newest first. */
export function Revisions({ endpoint, current }: { endpoint: string; current: number }) {
  const found = useLoad(`${endpoint} ${current}`, (signal) =>
    listRevisions(endpoint, { limit: 10 }, signal),
  );
  return (
    <section>
      <h2>Revisions</h2>
      <Await of={found} what="revisions">
        {({ items }) => (
          <Table
            caption="The last revisions"
            columns={COLUMNS}
            rows={items}
            keyOf={({ revision }) => `${revision}`}
          />
        )}
      </Await>
    </section>
  );
}

const COLUMNS: readonly Column<Endpoint>[] = [
  { id: 'revision', title: 'Revision', cell: ({ revision }) => revision },
  { id: 'at', title: 'From', cell: ({ updatedAt }) => moment(updatedAt) },
  { id: 'by', title: 'By', cell: ({ updatedBy }) => updatedBy },
  {
    ...{ id: 'served', title: 'Served' },
    cell: ({ variants }) =>
      variants
        .map(({ name, model, version, weight }) => `${name}: ${model} ${version}, ${weight} %`)
        .join('; '),
  },
  { id: 'why', title: 'Why', cell: (one) => <span class="whole">{whyOf(one)}</span> },
];

function whyOf({ reason, stepFrom, restoredFrom, rolledBackFrom }: Endpoint): string {
  const facts = [
    rolledBackFrom !== undefined && `rolled back from ${rolledBackFrom}`,
    restoredFrom !== undefined && `as ${restoredFrom} was`,
    stepFrom !== undefined && `a step from ${stepFrom}`,
  ];
  return [reason, ...facts].filter(Boolean).join('; ');
}
