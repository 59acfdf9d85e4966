import { listModels } from '../api/skiff.ts';
import type { Model } from '../api/types.ts';
import { Choice } from '../components/choice.tsx';
import { TagList } from '../components/facts.tsx';
import { Pager } from '../components/pager.tsx';
import { Await, Empty } from '../components/states.tsx';
import { type Column, Table } from '../components/table.tsx';
import { ago, moment } from '../lib/format.ts';
import { useLoad } from '../lib/use-load.ts';
import { FIRST_PAGE, usePages } from '../lib/use-pages.ts';
import { Heading } from '../shell/heading.tsx';
import { useHere } from '../shell/place-context.tsx';

const PAGE_SIZE = 50;
const TASKS = [
  ['', 'All tasks'],
  ['binary', 'Binary'],
  ['multiclass', 'Multiclass'],
  ['regression', 'Regression'],
  ['ranking', 'Ranking'],
  ['embedding', 'Embedding'],
  ['other', 'Other'],
] as const;
type Task = (typeof TASKS)[number][0];

export function Models() {
  const { query, to, setQuery } = useHere();
  const task: Task = TASKS.find(([one]) => one === query.task)?.[0] ?? '';
  const pages = usePages(task);
  const found = useLoad(JSON.stringify([task, pages.token]), (signal) =>
    listModels({ limit: PAGE_SIZE, cursor: pages.token, ...(task && { task }) }, signal),
  );
  const columns: Column<Model>[] = [
    {
      ...{ id: 'name', title: 'Model' },
      cell: ({ name }) => <a href={to(['models', name])}>{name}</a>,
    },
    { id: 'task', title: 'Task', cell: (model) => model.task },
    {
      ...{ id: 'latest', title: 'Newest version', numeric: true },
      cell: ({ name, latestVersion: latest }) =>
        latest === 0 ? (
          'none'
        ) : (
          <a href={to(['models', name, 'versions', `${latest}`])}>{latest}</a>
        ),
    },
    { id: 'owner', title: 'Owner', cell: ({ owner }) => owner },
    {
      ...{ id: 'changed', title: 'Changed', numeric: true },
      cell: ({ updatedAt }) => (
        <time dateTime={updatedAt} title={moment(updatedAt)}>
          {ago(Date.parse(updatedAt), Date.now())}
        </time>
      ),
    },
    { id: 'tags', title: 'Tags', cell: ({ tags }) => <TagList tags={tags} /> },
    { id: 'about', title: 'About', cell: ({ description }) => description },
  ];
  return (
    <>
      <Heading title="Models" />
      <div class="controls">
        <Choice
          label="Task"
          value={task}
          options={TASKS}
          onChange={(chosen) => setQuery({ task: chosen, ...FIRST_PAGE })}
        />
      </div>
      <Await of={found} what="models">
        {({ items, nextCursor }) =>
          items.length === 0 && pages.first === 0 ? (
            <Empty>
              <p>
                {task ? 'No model has this task.' : 'There is no model yet.'} Models are registered
                through the API, the command line, or by an MLflow client.
              </p>
            </Empty>
          ) : (
            <>
              <Table
                caption="Models"
                columns={columns}
                rows={items}
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
