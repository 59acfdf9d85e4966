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
import {
  CONTEXT_TAG,
  type LoggedModel,
  type Run,
  type Space,
  tagLoggedModel,
} from '#slices/tracking';
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
export async function createVersion(space: Space, wanted: Wanted, by: By): Promise<VersionHead> {
  const { name: model } = await readModel(space, wanted.name);
  const tags = Object.fromEntries(wanted.tags);
  checkTags(tags);
  const isPrompt = tags[PROMPT_TAG] === 'true';
  const place: Place = isPrompt
    ? { directory: undefined, source: wanted.source }
    : await findPlace(space, wanted);
  const found = await look(space, place);
  const words = { description: wanted.description, tags };
  const head = found.onnx
    ? await register(space, { model, wanted, place, found, words }, by)
    : await keepVersion(
        model,
        {
          ...{ ...words, ...found.facts, status: 'kept', why: isPrompt ? PROMPT : found.why },
          mlflow: factsOf(wanted, place, []),
        },
        by,
      );
  if (place.model) await noteVersion(space, place.model, wanted.name, head.version);
  return head;
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

/** As MLflow's server does: which versions were made of a logged model. */
async function noteVersion(space: Space, { id, tags }: LoggedModel, name: string, version: number) {
  const before: unknown[] = JSON.parse(tags.get(VERSIONS_TAG) ?? '[]');
  const tag = JSON.stringify([...before, { name, version: String(version) }]);
  await tagLoggedModel(space, id, new Map([[VERSIONS_TAG, tag]]));
}

const VERSIONS_TAG = 'mlflow.modelVersions';
