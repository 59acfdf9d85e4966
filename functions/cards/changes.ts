import type { CheckSummary } from '#slices/validation';
import type { CardFacts } from './facts.ts';
import type { ModelCard } from './schema.ts';

type Changes = NonNullable<ModelCard['changes']>;
type Change = Changes['graph'][number];

interface Side {
  readonly version: CardFacts['version'];
  readonly checks: readonly CheckSummary[];
}

const MAX_CHANGES = 200;
const MAX_TEXT = 200;

/** What is different from the version before. */
export function findChanges(before: Side, after: Side): Changes {
  return {
    since: before.version.version,
    signature: compare(signatureOf(before.version), signatureOf(after.version)),
    graph: compare(graphOf(before.version), graphOf(after.version)),
    lineage: compare(lineageOf(before.version), lineageOf(after.version)),
    metrics: compareMetrics(metricsOf(before), metricsOf(after)),
  };
}

type Facts = ReadonlyMap<string, string>;

/** What is on one side only, or different. */
const compare = (before: Facts, after: Facts): Change[] =>
  [...new Set([...before.keys(), ...after.keys()])]
    .map((what) => ({ what, before: before.get(what) ?? null, after: after.get(what) ?? null }))
    .filter((change) => change.before !== change.after)
    .slice(0, MAX_CHANGES);

const facts = (pairs: readonly (readonly [string, unknown])[]): Facts =>
  new Map(
    pairs.flatMap(([what, value]) => (value === undefined ? [] : [[what, textOf(value)] as const])),
  );

function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text;
}

const signatureOf = ({ signature }: Side['version']): Facts =>
  facts([
    ...[...signature.inputs, ...signature.outputs].map(
      ({ name, datatype, shape }) => [name, `${datatype}[${shape.join(', ')}]`] as const,
    ),
    ...(signature.features ?? []).map(
      ({ name, input: _, column: __, nullable, ...rest }) =>
        [`feature ${name}`, describeFeature({ ...rest, ...(nullable && { nullable }) })] as const,
    ),
    ['classes', signature.classes?.join(', ')],
  ]);

const describeFeature = ({ type, ...rest }: { type: string } & Record<string, unknown>): string =>
  Object.keys(rest).length === 0 ? type : `${type} ${JSON.stringify(rest)}`;

const graphOf = ({ graph, artifact }: Side['version']): Facts =>
  facts([
    ['parameters', graph.parameterCount],
    ['size in bytes', artifact.sizeBytes],
    ['producer', `${graph.producer.name} ${graph.producer.version}`.trim()],
    ...graph.opsets.map(
      ({ domain, version }) => [`opset ${domain || 'ai.onnx'}`, version] as const,
    ),
    ...graph.operators.map(
      ({ domain, name, count }) =>
        [`operator ${domain ? `${domain}.` : ''}${name}`, count] as const,
    ),
  ]);

const lineageOf = ({ lineage }: Side['version']): Facts =>
  facts([
    ['run', lineage.run?.id],
    ['code', lineage.code?.version],
    ['repository', lineage.code?.repository],
    ...(lineage.datasets ?? []).map(
      ({ name, role, digest }) => [`${role} data ${name}`, digest] as const,
    ),
    ...Object.entries(lineage.hyperparameters ?? {}).map(
      ([name, value]) => [`hyperparameter ${name}`, value] as const,
    ),
    ['framework', lineage.environment?.framework],
    ['framework version', lineage.environment?.frameworkVersion],
    ['Python', lineage.environment?.python],
    ...Object.entries(lineage.environment?.packages ?? {}).map(
      ([name, version]) => [`package ${name}`, version] as const,
    ),
    ...(lineage.preprocessing ?? []).map(
      ({ name, ...step }) => [`preprocessing ${name}`, step] as const,
    ),
  ]);

/** As given at registration, and as the checks measured. */
function metricsOf({ version, checks }: Side): Map<string, number> {
  const given = Object.entries(version.metrics.validation ?? {}).map(
    ([name, value]) => [`${name} (as given)`, value] as const,
  );
  const measured = checks.flatMap(({ check, figures }) =>
    Object.entries(figures ?? {}).flatMap(([name, { value }]) =>
      value === null ? [] : [[`${check}.${name}`, value] as const],
    ),
  );
  return new Map([...given, ...measured]);
}

const compareMetrics = (
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): Changes['metrics'] =>
  [...after]
    .flatMap(([metric, now]) => {
      const then = before.get(metric);
      const difference = now - (then ?? now);
      if (then === undefined || difference === 0 || !Number.isFinite(difference)) return [];
      return [{ metric, before: then, after: now, difference }];
    })
    .slice(0, MAX_CHANGES);
