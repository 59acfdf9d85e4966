import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { onnxFileOf } from '#core/mlflow/mlmodel.ts';
import { synthesise } from '#core/mlflow/synthesise.ts';
import { copyOnce, sizeOf, writeObject } from '#shared/objects.ts';
import { artifactOf, getVersion, type ModelVersion, type VersionHead } from '#slices/registry';
import { SERVED_FOLDER, type Space } from '#slices/tracking';
import { fileAt, readMlModel, readText } from './model-files.ts';

const COPIED = ['conda.yaml', 'python_env.yaml', 'requirements.txt'];

/**
 * Puts what is served of a version where MLflow's clients load models from: the stored artifact,
 * and the MLmodel file that it was registered with, or one that is made from the signature. Said
 * again it changes nothing.
 *
 * @returns the directory among the workspace's files
 */
export async function materialise(space: Space, { model, version }: VersionHead): Promise<string> {
  const registered = await getVersion(model, version);
  // Known to those who may see the version: files are there for all who reach the workspace.
  const name = createHash('sha256').update(`${model}/${registered.artifact.sha256}`).digest('hex');
  const directory = `${SERVED_FOLDER}/${name}/${version}`;
  const last = fileAt(space, directory, 'MLmodel');
  if ((await sizeOf(last)) !== undefined) return directory;
  const { mlModel, data, beside } = await descriptionOf(space, registered);
  await copyOnce(artifactOf(registered), fileAt(space, directory, data));
  for (const [file, text] of beside) {
    await writeObject(fileAt(space, directory, file), Buffer.from(text));
  }
  // Whoever finds it finds all.
  await writeObject(last, Buffer.from(mlModel));
  return directory;
}

interface Description {
  readonly mlModel: string;
  /** Name of the ONNX file. */
  readonly data: string;
  readonly beside: readonly (readonly [file: string, text: string])[];
}

async function descriptionOf(space: Space, version: ModelVersion): Promise<Description> {
  const from = version.mlflow?.directory;
  const found =
    from === undefined ? undefined : await readMlModel(space, from).catch(() => undefined);
  const data = found && onnxFileOf(found);
  if (from === undefined || !found || data === undefined) {
    return { mlModel: stringify(synthesise(version)), data: 'model.onnx', beside: [] };
  }
  const { artifact_path, serving_input_path } = found.saved_input_example_info ?? {};
  const names = [...COPIED, artifact_path, serving_input_path].flatMap((name) => name ?? []);
  const texts = await Promise.all(
    names.map(async (file) => [file, await readText(space, from, file)] as const),
  );
  const beside = texts.flatMap(([file, text]) =>
    text === undefined ? [] : [[file, text] as const],
  );
  return { mlModel: (await readText(space, from, 'MLmodel')) as string, data, beside };
}
