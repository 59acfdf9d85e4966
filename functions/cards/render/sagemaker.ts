import type { Measure } from '../measures.ts';
import { measuresOf } from '../measures.ts';
import type { ModelCard } from '../schema.ts';
import { changeLines, verdictLine } from '../words.ts';

/**
 * The content of a SageMaker Model Card: the limits are its JSON schema's
 * (https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards-json-schema.html).
 */
const LIMITS = { content: 100_000, text: 2048, field: 1024, metricName: 255, name: 63 } as const;
const MAX_DATASETS = 10;

type Json = Record<string, unknown>;

/** Fewer metrics until the content fits. */
export function toSageMaker(card: ModelCard): Json {
  for (let metrics = 200; metrics > 0; metrics = Math.floor(metrics / 2)) {
    const content = contentOf(card, metrics);
    if (JSON.stringify(content).length <= LIMITS.content) return content;
  }
  return contentOf(card, 0);
}

const contentOf = (card: ModelCard, metrics: number): Json => ({
  model_overview: overview(card),
  intended_uses: intendedUses(card.prose),
  training_details: training(card, metrics),
  evaluation_details: evaluation(card, metrics),
  additional_information: additional(card),
});

const overview = ({ details }: ModelCard): Json => ({
  model_name: cut(details.model, LIMITS.field),
  model_version: details.version,
  model_description: cut(details.description, LIMITS.field),
  model_owner: cut(details.owner, LIMITS.field),
  model_creator: cut(details.createdBy, LIMITS.field),
  problem_type: details.task,
  algorithm_type: cut(
    details.operators.map(({ name, count }) => `${name} × ${count}`).join(', '),
    LIMITS.field,
  ),
  model_artifact: [`sha256:${details.artifact.sha256}`],
});

function intendedUses(prose: ModelCard['prose']): Json {
  if (!prose) return { risk_rating: 'Unknown' };
  const { riskRating } = prose;
  return {
    intended_uses: text(prose.intendedUse),
    purpose_of_model: text(prose.users.map((user) => `For ${user}`).join('\n')),
    factors_affecting_model_efficiency: text(prose.limitations.join('\n')),
    risk_rating: riskRating[0]?.toUpperCase() + riskRating.slice(1),
    explanations_for_risk_rating: text(prose.riskExplanation),
  };
}

const training = ({ data, lineage, metrics }: ModelCard, most: number): Json => ({
  training_job_details: {
    training_datasets: datasets(data.datasets, ['training']),
    ...(lineage.environment?.framework && {
      training_environment: {
        container_image: [
          cut(
            `${lineage.environment.framework} ${lineage.environment.frameworkVersion ?? ''}`.trim(),
            LIMITS.field,
          ),
        ],
      },
    }),
    training_metrics: given(metrics.training, most),
    hyper_parameters: Object.entries(lineage.hyperparameters ?? {})
      .slice(0, most)
      .map(([name, value]) => ({
        name: cut(name, LIMITS.metricName),
        value: cut(typeof value === 'string' ? value : JSON.stringify(value), LIMITS.metricName),
      })),
  },
});

const given = (metrics: Record<string, number> | null, most: number) =>
  Object.entries(metrics ?? {})
    .slice(0, most)
    .map(([name, value]) => ({ name: cut(name, LIMITS.metricName), value }));

function evaluation(card: ModelCard, most: number): Json[] {
  const measures = measuresOf(card);
  const groups = [
    metricGroup('Validation set', measures.filter(({ slice }) => !slice).slice(0, most)),
    metricGroup('Slices, groups and attacks', measures.filter(({ slice }) => slice).slice(0, most)),
    ...(most > 0 ? curves(card) : []),
  ].filter(({ metric_data }) => metric_data.length > 0);
  if (!card.verdict) return [];
  return [
    {
      name: cut(`Skiff validation ${card.verdict.validation}`, LIMITS.name),
      evaluation_observation: text(verdictLine(card.verdict)),
      datasets: datasets(card.data.datasets, ['validation', 'test']),
      metric_groups: groups,
    },
  ];
}

const metricGroup = (name: string, measures: readonly Measure[]) => ({
  name,
  metric_data: measures.map(({ metric, slice, value, interval }): Json => {
    const notes = interval && `interval ${interval.lower} to ${interval.upper}`;
    return {
      name: cut(slice ? `${metric} (${slice})` : metric, LIMITS.metricName),
      type: 'number',
      value,
      ...(notes && { notes }),
    };
  }),
});

function curves({ metrics: { measured } }: ModelCard) {
  if (!measured.measured) return [];
  const { roc, precisionRecall, confusion } = measured;
  const graph = (name: string, points: [number, number][], axes: [string, string]): Json => ({
    name,
    type: 'linear_graph',
    value: points,
    x_axis_name: axes[0],
    y_axis_name: axes[1],
  });
  const matrix = (found: NonNullable<typeof confusion>): Json => {
    const labels = found.labels.map((label) => cut(label, LIMITS.field));
    return {
      name: 'confusion matrix',
      type: 'matrix',
      value: found.counts,
      x_axis_name: labels,
      y_axis_name: labels,
    };
  };
  return [
    {
      name: 'Curves',
      metric_data: [
        ...(roc ? [graph('ROC', roc, ['false-positive rate', 'true-positive rate'])] : []),
        ...(precisionRecall
          ? [graph('precision and recall', precisionRecall, ['recall', 'precision'])]
          : []),
        ...(confusion ? [matrix(confusion)] : []),
      ],
    },
  ];
}

const additional = ({ prose, details, changes }: ModelCard): Json => ({
  ...(prose && {
    ethical_considerations: text(
      prose.ethicalConsiderations
        .map(({ name, mitigation }) => (mitigation ? `${name}: ${mitigation}` : name))
        .join('\n'),
    ),
    caveats_and_recommendations: text(
      [...prose.outOfScopeUse.map((use) => `Not for: ${use}`), ...prose.tradeoffs].join('\n'),
    ),
  }),
  custom_details: {
    ...(details.licence && { licence: cut(details.licence, LIMITS.field) }),
    status: details.status,
    producer: cut(`${details.producer.name} ${details.producer.version}`.trim(), LIMITS.field),
    ...(changes && {
      [`changes_since_version_${changes.since}`]: cut(
        changeLines(changes).join('; ') || 'none',
        LIMITS.field,
      ),
    }),
  },
});

type Dataset = ModelCard['data']['datasets'][number];

const datasets = (all: readonly Dataset[], roles: readonly string[]): string[] =>
  all
    .filter(({ role }) => roles.includes(role))
    .slice(0, MAX_DATASETS)
    .map(({ name, digest }) => cut(`${name} (${digest})`, LIMITS.field));

const text = (value: string): string => cut(value, LIMITS.text);

/** Whole characters: half a surrogate pair is no text. */
function cut(value: string, most: number): string {
  if (value.length <= most) return value;
  return `${value.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
