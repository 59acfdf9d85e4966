import { randomUUID } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { AppError, invalidField } from '#core/errors.ts';
import { compareLatest, readDouble, writeDouble } from '#core/tracking/metrics.ts';
import { codeOf, entryKey, type Index, TIME } from '#core/tracking/plan.ts';
import { getItem, type Item } from '#shared/dynamo.ts';
import { type Key, keys } from '#shared/keys.ts';
import { mayBeId } from './checks.ts';
import { readActiveExperiment } from './experiments.ts';
import type { LoggedMetric } from './log.ts';
import { wireBytes } from './page.ts';
import type { LoggedModel, ModelMetric, ModelStatus, Space, Texts } from './records.ts';
import { randomName } from './run-names.ts';
import { indexPartition, putUnchanged, readAll, untilUnchanged, writeAll } from './store.ts';
import { modelIndex } from './streams.ts';

interface NewModel {
  readonly experimentId: string;
  readonly name: string;
  readonly modelType: string;
  readonly sourceRunId: string;
  readonly params: Texts;
  readonly tags: Texts;
}

/** Uncompressed, so that it fits in an answer. */
const MAX_TEXT = 3_000_000;
/** Compressed; DynamoDB takes 400 KB. */
const MAX_BYTES = 380_000;

export async function createModel(
  space: Space,
  wanted: NewModel,
  now = Date.now(),
): Promise<LoggedModel> {
  if (/[/:.%"']/.test(wanted.name)) {
    throw invalidField('name', `"${wanted.name}" must hold none of / : . % " '`);
  }
  const experiment = await readActiveExperiment(space, wanted.experimentId);
  const id = `m-${randomUUID().replaceAll('-', '')}`;
  const model: LoggedModel = {
    ...{ ...wanted, id, experimentId: experiment.id, name: wanted.name || randomName() },
    ...{ status: 'LOGGED_MODEL_PENDING', lifecycle: 'active', metrics: [], revision: 0 },
    artifactUri: `${experiment.artifactLocation.replace(/\/$/, '')}/models/${id}/artifacts`,
    ...{ creationTime: now, lastUpdateTime: now },
  };
  const entries = [
    entry(space, model, TIME, now),
    entry(space, model, modelIndex('name'), model.name),
    ...(model.sourceRunId
      ? [entry(space, model, modelIndex('source_run_id'), model.sourceRunId)]
      : []),
  ];
  await writeAll(entries, []);
  await putUnchanged([pack(space, model)]);
  return model;
}

function entry(space: Space, model: LoggedModel, index: Index, value: string | number): Key {
  const pk = indexPartition(space, model.experimentId, 'MODEL', index);
  return { pk, sk: entryKey(codeOf(index.kind, value), model.creationTime, model.id) };
}

/** @throws AppError `not-found`, for one that was deleted too */
export async function readModel(space: Space, id: string): Promise<LoggedModel> {
  const item = mayBeId(id) ? await getItem(keys.trackedModel(space, id)) : undefined;
  const model = item && unpack(item).model;
  if (model?.lifecycle === 'active') return model;
  throw new AppError('not-found', `Logged model with ID '${id}' not found.`);
}

export interface ReadModel {
  readonly model: LoggedModel;
  /** Uncompressed. */
  readonly bytes: number;
}

export async function readModels(
  space: Space,
  ids: readonly string[],
): Promise<Map<string, ReadModel>> {
  const items = await readAll(
    [...new Set(ids)].filter(mayBeId).map((id) => keys.trackedModel(space, id)),
  );
  return new Map(items.map(unpack).map((read) => [read.model.id, read]));
}

/** @throws AppError `not-found` */
export const changeModel = (
  space: Space,
  id: string,
  edit: (before: LoggedModel) => Partial<LoggedModel>,
): Promise<LoggedModel> =>
  untilUnchanged(async () => {
    const before = await readModel(space, id);
    const after = { ...before, ...edit(before) };
    return (await putUnchanged([pack(space, after)])) ? after : undefined;
  });

export const finalizeModel = (space: Space, id: string, status: ModelStatus) =>
  changeModel(space, id, () => ({ status, lastUpdateTime: Date.now() }));

export const deleteModel = (space: Space, id: string) =>
  changeModel(space, id, () => ({ lifecycle: 'deleted', lastUpdateTime: Date.now() }));

export const tagModel = (space: Space, id: string, tags: ReadonlyMap<string, string>) =>
  changeModel(space, id, (before) => ({ tags: new Map([...before.tags, ...tags]) }));

/** @throws AppError `not-found` where it has no such tag */
export const untagModel = (space: Space, id: string, key: string) =>
  changeModel(space, id, ({ tags }) => {
    const after = new Map(tags);
    if (after.delete(key)) return { tags: after };
    throw new AppError('not-found', `No tag with key '${key}' found for model with ID '${id}'.`);
  });

/** @throws AppError `invalid` for another value of a param that is there */
export const addModelParams = (space: Space, id: string, params: ReadonlyMap<string, string>) =>
  changeModel(space, id, (before) => {
    for (const [key, value] of params) {
      if ((before.params.get(key) ?? value) === value) continue;
      throw invalidField('params', `"${key}" of ${id} is "${before.params.get(key)}" for ever`);
    }
    return { params: new Map([...before.params, ...params]) };
  });

/** Keeps with each model what was measured on it; a model that is gone keeps nothing. */
export async function noteModelMetrics(
  space: Space,
  runId: string,
  metrics: readonly LoggedMetric[],
): Promise<void> {
  const ofModels = metrics.filter(({ modelId }) => modelId);
  for (const [id, points] of Map.groupBy(ofModels, ({ modelId }) => modelId as string)) {
    const now = points.map(({ modelId, ...point }) => ({ ...point, runId }));
    await changeModel(space, id, ({ metrics: before }) => ({
      metrics: latestOf(before, now),
    })).catch((error: unknown) => {
      if (!(error instanceof AppError) || error.code !== 'not-found') throw error;
    });
  }
}

function latestOf(before: readonly ModelMetric[], now: readonly ModelMetric[]): ModelMetric[] {
  const latest = new Map<string, ModelMetric>();
  for (const metric of [...before, ...now]) {
    const { key, runId, datasetName, datasetDigest } = metric;
    const name = JSON.stringify([key, runId, datasetName, datasetDigest]);
    const known = latest.get(name);
    if (!known || compareLatest(metric, known) > 0) latest.set(name, metric);
  }
  return [...latest.values()];
}

function pack(space: Space, { params, tags, metrics, revision, ...rest }: LoggedModel) {
  const json = JSON.stringify({
    ...rest,
    ...{ params: Object.fromEntries(params), tags: Object.fromEntries(tags) },
    metrics: metrics.map((metric) => ({ ...metric, value: writeDouble(metric.value) })),
  });
  const bytes = deflateRawSync(json);
  if (bytes.length > MAX_BYTES || wireBytes(json) > MAX_TEXT) {
    throw new AppError('invalid', 'the params, tags and metrics of this model are too large');
  }
  return { ...keys.trackedModel(space, rest.id), revision: revision + 1, bytes };
}

function unpack({ bytes, revision }: Item): ReadModel {
  const text = inflateRawSync(bytes as Uint8Array, { maxOutputLength: MAX_TEXT });
  const { params, tags, metrics, ...rest } = JSON.parse(text.toString('utf8'));
  const model = {
    ...rest,
    params: new Map(Object.entries<string>(params)),
    tags: new Map(Object.entries<string>(tags)),
    metrics: (metrics as ModelMetric[]).map((metric) => ({
      ...metric,
      value: readDouble(metric.value) as number,
    })),
    revision: revision as number,
  };
  return { model, bytes: text.length };
}
