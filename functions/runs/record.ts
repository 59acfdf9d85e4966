import { dataOf, stageOf } from '#core/reproduction/data.ts';
import {
  type Facts,
  gitOf,
  programOf,
  seedsOf,
  sourceOf,
  withoutLogin,
} from '#core/reproduction/facts.ts';
import { type Point, writeDouble } from '#core/tracking/metrics.ts';
import {
  CONTEXT_TAG,
  type Experiment,
  getRun,
  type Run,
  readExperiment,
  readLoggedModels,
  type Space,
} from '#slices/tracking';
import { filesAt, findDvc, findEnvironment, programIn, pythonOf } from './files.ts';
import type { RunRecord } from './schema.ts';

const SYSTEM = 'system/';

/** A run with all that is kept of it, here and among its files. */
export interface Known {
  readonly run: Run;
  readonly experiment: Experiment;
  readonly facts: Facts;
}

/** @throws AppError `not-found` */
export async function readKnown(workspace: Space, id: string): Promise<Known> {
  const run = await getRun(workspace, id);
  const { info, tags, params } = run;
  const outputs = [...run.modelOutputs].sort((a, b) => a.step - b.step);
  const [experiment, models, files] = await Promise.all([
    readExperiment(workspace, info.experimentId),
    readLoggedModels(
      workspace,
      outputs.map(({ model_id }) => model_id),
    ),
    filesAt(workspace, info.artifactUri),
  ]);
  const made = outputs.flatMap(({ model_id }) => models.get(model_id)?.model ?? []);
  const [environmentFiles, dvc] = await Promise.all([
    findEnvironment(workspace, files, made),
    findDvc(files, run),
  ]);
  const source = sourceOf(tags);
  const program = programOf({ source });
  const command = source.command ?? stageOf(dvc.stages, program)?.command;
  const programFile = programIn(files, program);
  const [python, docker] = [pythonOf(environmentFiles), dockerOf(tags)];
  const diff = tags.get('mlflow.source.git.diff');
  const facts: Facts = {
    ...{ run: info.id, workspace, experiment: experiment.name, name: info.name },
    ...{ status: info.status, user: userOf(run), startedAt: timeOf(info.startTime) },
    source: { ...source, ...(command && { command }) },
    git: gitOf(tags),
    ...(diff && { diff }),
    environment: {
      ...(python && { python }),
      ...(docker && { docker }),
      files: environmentFiles,
    },
    ...{ seeds: seedsOf(params, tags), params },
    data: dataOf(run.datasets.map(datasetOf), dvc, program),
    systemMetrics: [...run.metrics.keys()].filter((key) => key.startsWith(SYSTEM)).length,
    ...(programFile && { programFile }),
    ...(files.areMore && { filesSeen: files.all.length }),
  };
  return { run, experiment, facts };
}

const tagsOf = (tags: Run['tags']) =>
  Object.fromEntries([...tags].map(([key, value]) => [key, withoutLogin(value)]));
const dockerOf = (tags: Run['tags']): string | undefined =>
  tags.get('mlflow.docker.image.uri') ?? tags.get('mlflow.docker.image.name');
const userOf = ({ info, tags }: Run): string => tags.get('mlflow.user') ?? info.userId;

/** Clients may log times that no calendar has. */
function timeOf(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}

const datasetOf = ({ dataset, tags }: Run['datasets'][number]) => ({
  ...{ name: dataset.name, digest: dataset.digest, source: dataset.source },
  ...{ sourceType: dataset.source_type, context: tags.find((t) => t.key === CONTEXT_TAG)?.value },
});

/** What the API tells of a run. */
export function describeRun({ run, experiment, facts }: Known): RunRecord {
  const { info, tags, params, metrics, modelInputs, modelOutputs } = run;
  const pointsOf = (isOne: (key: string) => boolean) =>
    Object.fromEntries(
      [...metrics].flatMap(([key, point]) => (isOne(key) ? [[key, describePoint(point)]] : [])),
    );
  const parent = tags.get('mlflow.parentRunId');
  const isSystem = (key: string) => key.startsWith(SYSTEM);
  return {
    ...{ id: info.id, workspace: facts.workspace, name: info.name, status: info.status },
    experiment: { id: experiment.id, name: experiment.name },
    deleted: info.lifecycle === 'deleted',
    ...(facts.user && { user: facts.user }),
    startedAt: facts.startedAt,
    ...(info.endTime && { endedAt: timeOf(info.endTime) }),
    ...(parent && { parent }),
    ...{ source: facts.source, git: facts.git, seeds: [...facts.seeds] },
    environment: { ...facts.environment, files: [...facts.environment.files] },
    ...{ params: Object.fromEntries(params), tags: tagsOf(tags) },
    metrics: pointsOf((key) => !isSystem(key)),
    systemMetrics: pointsOf(isSystem),
    data: [...facts.data],
    models: {
      inputs: modelInputs.map(({ model_id }) => model_id),
      outputs: modelOutputs.map(({ model_id, step }) => ({ id: model_id, step })),
    },
  };
}

const describePoint = ({ value, step, timestamp }: Point) => ({
  ...{ value: writeDouble(value) as RunRecord['metrics'][string]['value'], step, at: timestamp },
});
