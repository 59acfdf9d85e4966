import { classNames, nameOfNumber } from '#core/signature/classes.ts';
import type { Signature } from '#core/signature/schema.ts';
import { elementCount } from '#core/tensors/shapes.ts';
import type { OutputTallies } from '#core/traffic/output-tally.ts';
import type { Output } from './predict.ts';

/** What a model said of each row, in the terms of its roles. */
export interface Outcomes {
  readonly labels?: Labels;
  readonly probabilities?: Numbers;
  /** The value, or outputs without a role, one number per row each. */
  readonly values: readonly Numbers[];
}

export interface Labels {
  readonly name: string;
  readonly labels: readonly string[];
}

export interface Numbers {
  readonly name: string;
  /** Per row. */
  readonly width: number;
  readonly data: ArrayLike<number>;
}

/** Outputs with one entry per row only; of the others nothing is said. */
export function outcomesOf(
  signature: Pick<Signature, 'classes'>,
  outputs: readonly Output[],
  rows: number,
): Outcomes {
  const perRow = outputs.filter(({ shape }) => shape[0] === rows);
  const role = (wanted: string) => perRow.find(({ spec }) => spec.role === wanted);
  const found = role('probabilities');
  const probabilities = found && numbersOf(found);
  const label = role('label');
  const labels = label ? namedLabels(signature, label) : likeliest(signature, probabilities);
  const values = perRow
    .filter((output) => output !== label && output !== found && isNumber(output))
    .map(numbersOf)
    .filter(({ width }) => width === 1);
  return { ...(labels && { labels }), ...(probabilities && { probabilities }), values };
}

const isNumber = ({ spec }: Output): boolean =>
  spec.datatype !== 'BYTES' && spec.datatype !== 'BOOL' && !spec.datatype.endsWith('INT64');

function numbersOf({ spec, shape, data }: Output): Numbers {
  const numbers = data instanceof Uint16Array && spec.datatype === 'FP16' ? halves(data) : data;
  const width = elementCount(shape.slice(1));
  return { name: spec.name, width, data: numbers as ArrayLike<number> };
}

/** The runtime hands out half floats as their bits. */
const halves = (bits: Uint16Array): Float16Array =>
  new Float16Array(bits.buffer, bits.byteOffset, bits.length);

function namedLabels({ classes }: Pick<Signature, 'classes'>, { spec, shape, data }: Output) {
  if (elementCount(shape.slice(1)) !== 1) return undefined;
  const texts = Array.from(data as ArrayLike<unknown>, String);
  if (!classes || spec.datatype === 'BYTES') return { name: spec.name, labels: texts };
  return { name: spec.name, labels: texts.map((text) => nameOfNumber(classes, text) ?? text) };
}

/** Where a model answers probabilities only. */
function likeliest(
  signature: Pick<Signature, 'classes'>,
  probabilities: Numbers | undefined,
): Labels | undefined {
  if (!probabilities) return undefined;
  const { width, data, name } = probabilities;
  const classes = classNames(signature, width);
  const labels: string[] = [];
  for (let at = 0; at < data.length; at += width) {
    const best =
      width === 1 && classes.length === 2
        ? Number((data[at] as number) > 0.5)
        : largest(data, at, width);
    labels.push(classes[best] as string);
  }
  return { name, labels };
}

function largest(data: ArrayLike<number>, at: number, width: number): number {
  let best = 0;
  for (let i = 1; i < width; i++) {
    if ((data[at + i] as number) > (data[at + best] as number)) best = i;
  }
  return best;
}

/** Counts labels, how sure the model was, and its values. */
export function tally({ labels, probabilities, values }: Outcomes, into: OutputTallies): void {
  if (labels) into.addLabels(labels.name, labels.labels);
  if (probabilities) into.addScores(probabilities.name, scores(probabilities));
  for (const { name, data } of values) into.addValues(name, Float64Array.from(data));
}

/** Of two classes the second one's probability, of more the largest. */
function scores({ width, data }: Numbers): Float64Array {
  const rows = data.length / width;
  return Float64Array.from({ length: rows }, (_, row) => {
    const at = row * width;
    return data[at + (width <= 2 ? width - 1 : largest(data, at, width))] as number;
  });
}
