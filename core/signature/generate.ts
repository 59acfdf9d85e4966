import type { Random } from '../random.ts';
import { roundToBfloat16 } from '../tensors/bfloat16.ts';
import { elementCount } from '../tensors/shapes.ts';
import { allocate, is64Bit, isFloating, type Tensor, type TensorData } from '../tensors/tensor.ts';
import { featuresOf } from './complete.ts';
import { makePlan } from './plan.ts';
import type { Feature, Signature, TensorSpec } from './schema.ts';

/** Of an axis that has neither a size nor a name, or a name only. */
const OPEN_AXIS = 8;

export type NamedTensor = Tensor & { readonly name: string };

/**
 * Made-up inputs inside the contract: uniform within declared ranges and categories, standard
 * normal where nothing is declared, nothing missing.
 *
 * @param rows taken as one where the model's first axis is fixed
 */
export function generateInputs(signature: Signature, rows: number, random: Random): NamedTensor[] {
  const { batched } = makePlan(signature);
  const features = featuresOf(signature) ?? [];
  return signature.inputs.map((spec) => {
    const shape = sizesOf(spec, batched ? rows : undefined);
    const own = features.filter(({ input }) => input === spec.name);
    const data = allocate(spec.datatype, elementCount(shape));
    const values = own.length > 0 ? undefined : drawOf(spec, undefined);
    fillFrom(data, own, { spec, values, random });
    return { name: spec.name, datatype: spec.datatype, shape, data };
  });
}

const sizesOf = ({ shape }: TensorSpec, rows: number | undefined): number[] =>
  shape.map((size, axis) => {
    if (axis === 0 && rows !== undefined) return rows;
    return typeof size === 'number' && size >= 0 ? size : OPEN_AXIS;
  });

type Draw = (random: Random) => unknown;

interface Filling {
  readonly spec: TensorSpec;
  /** For every element, where no column is known. */
  readonly values: Draw | undefined;
  readonly random: Random;
}

function fillFrom(
  data: TensorData,
  features: readonly Feature[],
  { spec, values, random }: Filling,
): void {
  const width = Math.max(1, features.length);
  const draws = new Array<Draw>(width);
  for (const feature of features) draws[feature.column] = drawOf(spec, feature);
  for (let i = 0; i < data.length; i++) {
    (data as unknown[])[i] = (values ?? (draws[i % width] as Draw))(random);
  }
}

function drawOf(spec: TensorSpec, feature: Feature | undefined): Draw {
  const { datatype } = spec;
  const written = (value: number): unknown => {
    if (is64Bit(datatype)) return BigInt(value);
    return datatype === 'BF16' ? roundToBfloat16(value) : value;
  };
  const categories = feature?.categories;
  if (categories) {
    return (random) => {
      const value = categories[random.integer(categories.length)] as string | number;
      return typeof value === 'string' ? value : written(value);
    };
  }
  if (datatype === 'BYTES') return (random) => `text ${random.integer(100)}`;
  if (datatype === 'BOOL' || feature?.type === 'boolean')
    return (random) => written(random.integer(2));
  if (isFloating(datatype) && feature?.type !== 'integer') {
    return (random) => written(decimal(feature, random));
  }
  return (random) => written(whole(feature, random));
}

/** Off the ends of the range, which rounding to the datatype could step over. */
const MARGIN = 0.01;

function decimal({ min, max }: Partial<Feature> = {}, random: Random): number {
  if (min === undefined && max === undefined) return random.normal();
  const [low, high] = bounds(min, max);
  return low + (high - low) * (MARGIN + (1 - 2 * MARGIN) * random.uniform());
}

function whole({ min, max }: Partial<Feature> = {}, random: Random): number {
  if (min === undefined && max === undefined) return random.integer(10);
  const [low, high] = bounds(min, max).map((bound, i) =>
    i ? Math.floor(bound) : Math.ceil(bound),
  );
  return (low as number) + random.integer((high as number) - (low as number) + 1);
}

/** An end that is open lies as far away as the other one is large, and at least 10. */
function bounds(min: number | undefined, max: number | undefined): [number, number] {
  const span = Math.max(10, Math.abs(min ?? max ?? 0));
  return [min ?? (max as number) - span, max ?? (min as number) + span];
}
