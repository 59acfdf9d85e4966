import { spdxOf } from '#core/cards/licences.ts';
import { measuresOf } from '../measures.ts';
import type { ModelCard } from '../schema.ts';

const PIPELINES: Record<string, string> = {
  binary: 'tabular-classification',
  multiclass: 'tabular-classification',
  regression: 'tabular-regression',
  embedding: 'feature-extraction',
};

/** Hugging Face's metadata (https://huggingface.co/docs/hub/model-cards), as YAML. */
export const frontMatter = (card: ModelCard): string =>
  `---\n${Object.entries(metadata(card))
    .map(([name, value]) => entry(name, value, 0))
    .join('\n')}\n---`;

/** YAML takes JSON's strings, numbers and empty lists as they are; so every text is quoted. */
function entry(name: string, value: unknown, depth: number): string {
  const indent = '  '.repeat(depth);
  if (!isNested(value)) return `${indent}${name}: ${scalar(value)}`;
  return `${indent}${name}:\n${nested(value, depth + 1)}`;
}

function nested(value: object, depth: number): string {
  if (!Array.isArray(value)) {
    return Object.entries(value)
      .map(([name, one]) => entry(name, one, depth))
      .join('\n');
  }
  const indent = '  '.repeat(depth);
  return value
    .map((one) =>
      isNested(one)
        ? `${indent}- ${nested(one, depth + 1).trimStart()}`
        : `${indent}- ${scalar(one)}`,
    )
    .join('\n');
}

const isNested = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0;

/** YAML forbids some characters that JSON allows: they are escaped like the others. */
const scalar = (value: unknown): string =>
  JSON.stringify(typeof value === 'string' ? value.toWellFormed() : value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

function metadata(card: ModelCard): Record<string, unknown> {
  const { details, data, lineage } = card;
  const spdx = details.licence ? spdxOf(details.licence) : undefined;
  const pipeline = PIPELINES[details.task];
  const datasets = [...new Set(data.datasets.map(({ name }) => name))];
  return {
    ...(details.licence && {
      license: spdx?.toLowerCase() ?? 'other',
      ...(!spdx && { license_name: details.licence }),
    }),
    library_name: lineage.environment?.framework ?? 'onnx',
    tags: ['onnx', ...Object.entries(details.tags).map(([name, value]) => `${name}:${value}`)],
    ...(datasets.length > 0 && { datasets }),
    ...(pipeline && { pipeline_tag: pipeline }),
    ...modelIndex(card, pipeline ?? 'other'),
  };
}

/** Results need a task, a dataset and at least one metric. */
function modelIndex(card: ModelCard, type: string): Record<string, unknown> {
  const { details, data } = card;
  const used = data.datasets.find(({ usedBySkiff, role }) => usedBySkiff && role === 'validation');
  const metrics = measuresOf(card).filter(({ slice }) => !slice);
  if (!used || metrics.length === 0) return {};
  return {
    'model-index': [
      {
        name: details.model,
        results: [
          {
            task: { type, name: details.task },
            dataset: { type: 'tabular', name: used.name, revision: used.digest },
            metrics: metrics.map(({ metric, value, interval }) => ({
              type: metric.replaceAll('-', '_'),
              value,
              name: metric,
              ...(interval && {
                args: { confidence_interval: [interval.lower, interval.upper] },
              }),
            })),
          },
        ],
      },
    ],
  };
}
