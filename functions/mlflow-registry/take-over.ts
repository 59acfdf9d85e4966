import { AppError } from '#core/errors.ts';
import { inputsOf } from '#core/mlflow/example.ts';
import { columnsOf, type MlModel } from '#core/mlflow/mlmodel.ts';
import { inspectModel } from '#core/onnx/inspect.ts';
import { removeZipMaps } from '#core/onnx/zip-map.ts';
import { completeSignature, featuresOf } from '#core/signature/complete.ts';
import { deriveSignature } from '#core/signature/derive.ts';
import { checkGoldenSample } from '#core/signature/golden.ts';
import type { Signature } from '#core/signature/schema.ts';
import { type ObjectRef, readObject, sizeOf } from '#shared/objects.ts';
import type { NewVersion } from '#slices/registry';
import type { Space } from '#slices/tracking';
import { readText, readYaml } from './model-files.ts';

/** Beyond this a file is not looked into before it is registered. */
const MAX_LOOK_BYTES = 100 * 2 ** 20;

type Declared = Pick<NewVersion, 'signature' | 'goldenSample'>;

/**
 * What the files beside a model say of it, as far as it agrees with its graph.
 * @throws AppError `invalid`, `unprocessable` for a file that is not there or is no model
 */
export async function takeOver(space: Space, directory: string, file: ObjectRef, mlModel: MlModel) {
  const size = await sizeOf(file);
  if (size === undefined) {
    throw new AppError(
      'invalid',
      `the file MLmodel names ${file.key.split('/').at(-1)}, which is not there`,
    );
  }
  if (size > MAX_LOOK_BYTES) {
    const note = 'the file is large: names of columns and the input example were not taken over';
    return { external: [], declared: { signature: {} } as Declared, notes: [note] };
  }
  const { bytes } = await readObject(file);
  const asItIs = inspectModel(bytes, { allowExternalData: true });
  // As it will be stored: maps are no outputs that could have a role.
  const rewritten = removeZipMaps(bytes)?.bytes;
  const inspection = rewritten ? inspectModel(rewritten, { allowExternalData: true }) : asItIs;
  const external = [...new Set(inspection.externalData.map(({ location }) => location))];
  const notes: string[] = [];
  const derived = deriveSignature(inspection);
  const declared = declaredOf(derived, mlModel, notes);
  const complete = completeSignature(derived, declared);
  const goldenSample = await goldenOf(space, directory, { mlModel, signature: complete, notes });
  return {
    external,
    notes,
    declared: { signature: declared, ...(goldenSample && { goldenSample }) },
  };
}

const UNNAMED =
  'its columns have no names and go by their order: log the model with a signature (mlflow.models.infer_signature)';

function declaredOf(derived: Signature, mlModel: MlModel, notes: string[]): Declared['signature'] {
  const columns = columnsOf(mlModel);
  if (columns.length === 0) {
    if (!derived.features && featuresOf(derived)) notes.push(UNNAMED);
    return {};
  }
  const features = columns.map(({ name, required }) => ({ name, nullable: !required }));
  for (const tried of [features, features.map(({ name }) => ({ name, nullable: false }))]) {
    try {
      completeSignature(derived, { features: tried });
      return { features: tried };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (tried !== features)
        notes.push(`columns of the signature were not taken over: ${error.message}`);
    }
  }
  return {};
}

async function goldenOf(
  space: Space,
  directory: string,
  { mlModel, signature, notes }: { mlModel: MlModel; signature: Signature; notes: string[] },
): Promise<Declared['goldenSample']> {
  const info = mlModel.saved_input_example_info;
  if (!info) return undefined;
  const refuse = (why: string) => {
    notes.push(`the input example was not taken over: ${why}`);
    return undefined;
  };
  const text = await readText(space, directory, info.serving_input_path ?? info.artifact_path);
  if (text === undefined) return refuse('its file is not there, or larger than 1 MB');
  const inputs = inputsOf(readYaml(text), signature);
  if (!inputs) return refuse('it does not name the inputs of the graph');
  try {
    const sample = { inputs, outputs: [], tolerance: 1e-4 };
    checkGoldenSample(signature, sample, 'input_example');
    return sample;
  } catch (error) {
    if (error instanceof AppError) return refuse(error.message);
    throw error;
  }
}
