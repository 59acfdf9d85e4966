import { nameIn } from '#core/mlflow/names.ts';
import type { Dialect } from '#core/tracking/filter.ts';
import type { Subject } from '#core/tracking/match.ts';
import type { Model, VersionHead } from '#slices/registry';
import type { Space } from '#slices/tracking';
import { sourceOf } from './wire.ts';

const entities: Dialect['entities'] = {
  ...{ tag: 'tag', tags: 'tag', attribute: 'attribute', attributes: 'attribute' },
};
const TIMES = {
  creation_timestamp: ['creation_timestamp', 'number'],
  last_updated_timestamp: ['last_updated_timestamp', 'number'],
} as const;

/** What MLflow lets search among registered models and versions, and what it sorts them by. */
export const MODELS: Dialect = { entities, attributes: { name: ['name', 'text'] } };
export const MODEL_ORDERS: Dialect = {
  entities,
  attributes: {
    ...{ ...MODELS.attributes, ...TIMES },
    timestamp: ['last_updated_timestamp', 'number'],
  },
};
export const VERSIONS: Dialect = {
  entities,
  attributes: {
    name: ['name', 'text'],
    version_number: ['version_number', 'number'],
    run_id: ['run_id', 'text'],
    source_path: ['source_path', 'text'],
  },
};
export const VERSION_ORDERS: Dialect = {
  entities,
  attributes: { name: ['name', 'text'], version_number: ['version_number', 'number'], ...TIMES },
};

/** What tells a prompt from a model: whatever has no such tag is a model. */
export const PROMPT_TAG = 'mlflow.prompt.is_prompt';

const NOTHING = { metrics: new Map(), params: new Map(), datasets: [] };

export const subjectOfModel = (space: Space, model: Model): Subject => ({
  ...NOTHING,
  attributes: { name: nameIn(space, model.name), ...timesOf(model) },
  tags: tagsOf(model.tags),
});

export const subjectOfVersion = (space: Space, head: VersionHead): Subject => ({
  ...NOTHING,
  attributes: {
    ...{ name: nameIn(space, head.model), version_number: head.version, ...timesOf(head) },
    run_id: head.mlflow?.runId ?? head.lineage.run?.id,
    source_path: sourceOf(space, head),
  },
  tags: tagsOf(head.tags),
});

const timesOf = (of: { createdAt: string; updatedAt: string }) => ({
  creation_timestamp: Date.parse(of.createdAt),
  last_updated_timestamp: Date.parse(of.updatedAt),
});

const tagsOf = (tags: Readonly<Record<string, string>>): Map<string, string> =>
  new Map(Object.entries({ [PROMPT_TAG]: 'false', ...tags }));
