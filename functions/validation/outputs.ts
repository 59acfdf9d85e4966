import { AppError } from '#core/errors.ts';
import { classNames, nameOfNumber } from '#core/signature/classes.ts';
import type { OutputPlan } from '#core/signature/plan.ts';
import type { Signature } from '#core/signature/schema.ts';
import type { Scores } from '#core/table/scores.ts';
import type { TensorData } from '#core/tensors/tensor.ts';

/** One batch of an output: its values and how many of them each row has. */
export interface OutputBatch {
  readonly data: TensorData;
  readonly width: number;
}

/** Gathers the batches of one pass over a table. */
export interface Collector {
  /** Outputs to compute. */
  readonly wanted: readonly OutputPlan[];
  /** @param start row of the table that the batches begin with */
  add(batches: readonly OutputBatch[], start: number): void;
  finish(): Scores;
}

/**
 * What the roles of the outputs make of a model: a classifier with probabilities, one with labels
 * only, or a regressor.
 *
 * @throws AppError `unprocessable` where no output has a role
 */
export function collectorOf(
  signature: Signature,
  outputs: readonly OutputPlan[],
  rows: number,
): Collector {
  const role = (name: string) => outputs.find((output) => output.role === name);
  const label = role('label');
  const probabilities = role('probabilities');
  const value = role('value');
  if (probabilities) return new ClassCollector(signature, { label, probabilities }, rows);
  if (label) return new LabelCollector(signature, label, rows);
  if (value) return valueCollector(value, rows);
  throw unprocessable(
    'no output of the model is known to be the label, the probabilities or the value: name one under signature.outputs',
  );
}

function valueCollector(output: OutputPlan, rows: number): Collector {
  const values = new Float64Array(rows);
  return {
    wanted: [output],
    add([batch], start) {
      const { data, width } = batch as OutputBatch;
      if (width !== 1) throw unprocessable(`output "${output.name}" has ${width} values per row`);
      for (let i = 0; i < data.length; i++) values[start + i] = Number(data[i]);
    },
    finish: () => ({ kind: 'values', values }),
  };
}

class ClassCollector implements Collector {
  readonly wanted: readonly OutputPlan[];
  readonly #signature: Signature;
  readonly #rows: number;
  readonly #predicted: Int32Array;
  #classes: readonly string[] = [];
  #probabilities = new Float64Array(0);
  #positions = new Map<unknown, number>();

  constructor(
    signature: Signature,
    { label, probabilities }: { label: OutputPlan | undefined; probabilities: OutputPlan },
    rows: number,
  ) {
    this.wanted = label ? [probabilities, label] : [probabilities];
    this.#signature = signature;
    this.#rows = rows;
    this.#predicted = new Int32Array(rows);
    if (rows === 0) this.#start(Number(probabilities.shape.at(-1)) || 1);
  }

  add([probabilities, label]: readonly OutputBatch[], start: number): void {
    const { data, width } = probabilities as OutputBatch;
    if (this.#classes.length === 0) this.#start(width);
    this.#addProbabilities(data, width, start);
    if (label) this.#addLabels(label.data, start);
    else this.#addLikeliest(data.length / width, start);
  }

  /** One column is the probability of the second of two classes. */
  #start(width: number): void {
    const names = classNames(this.#signature, width);
    this.#classes = names.length === 1 ? ['0', '1'] : names;
    this.#probabilities = new Float64Array(this.#rows * this.#classes.length);
  }

  #addProbabilities(data: TensorData, width: number, start: number): void {
    const into = this.#probabilities;
    if (width === this.#classes.length) {
      into.set(data as Float32Array, start * width);
      return;
    }
    for (let i = 0; i < data.length; i++) {
      const positive = data[i] as number;
      into[2 * (start + i)] = 1 - positive;
      into[2 * (start + i) + 1] = positive;
    }
  }

  #addLabels(data: TensorData, start: number): void {
    for (let i = 0; i < data.length; i++) {
      const label = data[i] as unknown;
      this.#predicted[start + i] = this.#positions.get(label) ?? this.#position(label);
    }
  }

  #position(label: unknown): number {
    const position = positionOf(this.#classes, String(label));
    this.#positions.set(label, position);
    return position;
  }

  #addLikeliest(rows: number, start: number): void {
    const { length } = this.#classes;
    for (let row = start; row < start + rows; row++) {
      let best = 0;
      for (let i = 1; i < length; i++) {
        const p = this.#probabilities[row * length + i] as number;
        if (p > (this.#probabilities[row * length + best] as number)) best = i;
      }
      this.#predicted[row] = best;
    }
  }

  finish(): Scores {
    return {
      kind: 'classes',
      classes: this.#classes,
      predicted: this.#predicted,
      probabilities: this.#probabilities,
    };
  }
}

function positionOf(classes: readonly string[], label: string): number {
  const position = classes.indexOf(nameOfNumber(classes, label) ?? label);
  if (position >= 0) return position;
  throw unprocessable(
    `the model answered the label "${label}", which is none of its classes: name them under signature.classes`,
  );
}

/** Without declared classes they are what the model answered, in order of number or text. */
class LabelCollector implements Collector {
  readonly wanted: readonly OutputPlan[];
  readonly #declared: readonly string[] | undefined;
  readonly #isBoolean: boolean;
  readonly #codes: Int32Array;
  readonly #seen = new Map<unknown, number>();

  constructor({ classes }: Signature, label: OutputPlan, rows: number) {
    this.wanted = [label];
    this.#isBoolean = label.datatype === 'BOOL';
    this.#declared = classes ?? (this.#isBoolean ? ['false', 'true'] : undefined);
    this.#codes = new Int32Array(rows);
  }

  add([label]: readonly OutputBatch[], start: number): void {
    const { data, width } = label as OutputBatch;
    if (width !== 1) throw unprocessable(`the label has ${width} values per row, not one`);
    for (let i = 0; i < data.length; i++) {
      const value = data[i] as unknown;
      const code = this.#seen.get(value) ?? this.#seen.size;
      this.#seen.set(value, code);
      this.#codes[start + i] = code;
    }
  }

  finish(): Scores {
    const labels = [...this.#seen.keys()].map(String);
    const classes = this.#declared ?? labels.toSorted(byNumberOrText);
    const positions = labels.map((label) => positionOf(classes, label));
    const predicted = this.#codes.map((code) => positions[code] as number);
    return { kind: 'classes', classes, predicted, probabilities: undefined };
  }
}

function byNumberOrText(a: string, b: string): number {
  const difference = Number(a) - Number(b);
  if (!Number.isNaN(difference)) return difference;
  return a < b ? -1 : Number(a > b);
}

const unprocessable = (message: string) => new AppError('unprocessable', message);
