import type { NamedTensor } from '#core/signature/generate.ts';
import type { Signature } from '#core/signature/schema.ts';
import type { Table } from '#core/table/table.ts';
import { takeRows } from '#core/table/table.ts';
import { allocate, type TensorData } from '#core/tensors/tensor.ts';
import { fillOf } from './fill.ts';
import { bindColumns } from './input-columns.ts';

/** One row of a tensor whose first axis counts rows. */
export function rowOf({ shape, data, ...rest }: NamedTensor, row: number): NamedTensor {
  const width = data.length / (shape[0] as number);
  const part = data.slice(row * width, (row + 1) * width) as TensorData;
  return { ...rest, shape: [1, ...shape.slice(1)], data: part };
}

/** Single rows below each other; inputs stand in the same order in all of them. */
export function rowsOf(singles: readonly (readonly NamedTensor[])[]): readonly NamedTensor[] {
  const [first = []] = singles;
  if (singles.length === 1) return first;
  return first.map(({ shape, data, ...rest }, i) => {
    const all = allocate(rest.datatype, data.length * singles.length);
    for (const [row, single] of singles.entries()) {
      const values = (single[i] as NamedTensor).data;
      for (let k = 0; k < values.length; k++) {
        (all as unknown[])[row * values.length + k] = values[k];
      }
    }
    return { ...rest, shape: [singles.length, ...shape.slice(1)], data: all };
  });
}

/** Rows of a table, all of which the contract accepts, as the model's inputs. */
export function tableInputs(
  signature: Signature,
  table: Table,
  { rows, others }: { rows: ArrayLike<number>; others: readonly string[] },
): NamedTensor[] {
  const bound = bindColumns(signature, takeRows(table, rows), others);
  return signature.inputs.map((spec) => {
    const own = bound.filter(({ target }) => target.spec.name === spec.name);
    const data = allocate(spec.datatype, rows.length * (own[0]?.target.width ?? 1));
    for (const column of own) fillOf(column)(data, { start: 0, rows: rows.length });
    const shape = [rows.length, ...spec.shape.slice(1).map(Number)];
    return { name: spec.name, datatype: spec.datatype, shape, data };
  });
}

/** So many of a list, evenly spread; all where there are fewer. */
export function spread(list: readonly number[], count: number): number[] {
  const taken = Math.min(count, list.length);
  return Array.from(
    { length: taken },
    (_, i) => list[Math.floor((i * list.length) / taken)] as number,
  );
}
