import {
  type Block,
  facts,
  heading,
  list,
  note,
  type Section,
  table,
  text,
} from '#shared/page/blocks.ts';
import { bytes, day, metricName, number } from '#shared/page/numbers.ts';
import type { ModelCard } from '../schema.ts';

type Details = ModelCard['details'];

const NOT_RECORDED = 'not on record';

export const lineageSection = ({ lineage }: ModelCard): Section => ({
  id: 'lineage',
  title: 'Lineage',
  blocks: [
    facts([
      ['Run', joined(lineage.run)],
      ['Code', joined(lineage.code)],
      ['Environment', environmentOf(lineage.environment)],
    ]),
    ...namedValues('Hyperparameters', lineage.hyperparameters),
    ...namedValues('Packages', lineage.environment?.packages ?? null),
    heading('Preprocessing'),
    lineage.preprocessing && lineage.preprocessing.length > 0
      ? table(
          'Steps',
          ['Step', 'Columns', 'Parameters', 'Description'],
          lineage.preprocessing.map(({ name, columns, parameters, description }) => [
            name,
            columns?.join(', ') ?? 'all',
            parameters ? JSON.stringify(parameters) : '–',
            description ?? '–',
          ]),
        )
      : note(`Preprocessing is ${NOT_RECORDED}.`),
  ],
});

const joined = (named: Record<string, unknown> | null): string =>
  Object.entries(named ?? {})
    .map(([name, value]) => `${name}: ${shown(value)}`)
    .join(' · ') || NOT_RECORDED;

const shown = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

const environmentOf = (environment: ModelCard['lineage']['environment']): string =>
  [
    environment?.framework,
    environment?.frameworkVersion,
    environment?.python && `Python ${environment.python}`,
  ]
    .filter(Boolean)
    .join(' ') || NOT_RECORDED;

const namedValues = (title: string, named: Record<string, unknown> | null): Block[] => {
  const rows = Object.entries(named ?? {}).map(([name, value]) => [name, shown(value)]);
  const found = rows.length > 0 ? table(title, ['Name', 'Value'], rows) : undefined;
  return [heading(title), found ?? note(`${title} are ${NOT_RECORDED}.`)];
};

export function changesSection({ changes }: ModelCard): Section {
  const id = 'changes';
  if (!changes) {
    return { id, title: 'Changes', blocks: [note('This is the first version.')] };
  }
  const { since, signature, graph, lineage, metrics } = changes;
  const others = [...signature, ...graph, ...lineage];
  return {
    id,
    title: `Changes since version ${since}`,
    blocks: [
      others.length > 0
        ? table(
            'Signature, graph and lineage',
            ['What', 'Before', 'Now'],
            others.map(({ what, before, after }) => [what, before ?? '–', after ?? '–']),
          )
        : text('Signature, graph and lineage are the same.'),
      metrics.length > 0
        ? table(
            'Metrics',
            ['Metric', '#Before', '#Now', '#Difference'],
            metrics.map(({ metric, before, after, difference }) => [
              metricName(metric.replace('.', ': ')),
              number(before),
              number(after),
              number(difference),
            ]),
          )
        : note('No metric was measured on both versions with a different result.'),
    ],
  };
}

export const approvalsSection = ({ approvals }: ModelCard): Section => ({
  id: 'approvals',
  title: 'Approvals',
  blocks: [
    approvals.length > 0
      ? list(
          approvals.map(
            ({ actor, decision, reason, at }) =>
              `${day(at)}: ${actor} ${decision === 'approve' ? 'approved' : 'rejected'} — ${reason}`,
          ),
        )
      : note('No person has approved or rejected this version.'),
  ],
});

const MAX_LISTED = 100;

export const detailsSection = ({ details }: ModelCard): Section => ({
  id: 'details',
  title: 'Technical details',
  blocks: [
    facts([
      ['Task', details.task],
      ['Owner', details.owner],
      ['Registered', `${day(details.createdAt)} by ${details.createdBy}`],
      ['Licence', details.licence ?? NOT_RECORDED],
      ['Tags', joined(details.tags)],
      ['Format', `ONNX, IR ${details.irVersion}, ${opsets(details)}`],
      ['Size', bytes(details.artifact.sizeBytes)],
      ['Parameters', number(details.parameterCount)],
      ['SHA-256', details.artifact.sha256],
      ['Changed on arrival', details.artifact.changes.join('; ') || 'nothing'],
    ]),
    table(
      'Inputs and outputs',
      ['Name', 'Direction', 'Type', 'Shape'],
      [
        ...details.inputs.map((spec) => tensorRow(spec, 'input')),
        ...details.outputs.map((spec) => tensorRow(spec, 'output')),
      ],
    ),
    ...featureTable(details),
    table(
      'Operators',
      ['Operator', '#Count'],
      details.operators
        .slice(0, MAX_LISTED)
        .map(({ domain, name, count }) => [domain ? `${domain}.${name}` : name, number(count)]),
    ),
  ],
});

const opsets = ({ opsets: all }: Details): string =>
  all.map(({ domain, version }) => `${domain || 'ai.onnx'} ${version}`).join(', ');

const tensorRow = ({ name, datatype, shape }: Details['inputs'][number], direction: string) => [
  name,
  direction,
  datatype,
  `[${shape.join(', ')}]`,
];

function featureTable({ features }: Details): Block[] {
  if (!features) return [];
  const rest = features.length - MAX_LISTED;
  return [
    table(
      'Features',
      ['Name', 'Type', 'Unit', '#Least', '#Most', 'Categories', 'May be missing'],
      features
        .slice(0, MAX_LISTED)
        .map(({ name, type, unit, min, max, categories, nullable }) => [
          name,
          type,
          unit ?? '–',
          min === undefined ? '–' : number(min),
          max === undefined ? '–' : number(max),
          categories ? categories.slice(0, 20).join(', ') : '–',
          nullable ? 'yes' : 'no',
        ]),
    ),
    ...(rest > 0 ? [note(`${number(rest)} more features: the signature holds all.`)] : []),
  ];
}
