import { featuresOf } from '../signature/complete.ts';
import type { OutputSpec, Signature, TensorSpec } from '../signature/schema.ts';
import type { Datatype } from '../tensors/datatypes.ts';

/** Where a column of the captures comes from. */
export interface CaptureColumn {
  /** `in_<feature>`, `out_<output>` or `out_<output>_<class>`. */
  readonly name: string;
  readonly side: 'in' | 'out';
  /** The feature, input or output that its owner names. */
  readonly source: string;
  /** Of the signature. */
  readonly tensor: string;
  readonly datatype: Datatype;
  /** Which of a row's values it is; undefined: all of them, as a list in JSON. */
  readonly at: number | undefined;
  /** Values per row in the tensor; undefined where that varies. */
  readonly width: number | undefined;
  /** Says only whether there is a value. */
  readonly masked: boolean;
}

/** What its values are in a table: lists, masks and flags are texts. */
export const kindOf = ({ at, masked, datatype }: CaptureColumn): 'numeric' | 'text' =>
  at === undefined || masked || datatype === 'BYTES' || datatype === 'BOOL' ? 'text' : 'numeric';

/** Names of features, of inputs with all of their features, and of outputs. */
export interface Redaction {
  readonly mask?: readonly string[] | undefined;
  readonly drop?: readonly string[] | undefined;
}

/** Wider outputs are one column with a list. */
const MAX_SPREAD = 1_000;

/** The columns of an endpoint's captures: features by name, outputs by name and class. */
export function captureColumns(signature: Signature, redaction: Redaction = {}): CaptureColumn[] {
  const isNamed = (names: readonly string[] = [], { source, tensor }: CaptureColumn) =>
    names.includes(source) || names.includes(tensor);
  const columns = [
    ...inputColumns(signature),
    ...signature.outputs.flatMap((output) => outputColumns(signature, output)),
  ];
  const kept = columns
    .filter((column) => !isNamed(redaction.drop, column))
    .map((column) => ({ ...column, masked: isNamed(redaction.mask, column) }));
  return withDistinctNames(kept);
}

function inputColumns(signature: Signature): CaptureColumn[] {
  const specs = new Map(signature.inputs.map((spec) => [spec.name, spec]));
  const all = featuresOf(signature)?.map(({ name, input, column }) => {
    const spec = specs.get(input) as TensorSpec;
    return { name, spec, at: column, width: widthOf(spec) };
  });
  const columns = all ?? signature.inputs.map((spec) => ({ name: spec.name, spec, ...AS_LIST }));
  return columns.map(({ name, spec, at, width }) => ({
    ...{ name: `in_${name}`, side: 'in', source: name, tensor: spec.name },
    ...{ datatype: spec.datatype, at, width, masked: false },
  }));
}

const AS_LIST = { at: undefined, width: undefined };

function outputColumns({ classes }: Signature, output: OutputSpec): CaptureColumn[] {
  const { name: tensor, datatype, role } = output;
  const width = widthOf(output);
  const column = (name: string, place: Pick<CaptureColumn, 'at' | 'width'>): CaptureColumn => ({
    ...{ name: `out_${name}`, side: 'out', source: tensor, tensor, datatype, masked: false },
    ...place,
  });
  if (width === 1) return [column(tensor, { at: 0, width })];
  if (width === undefined || width > MAX_SPREAD) return [column(tensor, AS_LIST)];
  const named = role === 'probabilities' && classes?.length === width ? classes : undefined;
  return Array.from({ length: width }, (_, at) =>
    column(`${tensor}_${named?.[at] ?? at}`, { at, width }),
  );
}

/** Values per row of a tensor whose first axis counts rows; undefined where that varies. */
function widthOf({ shape }: Pick<TensorSpec, 'shape'>): number | undefined {
  let width = 1;
  for (const size of shape.slice(1)) {
    if (typeof size !== 'number' || size < 1) return undefined;
    width *= size;
  }
  return width;
}

/** Engines take names in any case for the same. */
function withDistinctNames(columns: readonly CaptureColumn[]): CaptureColumn[] {
  const taken = new Set<string>();
  return columns.map((column) => {
    let { name } = column;
    for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${column.name}_${n}`;
    taken.add(name.toLowerCase());
    return { ...column, name };
  });
}
