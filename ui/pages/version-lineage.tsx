import { getRun } from '../api/mlflow.ts';
import type { Lineage } from '../api/types.ts';
import { type Fact, Facts } from '../components/facts.tsx';
import { Table } from '../components/table.tsx';
import { useLoad } from '../lib/use-load.ts';
import { useHere } from '../shell/place-context.tsx';

/** Leads to the run, if there is one by this id in this workspace; otherwise it is only named. */
export function RunLink({ run, name }: { run: string; name: string }) {
  const { workspace, to } = useHere();
  const found = useLoad(run, (signal) => getRun(workspace, run, signal));
  const info = found.data?.info;
  if (!info) return <span>{name}</span>;
  const href = to(['experiments', info.experiment_id, 'runs', run]);
  return <a href={href}>{info.run_name || name}</a>;
}

/** Where a version came from, as far as it was said at registration. */
export function LineageParts({ lineage }: { lineage: Lineage }) {
  const { datasets = [], hyperparameters = {}, preprocessing = [] } = lineage;
  const facts = factsOf(lineage);
  const settings = Object.entries(hyperparameters);
  if (facts.length + datasets.length + settings.length + preprocessing.length === 0) {
    return (
      <section>
        <h2>Lineage</h2>
        <p class="muted">Nothing was said at registration of where this version came from.</p>
      </section>
    );
  }
  return (
    <section>
      <h2>Lineage</h2>
      <Facts of={facts} />
      {datasets.length > 0 && (
        <Table
          caption="Datasets"
          columns={[
            { id: 'name', title: 'Dataset', cell: (dataset) => dataset.name },
            { id: 'role', title: 'Used for', cell: ({ role }) => role },
            { id: 'rows', title: 'Rows', numeric: true, cell: ({ rows }) => rows ?? '–' },
            { id: 'digest', title: 'Digest', cell: ({ digest }) => <code>{digest}</code> },
            { id: 'source', title: 'Source', cell: ({ source }) => source },
          ]}
          rows={datasets}
          keyOf={({ name, role, digest }) => `${name} ${role} ${digest}`}
        />
      )}
      {settings.length > 0 && (
        <Table
          caption="Hyperparameters"
          columns={[
            { id: 'name', title: 'Hyperparameter', cell: ([name]) => name },
            {
              ...{ id: 'value', title: 'Value' },
              cell: ([, value]) => <span class="whole">{textOf(value)}</span>,
            },
          ]}
          rows={settings}
          keyOf={([name]) => name}
        />
      )}
      {preprocessing.length > 0 && (
        <p class="note">
          Before the model: {preprocessing.map(({ name }) => name).join(', then ')}
        </p>
      )}
    </section>
  );
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

function factsOf({ code, environment }: Lineage): Fact[] {
  const packages = Object.entries(environment?.packages ?? {});
  const facts: Fact[] = [
    ['Repository', code?.repository],
    ['Commit', code && <code>{code.dirty ? `${code.version}, changed` : code.version}</code>],
    ['Entry point', code?.entryPoint],
    [
      'Framework',
      [environment?.framework, environment?.frameworkVersion].filter(Boolean).join(' '),
    ],
    ['Python', environment?.python],
    ['Packages', packages.map(([name, version]) => `${name} ${version}`).join(', ')],
  ];
  return facts.filter(([, value]) => value);
}
