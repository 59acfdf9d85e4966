import { AppError } from '#core/errors.ts';
import { type Column, type NumericColumn, textAt } from '#core/table/table.ts';
import { roundToBfloat16 } from '#core/tensors/bfloat16.ts';
import { is64Bit, isFloating, type TensorData } from '#core/tensors/tensor.ts';
import { type InputColumn, put } from '#slices/inference';
import type { BoundColumn } from './input-columns.ts';

/** Rows of a table that go into a tensor's first rows. */
export interface Span {
  readonly start: number;
  readonly rows: number;
}

export type Fill = (data: TensorData, span: Span) => void;

/** What to do about a value that the contract refuses. */
export type OnRefused = (row: number, column: string, problem: string) => void;

/**
 * How a column gets into its tensor, by the rules of serving: the plain numbers in a loop of their
 * own, everything else value by value.
 *
 * @param onRefused throws AppError `unprocessable` naming row and column where it is left out
 */
export function fillOf({ target, source }: BoundColumn, onRefused: OnRefused = refuse): Fill {
  const { datatype } = target.spec;
  const plain = !target.categories && datatype !== 'BF16' && datatype !== 'BYTES';
  const numeric = target.feature.type === 'number' || target.feature.type === 'integer';
  return source.kind === 'numeric' && plain && numeric && !is64Bit(datatype)
    ? numberFill(target, source, onRefused)
    : valueFill(target, source, onRefused);
}

/** Takes what is in range and stored without harm; `put` judges and words the rest. */
function numberFill(target: InputColumn, source: NumericColumn, onRefused: OnRefused): Fill {
  const { feature, spec, width } = target;
  const { min = -Infinity, max = Infinity } = feature;
  const whole = feature.type !== 'number';
  const rounds = !whole && isFloating(spec.datatype);
  const put = putAt(target, source, onRefused);
  return (tensor, { start, rows }) => {
    const data = tensor as Float32Array;
    for (let r = 0, at = feature.column; r < rows; r++, at += width) {
      const value = source.values[start + r] as number;
      if (value >= min && value <= max) {
        data[at] = value;
        const stored = data[at] as number;
        const exact = stored === value && (!whole || Number.isInteger(value));
        if ((exact || rounds) && stored - stored === 0) continue;
      }
      put(tensor, start + r, at);
    }
  };
}

function valueFill(target: InputColumn, source: Column, onRefused: OnRefused): Fill {
  const { feature, width } = target;
  const put = putAt(target, source, onRefused);
  return (tensor, { start, rows }) => {
    for (let r = 0; r < rows; r++) put(tensor, start + r, r * width + feature.column);
  };
}

function putAt(target: InputColumn, source: Column, onRefused: OnRefused) {
  const value = readerOf(target, source);
  return (tensor: TensorData, row: number, at: number): void => {
    const problem = put(target, value(row), tensor, at);
    if (problem !== undefined) onRefused(row, source.name, problem);
  };
}

function refuse(row: number, column: string, problem: string): never {
  const field = `rows[${row}].${column}`;
  const message = `${field}: ${problem}`;
  throw new AppError('unprocessable', message, { fields: [{ field, message: problem }] });
}

/**
 * A row's value as serving would get it. Files of text have no types: digits are text where the
 * model takes text, and the words true and false are what a boolean column takes.
 */
function readerOf({ feature, spec }: InputColumn, source: Column): (row: number) => unknown {
  if (spec.datatype === 'BYTES') return (row) => textAt(source, row);
  if (source.kind === 'numeric') {
    return (row) => {
      const value = source.values[row] as number;
      return Number.isNaN(value) ? undefined : value;
    };
  }
  if (feature.type !== 'boolean') return (row) => textAt(source, row);
  return (row) => {
    const text = textAt(source, row);
    return text === 'true' ? true : text === 'false' ? false : text;
  };
}

/** The same without the contract: any number, NaN and infinity, goes into a floating tensor. */
export function uncheckedFillOf(bound: BoundColumn): Fill {
  const { target, source } = bound;
  const { feature, spec, width } = target;
  if (source.kind !== 'numeric' || !isFloating(spec.datatype)) return fillOf(bound);
  const round = spec.datatype === 'BF16' ? roundToBfloat16 : (value: number) => value;
  return (tensor, { start, rows }) => {
    const data = tensor as Float32Array;
    for (let r = 0, at = feature.column; r < rows; r++, at += width) {
      data[at] = round(source.values[start + r] as number);
    }
  };
}
