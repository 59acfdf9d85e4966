import { parse } from 'yaml';
import { AppError } from '#core/errors.ts';
import { MlModel } from '#core/mlflow/mlmodel.ts';
import { type ObjectRef, readObject, sizeOf } from '#shared/objects.ts';
import { artifactAt, type Space } from '#slices/tracking';

/** Files beside a model that are read are small. */
const MAX_TEXT_BYTES = 1_000_000;

/** A file of a logged model. */
export const fileAt = (space: Space, directory: string, name: string): ObjectRef =>
  artifactAt(space, `${directory}/${name}`);

/** The text of a file beside a model; undefined where there is none, or it is not small. */
export async function readText(
  space: Space,
  directory: string,
  name: string,
): Promise<string | undefined> {
  const at = fileAt(space, directory, name);
  const size = await sizeOf(at);
  if (size === undefined || size > MAX_TEXT_BYTES) return undefined;
  return Buffer.from((await readObject(at)).bytes).toString('utf8');
}

/** @throws AppError `invalid` for a file that is none */
export async function readMlModel(space: Space, directory: string): Promise<MlModel | undefined> {
  const text = await readText(space, directory, 'MLmodel');
  if (text === undefined) return undefined;
  const { data } = MlModel.safeParse(readYaml(text));
  if (data) return data;
  throw new AppError('invalid', 'the file MLmodel is not what an MLflow client writes');
}

/** Undefined for a text that is none. */
export function readYaml(text: string): unknown {
  try {
    // Aliases of aliases are how a small file becomes a large one.
    return parse(text, { maxAliasCount: 100 });
  } catch {
    return undefined;
  }
}
