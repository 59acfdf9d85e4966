import { getRun, type Run } from '../api/mlflow.ts';
import { Await } from '../components/states.tsx';
import { Status } from '../components/status.tsx';
import { useInterval } from '../lib/use-interval.ts';
import { useLoad } from '../lib/use-load.ts';
import { Heading } from '../shell/heading.tsx';
import { useHere } from '../shell/place-context.tsx';
import type { PageProps } from './page.ts';
import { Artifacts } from './run-artifacts.tsx';
import { InputsAndOutputs, Pairs, RunFacts } from './run-facts.tsx';
import { Metrics } from './run-metrics.tsx';

/** How often a run that is at work is looked at, while somebody sees the page. */
const EVERY_MS = 5000;

/** A run: what it was given, what it found, and its curves, live while it is at work. */
export function RunPage({ params: { experiment = '', run: id = '' } }: PageProps) {
  const { workspace, to } = useHere();
  const found = useLoad(id, (signal) => getRun(workspace, id, signal));
  const run = found.data;
  useInterval(found.poll, run?.info.status === 'RUNNING' ? EVERY_MS : undefined);
  const above = tagOf(run, 'mlflow.parentRunId');
  return (
    <>
      <Heading
        title={run?.info.run_name ?? (found.error ? 'Run' : '')}
        trail={[
          { name: 'Experiments', href: to(['experiments']) },
          { name: 'Runs', href: to(['experiments', experiment]) },
          ...(above
            ? [{ name: 'Parent run', href: to(['experiments', experiment, 'runs', above]) }]
            : []),
        ]}
      >
        {run && <Status of={run.info.status} />}
        {run?.info.lifecycle_stage === 'deleted' && <span class="badge bad">deleted</span>}
      </Heading>
      <Await of={found} what="the run">
        {(data) => <Body run={data} />}
      </Await>
    </>
  );
}

const tagOf = (run: Run | undefined, name: string): string | undefined =>
  run?.data.tags.find(({ key }) => key === name)?.value;

function Body({ run }: { run: Run }) {
  const note = tagOf(run, 'mlflow.note.content');
  const tags = run.data.tags.filter(({ key }) => !key.startsWith('mlflow.'));
  return (
    <>
      {note && <p class="words">{note}</p>}
      <RunFacts run={run} tagOf={(name) => tagOf(run, name)} />
      <Metrics run={run} />
      <div class="columns">
        <Pairs title="Params" name="Param" pairs={run.data.params} />
        <Pairs title="Tags" name="Tag" pairs={tags} />
      </div>
      <InputsAndOutputs run={run} />
      <Artifacts run={run.info.run_id} />
    </>
  );
}
