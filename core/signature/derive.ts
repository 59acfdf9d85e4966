import { AppError } from '../errors.ts';
import type { GraphValue } from '../onnx/graph.ts';
import type { ModelInspection } from '../onnx/inspect.ts';
import type { Datatype } from '../tensors/datatypes.ts';
import type { Feature, FeatureType, OutputSpec, Signature, TensorSpec } from './schema.ts';

/**
 * The signature that a graph alone tells: datatypes, shapes, what outputs mean, classes, and one
 * feature for each input where every input is one column of a row.
 *
 * @throws AppError `unprocessable` where an input or output is nothing that can be sent
 */
export function deriveSignature(inspection: ModelInspection): Signature {
  const inputs = inspection.inputs.map((value) => toSpec(value, 'input'));
  const outputs = withRoles(inspection.outputs.map((value) => toSpec(value, 'output')));
  const classes = findClasses(inspection, outputs);
  const features = columnsOf(inputs) ?? namedColumns(inspection, inputs);
  return { inputs, outputs, ...(features && { features }), ...(classes && { classes }) };
}

function toSpec({ name, datatype, kind, shape }: GraphValue, what: string): TensorSpec {
  if (datatype) return { name, datatype, shape: [...shape] };
  const fix =
    kind === 'sequence'
      ? 'convert the classifier with options={"zipmap": False}'
      : 'cast it in the graph';
  throw new AppError(
    'unprocessable',
    `the model was refused: its ${what} "${name}" is a ${kind}, which cannot be sent: ${fix}`,
  );
}

const FLOATS: ReadonlySet<Datatype> = new Set(['FP16', 'FP32', 'FP64']);

function withRoles(outputs: TensorSpec[]): OutputSpec[] {
  if (outputs.length === 1) return outputs.map((output) => ({ ...output, ...soleRole(output) }));
  return outputs.map((output) => {
    const name = output.name.toLowerCase();
    if (/prob|score/.test(name) && FLOATS.has(output.datatype))
      return { ...output, role: 'probabilities' };
    if (/label|class/.test(name) && !FLOATS.has(output.datatype))
      return { ...output, role: 'label' };
    return output;
  });
}

/** A lone float per row is a value; what a lone vector is, only its name tells. */
function soleRole({ name, datatype, shape }: TensorSpec): Pick<OutputSpec, 'role'> {
  if (!FLOATS.has(datatype)) return /label|class/i.test(name) ? { role: 'label' } : {};
  if (/prob/i.test(name)) return { role: 'probabilities' };
  return shape.length === 1 || (shape.length === 2 && shape[1] === 1) ? { role: 'value' } : {};
}

/** Labels of the classifier whose number of classes fits the probabilities. */
function findClasses(
  { classLabels }: ModelInspection,
  outputs: readonly OutputSpec[],
): string[] | undefined {
  const probabilities = outputs.find(({ role }) => role === 'probabilities');
  const width = probabilities?.shape.at(-1);
  const found = classLabels.findLast(
    ({ labels }) => typeof width !== 'number' || width < 0 || labels.length === width,
  );
  return probabilities && found ? [...found.labels] : undefined;
}

const TYPES: Readonly<Record<Datatype, FeatureType>> = {
  BOOL: 'boolean',
  BYTES: 'string',
  FP16: 'number',
  BF16: 'number',
  FP32: 'number',
  FP64: 'number',
  UINT8: 'integer',
  UINT16: 'integer',
  UINT32: 'integer',
  UINT64: 'integer',
  INT8: 'integer',
  INT16: 'integer',
  INT32: 'integer',
  INT64: 'integer',
};

export const typeOf = (datatype: Datatype): FeatureType => TYPES[datatype];

/** Number of columns of an input that holds rows: [N], [N, 1] or [N, columns]; else undefined. */
export function widthOf({ shape }: Pick<TensorSpec, 'shape'>): number | undefined {
  const [rows, columns] = shape;
  // A fixed number of rows other than one means something else than rows.
  if (typeof rows === 'number' && rows > 1) return undefined;
  if (shape.length === 1) return 1;
  return shape.length === 2 && typeof columns === 'number' && columns > 0 ? columns : undefined;
}

/** A feature's name may be shorter than an input's. */
const MAX_FEATURE_NAME = 256;

/** One feature for each input, where there are several and each is one column. */
function columnsOf(inputs: readonly TensorSpec[]): Feature[] | undefined {
  if (inputs.length < 2 || !inputs.every((input) => widthOf(input) === 1)) return undefined;
  if (inputs.some(({ name }) => name.length > MAX_FEATURE_NAME)) return undefined;
  return inputs.map(({ name, datatype }) => feature(name, name, 0, datatype));
}

export const feature = (
  name: string,
  input: string,
  column: number,
  datatype: Datatype,
): Feature => ({
  name,
  type: typeOf(datatype),
  input,
  column,
  nullable: false,
});

/** Names that the exporter left in the file's metadata, where they fit the one input. */
function namedColumns(
  { metadata }: ModelInspection,
  inputs: readonly TensorSpec[],
): Feature[] | undefined {
  const [input] = inputs;
  if (inputs.length !== 1 || !input) return undefined;
  const names = parseNames(metadata.feature_names);
  if (names?.length !== widthOf(input) || new Set(names).size !== names?.length) return undefined;
  return names.map((name, column) => feature(name, input.name, column, input.datatype));
}

function parseNames(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  try {
    const names: unknown = JSON.parse(text);
    const valid =
      Array.isArray(names) &&
      names.every((n) => typeof n === 'string' && n !== '' && n.length <= MAX_FEATURE_NAME);
    return valid ? (names as string[]) : undefined;
  } catch {
    return undefined;
  }
}
