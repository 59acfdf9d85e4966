import { getModel, listAliases, listVersions } from '../api/skiff.ts';
import type { Alias, Model, Version } from '../api/types.ts';
import { Facts, TagList } from '../components/facts.tsx';
import { Pager } from '../components/pager.tsx';
import { StateBadge } from '../components/state-badge.tsx';
import { Await, Empty } from '../components/states.tsx';
import { type Column, Table } from '../components/table.tsx';
import { ago, figure, moment } from '../lib/format.ts';
import { useLoad } from '../lib/use-load.ts';
import { usePages } from '../lib/use-pages.ts';
import { Heading } from '../shell/heading.tsx';
import { useHere } from '../shell/place-context.tsx';
import type { PageProps } from './page.ts';

const PAGE_SIZE = 50;

/** A model: what it is for, its versions, and the names that point at them. */
export function ModelPage({ params: { model: name = '' } }: PageProps) {
  const { to } = useHere();
  const found = useLoad(name, async (signal) => {
    const [model, aliases] = await Promise.all([getModel(name, signal), listAliases(name, signal)]);
    return { model, aliases: aliases.items };
  });
  return (
    <>
      <Heading title={name} trail={[{ name: 'Models', href: to(['models']) }]}>
        {found.data && <span class="badge">{found.data.model.task}</span>}
      </Heading>
      <Await of={found} what="the model">
        {({ model, aliases }) => (
          <>
            <About model={model} aliases={aliases} />
            <Versions model={name} aliases={aliases} />
          </>
        )}
      </Await>
    </>
  );
}

interface AboutProps {
  readonly model: Model;
  readonly aliases: readonly Alias[];
}

function About({ model, aliases }: AboutProps) {
  const { to } = useHere();
  return (
    <>
      {model.description && <p class="words">{model.description}</p>}
      <Facts
        of={[
          ['Owner', model.owner],
          ['Policy', model.policy],
          ['Created', moment(model.createdAt)],
          ['Changed', moment(model.updatedAt)],
          ...aliases.map(
            ({ alias, version }) =>
              [
                `@${alias}`,
                <a key={alias} href={to(['models', model.name, 'versions', `${version}`])}>
                  version {version}
                </a>,
              ] as const,
          ),
        ]}
      />
      <TagList tags={model.tags} />
    </>
  );
}

function Versions({ model, aliases }: { model: string; aliases: readonly Alias[] }) {
  const { to } = useHere();
  const pages = usePages();
  const found = useLoad(JSON.stringify([model, pages.token]), (signal) =>
    listVersions(model, { limit: PAGE_SIZE, cursor: pages.token }, signal),
  );
  const columns = versionColumns(aliases, (version) =>
    to(['models', model, 'versions', `${version}`]),
  );
  return (
    <section>
      <h2>Versions</h2>
      <Await of={found} what="versions">
        {({ items, nextCursor }) =>
          items.length === 0 && pages.first === 0 ? (
            <Empty>
              <p>This model has no version yet.</p>
            </Empty>
          ) : (
            <>
              <Table
                caption="Versions, the newest first"
                columns={columns}
                rows={items}
                keyOf={({ version }) => `${version}`}
                busy={found.busy}
              />
              <Pager pages={pages} shown={items.length} next={nextCursor} />
            </>
          )
        }
      </Await>
    </section>
  );
}

const versionColumns = (
  aliases: readonly Alias[],
  hrefOf: (version: number) => string,
): Column<Version>[] => [
  {
    ...{ id: 'version', title: 'Version' },
    cell: ({ version }) => (
      <>
        <a href={hrefOf(version)}>Version {version}</a>
        {aliases
          .filter((alias) => alias.version === version)
          .map(({ alias }) => (
            <span key={alias} class="badge">
              @{alias}
            </span>
          ))}
      </>
    ),
  },
  {
    ...{ id: 'status', title: 'Status' },
    cell: ({ status, mlflow }) => (
      <>
        <StateBadge of={status} />
        {mlflow?.stage && <span class="badge">{mlflow.stage}</span>}
      </>
    ),
  },
  { id: 'metrics', title: 'Metrics', cell: ({ metrics }) => metricsLine(metrics) },
  { id: 'about', title: 'About', cell: ({ description }) => description },
  {
    ...{ id: 'created', title: 'Created', numeric: true },
    cell: ({ createdAt }) => (
      <time dateTime={createdAt} title={moment(createdAt)}>
        {ago(Date.parse(createdAt), Date.now())}
      </time>
    ),
  },
  { id: 'by', title: 'By', cell: ({ createdBy }) => createdBy },
];

/** The first three that were sent along, those on validation data before those on training data. */
const metricsLine = ({ validation, training }: Version['metrics']): string =>
  Object.entries({ ...validation, ...training })
    .slice(0, 3)
    .map(([name, value]) => `${name} ${figure(value)}`)
    .join(' · ');
