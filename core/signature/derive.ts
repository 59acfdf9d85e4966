import { AppError } from '../errors.ts';
import type { ClassLabels } from '../onnx/class-labels.ts';
import type { ModelInspection } from '../onnx/inspect.ts';
import type { GraphValue } from '../onnx/values.ts';
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
  const outputs = withRoles(
    inspection.outputs.map((value) => toSpec(value, 'output')),
    inspection.classLabels,
  );
  const classes = findClasses(inspection, outputs);
  const features = columnsOf(inputs) ?? namedColumns(inspection, inputs);
  return { inputs, outputs, ...(features && { features }), ...(classes && { classes }) };
}

function toSpec({ name, datatype, kind, shape = [] }: GraphValue, what: string): TensorSpec {
  if (datatype) return { name, datatype, shape: [...shape] };
  throw new AppError(
    'unprocessable',
    `the model was refused: its ${what} "${name}" is a ${kind}, which cannot be sent: ${wayOut(kind)}`,
  );
}

function wayOut(kind: string): string {
  if (kind === 'sequence of maps') return 'convert the classifier with options={"zipmap": False}';
  if (kind.startsWith('sequence')) return 'give each of its tensors an output of its own';
  return 'cast it to a plain tensor in the graph';
}

const FLOATS: ReadonlySet<Datatype> = new Set(['FP16', 'BF16', 'FP32', 'FP64']);

/**
 * What outputs mean: as the classifier's node says, else by the names that converters use. Scores
 * and distances get no role: they are no probabilities.
 */
function withRoles(outputs: TensorSpec[], classifiers: readonly ClassLabels[]): OutputSpec[] {
  const [only] = outputs;
  if (only && outputs.length === 1) return [{ ...only, ...soleRole(only) }];
  const probabilities =
    outputs.find((output) => isFloat(output) && givesProbabilities(output, classifiers)) ??
    outputs.find((output) => isFloat(output) && /prob/i.test(output.name));
  const label = outputs.find((output) => isLabel(output, classifiers));
  return outputs.map((output) => {
    if (output === probabilities) return { ...output, role: 'probabilities' };
    return output === label ? { ...output, role: 'label' } : output;
  });
}

const isFloat = ({ datatype }: TensorSpec): boolean => FLOATS.has(datatype);

const SCORES = /score|margin|logit|decision/i;

/** A ZipMap had one output; of a classifier's two it is the second, if it is not called a score. */
function givesProbabilities({ name }: TensorSpec, classifiers: readonly ClassLabels[]): boolean {
  return classifiers.some(({ operator, outputs }) =>
    operator === 'ZipMap' ? outputs[0] === name : outputs[1] === name && !SCORES.test(name),
  );
}

function isLabel(output: TensorSpec, classifiers: readonly ClassLabels[]): boolean {
  if (isFloat(output) || widthOf(output) !== 1) return false;
  const isFirst = ({ operator, outputs }: ClassLabels) =>
    operator !== 'ZipMap' && outputs[0] === output.name;
  return /label|class/i.test(output.name) || classifiers.some(isFirst);
}

/** A lone float per row is a value; what a lone vector is, only its name tells. */
function soleRole(output: TensorSpec): Pick<OutputSpec, 'role'> {
  if (!isFloat(output)) {
    return /label|class/i.test(output.name) && widthOf(output) === 1 ? { role: 'label' } : {};
  }
  if (/prob/i.test(output.name)) return { role: 'probabilities' };
  return widthOf(output) === 1 ? { role: 'value' } : {};
}

/** Names of the classes, where the graph leaves no doubt which labels go with the probabilities. */
function findClasses(
  { classLabels }: ModelInspection,
  outputs: readonly OutputSpec[],
): string[] | undefined {
  const probabilities = outputs.find(({ role }) => role === 'probabilities');
  if (!probabilities) return undefined;
  const own = classLabels.find(
    (found) => found.operator === 'ZipMap' && found.outputs.includes(probabilities.name),
  );
  const found = own ?? onlyLabels(classLabels, outputs);
  const width = probabilities.shape.at(-1);
  const fits = typeof width !== 'number' || width < 0 || found?.labels.length === width;
  return found && fits ? [...found.labels] : undefined;
}

/**
 * The labels of all classifiers in the graph, if they agree. Ensembles of several number their
 * classes inside and name them outside: their numbers are not taken for names.
 */
function onlyLabels(
  classLabels: readonly ClassLabels[],
  outputs: readonly OutputSpec[],
): ClassLabels | undefined {
  const [first, ...more] = classLabels;
  if (!first || (more.length > 0 && first.kind === 'integer')) return undefined;
  const text = JSON.stringify(first.labels);
  if (more.some(({ labels }) => JSON.stringify(labels) !== text)) return undefined;
  const label = outputs.find(({ role }) => role === 'label');
  return label && (label.datatype === 'BYTES') !== (first.kind === 'text') ? undefined : first;
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
