import * as z from 'zod';

/** What an MLmodel file says, as far as it is used; the rest is left alone. */
export const MlModel = z.object({
  flavors: z.record(z.string(), z.record(z.string(), z.unknown()).nullable()).default({}),
  signature: z.object({ inputs: z.string().nullish() }).nullish(),
  saved_input_example_info: z
    .object({
      ...{ artifact_path: z.string(), serving_input_path: z.string().nullish() },
    })
    .nullish(),
});
export type MlModel = z.infer<typeof MlModel>;

/** Every model has it, whatever it was made with. */
const EVERYWHERE = 'python_function';

/** What it was made with; nothing where it is Python code alone. */
export const flavoursOf = ({ flavors }: MlModel): string[] =>
  Object.keys(flavors).filter((name) => name !== EVERYWHERE);

/** The ONNX file of a model, by its path beside the MLmodel file. */
export function onnxFileOf({ flavors }: MlModel): string | undefined {
  const data = flavors.onnx?.data;
  return typeof data === 'string' ? data : undefined;
}

const Columns = z.array(
  z.object({ name: z.string().min(1), required: z.boolean().default(true), type: z.string() }),
);

export interface Column {
  readonly name: string;
  readonly required: boolean;
}

/** The named columns that a model takes; nothing where it takes tensors, or does not say. */
export function columnsOf({ signature }: MlModel): Column[] {
  if (!signature?.inputs) return [];
  const { data = [] } = Columns.safeParse(parsed(signature.inputs));
  return data.some(({ type }) => type === 'tensor') ? [] : data;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** How models of a flavour become ONNX, each as docs/mlflow.md says it and its test tries it. */
const EXPORTS: Readonly<Record<string, string>> = {
  sklearn: 'skl2onnx.to_onnx(model, X[:1])',
  xgboost: 'onnxmltools.convert_xgboost(model, initial_types=[("X", FloatTensorType([None, n]))])',
  lightgbm:
    'onnxmltools.convert_lightgbm(model, initial_types=[("X", FloatTensorType([None, n]))])',
  pytorch:
    'torch.onnx.export(model, (x,), "model.onnx", dynamic_shapes=({0: torch.export.Dim("rows")},), external_data=False)',
  keras: 'model.export("model.onnx", format="onnx")',
};
const SAME: Readonly<Record<string, string>> = { tensorflow: 'keras' };

/** In words, why a model that is not ONNX is not served, and what to do. */
export function whyKept(flavours: readonly string[]): string {
  const [name = 'Python code'] = flavours;
  const recipe = flavours.map((flavour) => EXPORTS[SAME[flavour] ?? flavour]).find(Boolean);
  const how = recipe ? `export it with ${recipe}` : 'export it to ONNX';
  return `is an MLflow model of the flavour ${name}: it is kept, but only ONNX is served here; ${how} and log that with mlflow.onnx.log_model`;
}
