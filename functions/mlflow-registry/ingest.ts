import type * as z from 'zod';
import {
  type EnvironmentFiles,
  lineageOf,
  metricsOf,
  type RunFacts,
} from '#core/mlflow/lineage.ts';
import { flavoursOf, type MlModel, onnxFileOf, whyKept } from '#core/mlflow/mlmodel.ts';
import type { ObjectRef } from '#shared/objects.ts';
import {
  type By,
  keepVersion,
  type MlflowFacts,
  type NewVersion,
  registerForMlflow,
  type VersionHead,
} from '#slices/registry';
import { CONTEXT_TAG, type MlflowRequest, type Run, type Space } from '#slices/tracking';
import { PROMPT_TAG } from './dialects.ts';
import { fileAt, readMlModel, readText, readYaml } from './model-files.ts';
import { findPlace, type Place } from './places.ts';
import { readModel } from './reads.ts';
import type * as schema from './schema.ts';
import { takeOver } from './take-over.ts';
import { checkTags } from './writes.ts';

type Wanted = z.output<typeof schema.NewVersion>;

/**
 * Registers what an MLflow client logged. ONNX goes the way of every other version, and may be
 * refused; whatever else it is, it has a number and is kept.
 *
 * @throws AppError `not-found`; `invalid` and `unprocessable` with what is wrong
 */
export async function createVersion(request: MlflowRequest<Wanted>): Promise<VersionHead> {
  const { space, body: wanted, by } = request;
  const { name: model } = await readModel(space, wanted.name);
  const tags = Object.fromEntries(wanted.tags);
  checkTags(tags);
  const isPrompt = tags[PROMPT_TAG] === 'true';
  const place: Place = isPrompt
    ? { directory: undefined, source: wanted.source }
    : await findPlace(request, wanted);
  const found = await look(space, place);
  const words = { description: wanted.description, tags };
  if (found.onnx) return register(space, { model, wanted, place, found, words }, by);
  const why = isPrompt ? PROMPT : found.why;
  const mlflow = factsOf(wanted, place, []);
  return keepVersion(model, { ...words, ...found.facts, mlflow, status: 'kept', why }, by);
}

const PROMPT = 'is a prompt: it is kept as it is';

interface Found {
  /** Path of its ONNX file beside its MLmodel file; undefined where it has none. */
  readonly onnx?: string | undefined;
  readonly mlModel?: MlModel | undefined;
  readonly why: string;
  readonly facts: Pick<NewVersion, 'lineage' | 'metrics'>;
}

async function look(space: Space, { directory, run, source }: Place): Promise<Found> {
  const ran = run && factsOfRun(run);
  const metrics = ran ? metricsOf(ran) : {};
  if (directory === undefined) {
    const why = `has its files at ${source}, which is not read here: log them to a run and register that`;
    return { why, facts: { lineage: lineageOf(ran, {}), metrics } };
  }
  const mlModel = await readMlModel(space, directory);
  const environment = mlModel ? await environmentOf(space, directory, mlModel) : {};
  const facts = { lineage: lineageOf(ran, environment), metrics };
  if (!mlModel) return { why: `has no file MLmodel at ${source}`, facts };
  const onnx = onnxFileOf(mlModel);
  return { onnx, mlModel, why: whyKept(flavoursOf(mlModel)), facts };
}

const factsOfRun = ({ info, params, tags, metrics, datasets }: Run): RunFacts => ({
  ...{ ...info, params, tags },
  metrics: new Map([...metrics].map(([key, { value }]) => [key, value])),
  datasets: datasets.map(({ dataset, tags: given }) => ({
    ...dataset,
    context: given.find(({ key }) => key === CONTEXT_TAG)?.value,
  })),
});

async function environmentOf(
  space: Space,
  directory: string,
  { flavors }: MlModel,
): Promise<EnvironmentFiles> {
  const [requirements, environment] = await Promise.all([
    readText(space, directory, 'requirements.txt'),
    readText(space, directory, 'python_env.yaml'),
  ]);
  const { python } = ((environment && readYaml(environment)) ?? {}) as { python?: unknown };
  const version = python ?? flavors.python_function?.python_version;
  return { requirements, python: version === undefined ? undefined : String(version) };
}

const factsOf = (
  { run_id, run_link, model_id }: Wanted,
  { run, model, directory, source }: Place,
  notes: string[],
): MlflowFacts => {
  const [runId, modelId] = [run_id || run?.info.id, model_id || model?.id];
  return {
    ...{ source, notes, ...(directory !== undefined && { directory }) },
    ...{ ...(runId && { runId }), ...(run_link && { runLink: run_link }) },
    ...(modelId && { modelId }),
  };
};

interface Registering {
  readonly model: string;
  readonly wanted: Wanted;
  readonly place: Place;
  readonly found: Found;
  readonly words: Pick<NewVersion, 'description' | 'tags'>;
}

async function register(
  space: Space,
  { model, wanted, place, found, words }: Registering,
  by: By,
): Promise<VersionHead> {
  const directory = place.directory as string;
  const file = fileAt(space, directory, found.onnx as string);
  const { external, ...taken } = await takeOver(space, directory, file, found.mlModel as MlModel);
  const folder = (found.onnx as string).split('/').slice(0, -1);
  const request: NewVersion = {
    ...{ ...words, ...found.facts, ...taken.declared },
    artifact: uriOf(file),
    externalData: external.map((location) => ({
      location,
      source: uriOf(fileAt(space, directory, [...folder, location].join('/'))),
    })),
  };
  return registerForMlflow(model, request, factsOf(wanted, place, taken.notes), by);
}

const uriOf = ({ bucket, key }: ObjectRef) => ({ s3Uri: `s3://${bucket}/${key}` });
