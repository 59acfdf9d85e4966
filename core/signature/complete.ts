import { AppError, type FieldError } from '../errors.ts';
import type { Datatype } from '../tensors/datatypes.ts';
import { feature, typeOf, widthOf } from './derive.ts';
import type {
  Feature,
  FeatureDeclaration,
  FeatureType,
  Signature,
  SignatureDeclaration,
  TensorSpec,
} from './schema.ts';

interface Column {
  readonly input: TensorSpec;
  readonly column: number;
}

/**
 * Adds what the owner knows and the graph does not say: names of columns, types, units, ranges,
 * categories, what may be missing, names of classes.
 *
 * @throws AppError `invalid` naming every field that does not agree with the graph
 */
export function completeSignature(derived: Signature, declared: SignatureDeclaration): Signature {
  const outputs = withDeclaredRoles(derived, declared);
  const classes = declared.classes ?? derived.classes;
  if (classes) checkClasses({ ...derived, outputs }, classes);
  const features = declared.features ? placeFeatures(derived, declared.features) : derived.features;
  return {
    inputs: derived.inputs,
    outputs,
    ...(features && { features }),
    ...(classes && { classes }),
  };
}

/** Features that are declared or, for graphs of rows, made up: `X_0`, `X_1`, …; else undefined. */
export function featuresOf(signature: Signature): Feature[] | undefined {
  if (signature.features) return signature.features;
  const columns = columnsOf(signature);
  return columns?.map(({ input, column }) => {
    const name = widthOf(input) === 1 ? input.name : `${input.name}_${column}`;
    return feature(name, input.name, column, input.datatype);
  });
}

const MAX_COLUMNS = 10_000;

function columnsOf({ inputs }: Signature): Column[] | undefined {
  const widths = inputs.map(widthOf);
  const total = widths.reduce<number>((sum, width) => sum + (width ?? Number.NaN), 0);
  if (Number.isNaN(total) || total > MAX_COLUMNS) return undefined;
  return inputs.flatMap((input, i) =>
    Array.from({ length: widths[i] as number }, (_, column) => ({ input, column })),
  );
}

function withDeclaredRoles({ outputs }: Signature, { outputs: roles = {} }: SignatureDeclaration) {
  for (const name of Object.keys(roles)) {
    if (outputs.some((output) => output.name === name)) continue;
    const known = outputs.map((output) => output.name).join(', ');
    refuse([
      {
        field: `signature.outputs.${name}`,
        message: `the model has no such output, only ${known}`,
      },
    ]);
  }
  return outputs.map((output) => {
    const role = Object.hasOwn(roles, output.name) ? roles[output.name] : output.role;
    return { ...output, ...(role && { role }) };
  });
}

function checkClasses({ outputs }: Signature, classes: readonly string[]): void {
  const width = outputs.find(({ role }) => role === 'probabilities')?.shape.at(-1);
  if (typeof width === 'number' && width > 1 && width !== classes.length) {
    refuse([
      {
        field: 'signature.classes',
        message: `the model has ${width} classes, ${classes.length} are named`,
      },
    ]);
  }
  if (new Set(classes).size !== classes.length) {
    refuse([{ field: 'signature.classes', message: 'two classes have the same name' }]);
  }
}

function placeFeatures(signature: Signature, declared: readonly FeatureDeclaration[]): Feature[] {
  const columns = columnsOf(signature);
  if (!columns) {
    refuse([
      {
        field: 'signature.features',
        message: 'the inputs of this model are not rows of columns: leave it out',
      },
    ]);
    return [];
  }
  if (columns.length !== declared.length) {
    const message = `the model takes ${columns.length} columns, ${declared.length} are declared`;
    refuse([{ field: 'signature.features', message }]);
  }
  const placed = declared.map((feature, i) => place(feature, i, columns, signature.inputs));
  const problems = placed.flatMap(({ problems }) => problems);
  refuse([...problems, ...repeated(placed.map((p) => p.feature))]);
  return placed.map((p) => p.feature);
}

/**
 * Where a declared column goes: as said, else to the input of its name, else in order.
 */
function place(
  declared: FeatureDeclaration,
  i: number,
  columns: readonly Column[],
  inputs: readonly TensorSpec[],
) {
  const at = `signature.features[${i}]`;
  const byName = inputs.find((input) => input.name === declared.name && widthOf(input) === 1);
  const inputName = declared.input ?? byName?.name ?? columns[i]?.input.name;
  const input = inputs.find(({ name }) => name === inputName);
  const column = declared.column ?? (declared.input || byName ? 0 : (columns[i]?.column ?? 0));
  const datatype = input?.datatype ?? 'FP32';
  const type = declared.type ?? (declared.categories ? 'category' : typeOf(datatype));
  const feature: Feature = { ...declared, type, input: inputName ?? '', column };
  const problems: FieldError[] = [];
  if (!input)
    problems.push({ field: `${at}.input`, message: `the model has no input "${inputName}"` });
  else if (column >= (widthOf(input) ?? 0)) {
    problems.push({
      field: `${at}.column`,
      message: `the input "${input.name}" has ${widthOf(input)} columns`,
    });
  } else problems.push(...disagreements(feature, datatype, at));
  return { feature, problems };
}

const isFloat = (datatype: Datatype) => datatype.startsWith('FP') || datatype === 'BF16';

function disagreements(feature: Feature, datatype: Datatype, at: string): FieldError[] {
  const problems: FieldError[] = [];
  const say = (field: string, message: string) =>
    problems.push({ field: `${at}.${field}`, message });
  if (!fits(feature, datatype))
    say('type', `"${feature.type}" does not fit the input's datatype ${datatype}`);
  if (feature.type === 'category' && !feature.categories)
    say('categories', 'a category needs its allowed values');
  if (feature.type !== 'category' && feature.categories)
    say('categories', 'only a category has them');
  if (
    (feature.min ?? feature.max) !== undefined &&
    feature.type !== 'number' &&
    feature.type !== 'integer'
  ) {
    say('min', 'only a number or integer has a range');
  }
  if (feature.nullable && !isFloat(datatype) && datatype !== 'BYTES') {
    say('nullable', `an input of datatype ${datatype} cannot hold a missing value`);
  }
  return problems;
}

/** Whether values of the declared type can be written into the datatype without loss. */
function fits({ type, categories = [] }: Feature, datatype: Datatype): boolean {
  const isText = datatype === 'BYTES';
  const allowed: Record<FeatureType, boolean> = {
    number: isFloat(datatype),
    integer: !isText && datatype !== 'BOOL',
    boolean: !isText,
    string: isText,
    category: categories.every((category) => (typeof category === 'string') === isText),
  };
  return allowed[type];
}

function repeated(features: readonly Feature[]): FieldError[] {
  const names = new Set<string>();
  const places = new Set<string>();
  return features.flatMap(({ name, input, column }, i) => {
    const problems: FieldError[] = [];
    const place = JSON.stringify([input, column]);
    if (names.has(name))
      problems.push({ field: `signature.features[${i}].name`, message: `"${name}" stands twice` });
    if (places.has(place)) {
      problems.push({
        field: `signature.features[${i}].column`,
        message: `column ${column} of "${input}" is taken already`,
      });
    }
    names.add(name);
    places.add(place);
    return problems;
  });
}

function refuse(fields: readonly FieldError[]): void {
  const [first] = fields;
  if (first) throw new AppError('invalid', `${first.field}: ${first.message}`, { fields });
}
