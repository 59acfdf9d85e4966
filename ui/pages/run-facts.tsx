import type { Pair, Run } from '../api/mlflow.ts';
import { type Fact, Facts } from '../components/facts.tsx';
import { Table } from '../components/table.tsx';
import { duration, moment } from '../lib/format.ts';
import { useHere } from '../shell/place-context.tsx';

interface FactsProps {
  readonly run: Run;
  readonly tagOf: (name: string) => string | undefined;
}

/** Where, when and by whom. */
export function RunFacts({ run: { info }, tagOf }: FactsProps) {
  const { to } = useHere();
  const children = to(['experiments', info.experiment_id], {
    filter: `tags.\`mlflow.parentRunId\` = '${info.run_id}'`,
  });
  const rows: readonly Fact[] = [
    ['Run', <code key="id">{info.run_id}</code>],
    ['Started', moment(info.start_time)],
    [
      'Duration',
      info.end_time === undefined ? 'not ended' : duration(info.end_time - info.start_time),
    ],
    ['User', info.user_id || tagOf('mlflow.user')],
    ['Source', tagOf('mlflow.source.name')],
    ['Git commit', code(tagOf('mlflow.source.git.commit'))],
    [
      'Nested runs',
      <a key="children" href={children}>
        Runs below this one
      </a>,
    ],
  ];
  return <Facts of={rows} />;
}

const code = (text: string | undefined) => text && <code>{text}</code>;

interface PairsProps {
  readonly title: string;
  readonly name: string;
  readonly pairs: readonly Pair[];
}

/** Names and their values in full. */
export const Pairs = ({ title, name, pairs }: PairsProps) => (
  <section>
    <h2>{title}</h2>
    {pairs.length === 0 ? (
      <p class="muted">None.</p>
    ) : (
      <Table
        caption={title}
        columns={[
          { id: 'key', title: name, cell: ({ key }) => key },
          { id: 'value', title: 'Value', cell: ({ value }) => <span class="whole">{value}</span> },
        ]}
        rows={pairs.toSorted((a, b) => a.key.localeCompare(b.key))}
        keyOf={({ key }) => key}
      />
    )}
  </section>
);

/** The data that a run was given, and the models that it read and wrote. */
export function InputsAndOutputs({ run: { inputs, outputs } }: { run: Run }) {
  const datasets = inputs.dataset_inputs ?? [];
  const models = [
    ...(inputs.model_inputs ?? []).map(({ model_id: id }) => ({ id, way: 'read' })),
    ...(outputs.model_outputs ?? []).map(({ model_id: id, step }) => ({
      ...{ id, way: step > 0 ? `written at step ${step}` : 'written' },
    })),
  ];
  if (datasets.length === 0 && models.length === 0) return null;
  return (
    <section>
      <h2>Inputs and outputs</h2>
      {datasets.length > 0 && (
        <Table
          caption="Datasets"
          columns={[
            { id: 'name', title: 'Dataset', cell: ({ dataset }) => dataset.name },
            {
              id: 'context',
              title: 'Used for',
              cell: ({ tags }) => tags.map(({ value }) => value).join(', '),
            },
            { id: 'digest', title: 'Digest', cell: ({ dataset }) => <code>{dataset.digest}</code> },
            {
              id: 'source',
              title: 'Source',
              cell: ({ dataset }) => <span class="whole">{dataset.source}</span>,
            },
          ]}
          rows={datasets}
          keyOf={({ dataset, tags }) => `${dataset.name} ${dataset.digest} ${JSON.stringify(tags)}`}
        />
      )}
      {models.length > 0 && (
        <Table
          caption="Logged models"
          columns={[
            { id: 'id', title: 'Logged model', cell: ({ id }) => <code>{id}</code> },
            { id: 'way', title: 'Was', cell: ({ way }) => way },
          ]}
          rows={models}
          keyOf={({ id, way }) => `${id} ${way}`}
        />
      )}
    </section>
  );
}
