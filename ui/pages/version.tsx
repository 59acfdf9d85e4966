import { bytes } from '#shared/page/numbers.ts';
import { getVersion, listAliases, type VersionName } from '../api/skiff.ts';
import type { Version } from '../api/types.ts';
import { Facts, TagList } from '../components/facts.tsx';
import { StateBadge } from '../components/state-badge.tsx';
import { Await } from '../components/states.tsx';
import { Table } from '../components/table.tsx';
import { figure, moment } from '../lib/format.ts';
import { useInterval } from '../lib/use-interval.ts';
import { useLoad } from '../lib/use-load.ts';
import { Heading } from '../shell/heading.tsx';
import { useHere } from '../shell/place-context.tsx';
import type { PageProps } from './page.ts';
import { Examinations } from './version-examinations.tsx';
import { LineageParts, RunLink } from './version-lineage.tsx';
import { Signature } from './version-signature.tsx';

/** How often a version that is being examined is looked at, while somebody sees the page. */
const EVERY_MS = 5000;

/** A version: what it takes and gives, where it came from, and what its examinations found. */
export function VersionPage({ params: { model = '', version: number = '' } }: PageProps) {
  const { to } = useHere();
  const name: VersionName = [model, number];
  const found = useLoad(`${model}/${number}`, async (signal) => {
    const [version, aliases] = await Promise.all([
      getVersion(name, signal),
      listAliases(model, signal),
    ]);
    const own = aliases.items.filter((alias) => alias.version === version.version);
    return { version, aliases: own.map(({ alias }) => alias) };
  });
  const status = found.data?.version.status;
  useInterval(found.poll, status === 'validating' ? EVERY_MS : undefined);
  return (
    <>
      <Heading
        title={`${model}, version ${number}`}
        trail={[
          { name: 'Models', href: to(['models']) },
          { name: model, href: to(['models', model]) },
        ]}
      >
        {status && <StateBadge of={status} />}
        {found.data?.aliases.map((alias) => (
          <span key={alias} class="badge">
            @{alias}
          </span>
        ))}
        {found.data && (
          <a class="button" href={to(['models', model, 'versions', number, 'card'])}>
            Model card
          </a>
        )}
      </Heading>
      <Await of={found} what="the version">
        {({ version }) => (
          <>
            <About version={version} />
            <Metrics version={version} />
            <Examinations name={name} current={`${version.validation} ${version.status}`} />
            <Signature signature={version.signature} />
            <LineageParts lineage={version.lineage} />
          </>
        )}
      </Await>
    </>
  );
}

function About({ version }: { version: Version }) {
  const { artifact, graph, mlflow, lineage } = version;
  const run = mlflow?.runId ?? lineage.run?.id;
  return (
    <>
      {version.description && <p class="words">{version.description}</p>}
      <Facts
        of={[
          ['Created', moment(version.createdAt)],
          ['By', version.createdBy],
          ['Stage', mlflow?.stage],
          ['Run', run && <RunLink run={run} name={lineage.run?.name ?? run} />],
          ['Size', bytes(artifact.sizeBytes)],
          ['Parameters', figure(graph.parameterCount)],
          ['Made with', [graph.producer.name, graph.producer.version].join(' ').trim()],
          ['SHA-256', <code key="digest">{artifact.sha256.slice(0, 16)}…</code>],
        ]}
      />
      <TagList tags={version.tags} />
      {[...artifact.changes, ...(mlflow?.notes ?? [])].map((note) => (
        <p key={note} class="note">
          {note}
        </p>
      ))}
    </>
  );
}

/** Those that were sent along at registration; what Skiff measured is with the examination. */
function Metrics({ version: { metrics } }: { version: Version }) {
  const { training = {}, validation = {} } = metrics;
  const names = [...new Set([...Object.keys(training), ...Object.keys(validation)])].sort();
  if (names.length === 0) return null;
  const shown = (value: number | undefined) => (value === undefined ? '–' : figure(value));
  return (
    <section>
      <h2>Metrics sent along</h2>
      <Table
        caption="Metrics that were sent along"
        columns={[
          { id: 'name', title: 'Metric', cell: (name) => name },
          ...(['training', 'validation'] as const).map((of) => ({
            ...{ id: of, title: of === 'training' ? 'Training' : 'Validation', numeric: true },
            cell: (name: string) => shown(metrics[of]?.[name]),
          })),
        ]}
        rows={names}
        keyOf={(name) => name}
      />
    </section>
  );
}
