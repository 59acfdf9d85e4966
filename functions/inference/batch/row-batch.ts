import { AppError } from '#core/errors.ts';
import { allocate, type TensorData } from '#core/tensors/tensor.ts';
import { toOnnx } from '#shared/onnx.ts';
import { type Column, columnsOf, put } from '../columns.ts';
import type { Inputs, Target } from '../predict.ts';
import { rowsPerBatch } from '../rows-per-batch.ts';

/** A column of the model and the tensor that it goes to. */
export interface Slot {
  readonly column: Column;
  readonly name: string;
  readonly data: TensorData;
}

/** Where a row stands in the input. */
export interface Place {
  readonly object: number;
  /** Of its object, from 1. */
  readonly row: number;
  readonly key?: string | undefined;
  /** In text. */
  readonly line?: number;
}

/** Rows on their way into the model, in buffers that are used again and again. */
export class RowBatch {
  readonly size: number;
  readonly slots: readonly Slot[];
  readonly #target: Target;
  readonly #tensors: ReadonlyMap<string, { data: TensorData; width: number }>;
  places: Place[] = [];

  /**
   * @param most rows that will come, where that is known
   * @throws AppError `unprocessable` where the model takes no rows, or so many at once only
   */
  constructor(target: Target, most = Number.POSITIVE_INFINITY) {
    this.#target = target;
    const { signature } = target.variant;
    const columns = columnsOf(signature);
    if (!columns) throw new AppError('unprocessable', "the model's inputs are not rows of columns");
    const widths = signature.inputs.map(({ shape }) =>
      shape.slice(1).reduce<number>((a, b) => a * Number(b), 1),
    );
    this.size = Math.min(batchSize(target, widths), most);
    this.#tensors = new Map(
      signature.inputs.map(({ name, datatype }, i) => {
        const width = widths[i] as number;
        return [name, { data: allocate(datatype, this.size * width), width }];
      }),
    );
    this.slots = [...columns.values()].map((column) => ({
      column,
      name: column.feature.name,
      data: this.#tensors.get(column.spec.name)?.data as TensorData,
    }));
  }

  get rows(): number {
    return this.places.length;
  }

  get isFull(): boolean {
    return this.places.length === this.size;
  }

  /**
   * Puts a value into the next row, by the rules of serving.
   * @returns what is wrong with it
   */
  put({ column, data }: Slot, value: unknown): string | undefined {
    return put(column, value, data, this.places.length * column.width + column.feature.column);
  }

  /** Keeps the row whose values were put. */
  keep(place: Place): void {
    this.places.push(place);
  }

  /** The inputs of these rows; views on the buffers. */
  inputs(from = 0, to = this.rows): Inputs {
    const { signature } = this.#target.variant;
    return Object.fromEntries(
      signature.inputs.map(({ name, datatype, shape }) => {
        const { data, width } = this.#tensors.get(name) as { data: TensorData; width: number };
        const rows = part(data, from * width, to * width);
        const sizes = [to - from, ...shape.slice(1).map(Number)];
        const session = this.#target.plan.inputs.get(name)?.sessionName as string;
        return [session, toOnnx({ datatype, shape: sizes, data: rows })];
      }),
    );
  }

  /** The values of an input in these rows, by its name in the signature. */
  valuesOf(input: string, from: number, to: number): TensorData | undefined {
    const tensor = this.#tensors.get(input);
    return tensor && part(tensor.data, from * tensor.width, to * tensor.width);
  }

  clear(): void {
    this.places = [];
  }
}

const part = (data: TensorData, from: number, to: number): TensorData =>
  Array.isArray(data) ? data.slice(from, to) : data.subarray(from, to);

function batchSize({ variant, plan }: Target, widths: readonly number[]): number {
  if (plan.batched) return rowsPerBatch(widths.reduce((a, b) => a + b, 0));
  const fixed = variant.signature.inputs.map(({ shape }) => shape[0]);
  if (fixed.every((size) => size === 1)) return 1;
  throw new AppError('unprocessable', `the model takes exactly ${fixed.join(', ')} rows at once`);
}
