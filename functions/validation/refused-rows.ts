import { AppError } from '#core/errors.ts';
import type { Signature, TensorSpec } from '#core/signature/schema.ts';
import { columnOf, type Table } from '#core/table/table.ts';
import { allocate, type TensorData } from '#core/tensors/tensor.ts';
import { type InputColumn, inputColumnsOf, rowsPerBatch } from '#slices/inference';
import type { Evidence } from './evidence.ts';
import { fillOf } from './fill.ts';
import { type BoundColumn, bindColumns } from './input-columns.ts';

type ColumnEvidence = Evidence<'contract'>['columns'][number];

export interface Refusals {
  readonly columns: readonly ColumnEvidence[];
  /** Rows with at least one value that serving would refuse. */
  readonly refusedRows: number;
  /** The others. */
  readonly accepted: readonly number[];
  /** Why no row can be read at all, whatever is in it. */
  readonly problem?: string;
}

/** Holds every value of a table against the contract, as serving would. */
export function findRefusals(
  signature: Signature,
  table: Table,
  others: readonly string[],
): Refusals {
  const targets = [...(inputColumnsOf(signature)?.values() ?? [])];
  const absent = targets
    .filter(({ feature }) => !columnOf(table, feature.name))
    .map(missing(table));
  const present = targets.flatMap((target) => {
    const source = columnOf(table, target.feature.name);
    return source ? [{ target, source }] : [];
  });
  try {
    const bound = targets.length > 0 ? present : bindColumns(signature, table, others);
    const refused = new Uint8Array(table.rows).fill(absent.length > 0 ? 1 : 0);
    const columns = examineAll(bound, refused);
    const accepted = [...refused.keys()].filter((row) => refused[row] === 0);
    const refusedRows = table.rows - accepted.length;
    return { columns: [...absent, ...columns], refusedRows, accepted };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { columns: [], refusedRows: table.rows, accepted: [], problem: error.message };
  }
}

const missing =
  ({ rows }: Table) =>
  ({ feature: { name } }: InputColumn): ColumnEvidence => ({
    feature: name,
    problem: 'there is no such column',
    refusedRows: rows,
  });

/** @param refused by row, set to 1 where a column refuses it */
function examineAll(bound: readonly BoundColumn[], refused: Uint8Array): ColumnEvidence[] {
  const scratch = new Map<TensorSpec, TensorData>();
  return bound.map((column) => {
    const { spec, width } = column.target;
    const data = scratch.get(spec) ?? allocate(spec.datatype, rowsPerBatch(width) * width);
    scratch.set(spec, data);
    return examine(column, refused, data);
  });
}

function examine(bound: BoundColumn, refused: Uint8Array, scratch: TensorData): ColumnEvidence {
  const { target, source } = bound;
  const problems = new Map<string, number>();
  let refusedRows = 0;
  const fill = fillOf(bound, (row, _, problem) => {
    refused[row] = 1;
    refusedRows++;
    problems.set(problem, (problems.get(problem) ?? 0) + 1);
  });
  const size = rowsPerBatch(target.width);
  for (let start = 0; start < refused.length; start += size) {
    fill(scratch, { start, rows: Math.min(size, refused.length - start) });
  }
  const [commonest] = [...problems].sort(([, a], [, b]) => b - a)[0] ?? [];
  const problem = commonest && isWrongKind(bound) ? WRONG_KIND : commonest;
  const { name } = target.feature;
  return { feature: name, column: source.name, refusedRows, ...(problem && { problem }) };
}

export const WRONG_KIND = 'is text where the model takes numbers';

const isWrongKind = ({ target, source }: BoundColumn): boolean =>
  source.kind === 'text' && target.spec.datatype !== 'BYTES' && target.feature.type !== 'boolean';
