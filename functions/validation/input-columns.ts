import { AppError } from '#core/errors.ts';
import { typeOf } from '#core/signature/derive.ts';
import type { Signature, TensorSpec } from '#core/signature/schema.ts';
import { type Column, columnOf, type Table } from '#core/table/table.ts';
import { isFloating } from '#core/tensors/tensor.ts';
import { type InputColumn, inputColumnsOf } from '#slices/inference';

/** A column of a table and where its values go in the model's inputs. */
export interface BoundColumn {
  readonly target: InputColumn;
  readonly source: Column;
}

/**
 * Finds the table's column for each feature. Where the model's one input is no row of columns but
 * has a fixed size per row (an image), the columns fill it in their order.
 *
 * @param others columns that are no features (the label), left out where columns go by order
 * @throws AppError `unprocessable` where a feature has no column, or the sizes do not fit
 */
export function bindColumns(
  signature: Signature,
  table: Table,
  others: readonly string[],
): BoundColumn[] {
  const targets = inputColumnsOf(signature);
  if (!targets) return bindByOrder(signature, table, others);
  return [...targets.values()].map((target) => {
    const { name } = target.feature;
    const source = columnOf(table, name);
    if (!source) throw unprocessable(`the data have no column "${name}", which the model needs`);
    return { target, source };
  });
}

function bindByOrder({ inputs }: Signature, table: Table, others: readonly string[]) {
  const [spec, another] = inputs;
  const width = spec && !another ? rowSize(spec) : undefined;
  if (!spec || width === undefined) {
    throw unprocessable(
      'the inputs of this model are neither rows of columns nor one tensor of a fixed size per row: it cannot be examined on tables',
    );
  }
  const sources = table.columns.filter(({ name }) => !others.includes(name));
  if (sources.length !== width) {
    throw unprocessable(
      `input "${spec.name}" takes ${width} values per row, the data have ${sources.length} columns beside the label`,
    );
  }
  return sources.map((source, column) => ({
    target: orderedColumn(spec, { name: source.name, column, width }),
    source,
  }));
}

const orderedColumn = (
  spec: TensorSpec,
  { name, column, width }: { name: string; column: number; width: number },
): InputColumn => ({
  feature: { name, type: typeOf(spec.datatype), input: spec.name, column, nullable: false },
  spec,
  width,
  categories: undefined,
});

/** Values per row of [rows, …fixed sizes]; undefined where a size is open or rows are none. */
function rowSize({ shape }: TensorSpec): number | undefined {
  const [rows, ...rest] = shape;
  if (rows === undefined || (typeof rows === 'number' && rows > 1)) return undefined;
  if (!rest.every((size) => typeof size === 'number' && size > 0)) return undefined;
  return (rest as number[]).reduce((a, b) => a * b, 1);
}

/** The same column without what its owner declared: all that its datatype holds may go in. */
export function withoutContract(column: InputColumn): InputColumn {
  const { feature, spec } = column;
  const { name, input } = feature;
  const type = feature.type === 'boolean' ? feature.type : typeOf(spec.datatype);
  const nullable = isFloating(spec.datatype) || spec.datatype === 'BYTES';
  return {
    ...column,
    feature: { name, input, column: feature.column, type, nullable },
    categories: undefined,
  };
}

const unprocessable = (message: string) => new AppError('unprocessable', message);
