import * as z from 'zod';
import type { GoldenSample } from '../signature/golden.ts';
import type { Signature, TensorSpec } from '../signature/schema.ts';

type Tensor = GoldenSample['inputs'][number];

const Row = z.record(z.string(), z.json());
/** As the scoring protocol of MLflow takes it, which is how its clients keep input examples. */
const Example = z.union([
  z.object({
    dataframe_split: z.object({ columns: z.array(z.string()), data: z.array(z.array(z.json())) }),
  }),
  z.object({ dataframe_records: z.array(Row).min(1) }),
  z.object({ inputs: z.union([z.array(z.json()), z.record(z.string(), z.array(z.json()))]) }),
  z.object({ instances: z.array(z.json()) }),
]);

/**
 * The inputs of a model in an example that MLflow's client kept; undefined where they cannot be
 * told from it. What fits together is found by names, else by width.
 */
export function inputsOf(example: unknown, { inputs }: Signature): Tensor[] | undefined {
  const { data } = Example.safeParse(example);
  if (!data) return undefined;
  if ('dataframe_split' in data) return ofTable(data.dataframe_split, inputs);
  if ('dataframe_records' in data) {
    const columns = Object.keys(data.dataframe_records[0] as object);
    const rows = data.dataframe_records.map((row) => columns.map((name) => row[name] ?? null));
    return ofTable({ columns, data: rows }, inputs);
  }
  if ('instances' in data) return ofArrays(data.instances, inputs);
  return ofArrays(data.inputs, inputs);
}

interface Table {
  readonly columns: readonly string[];
  readonly data: readonly (readonly z.core.util.JSONType[])[];
}

function ofTable({ columns, data }: Table, inputs: readonly TensorSpec[]): Tensor[] | undefined {
  const [only] = inputs;
  const width = only?.shape.at(-1);
  if (inputs.length === 1 && only?.shape.length === 2 && columns.length > 1) {
    if (typeof width === 'number' && width >= 0 && width !== columns.length) return undefined;
    return [tensor(only, [data.length, columns.length], data.flat())];
  }
  if (!inputs.every(({ name }) => columns.includes(name))) return undefined;
  return inputs.map((spec) => {
    const at = columns.indexOf(spec.name);
    const shape = spec.shape.length === 1 ? [data.length] : [data.length, 1];
    return tensor(
      spec,
      shape,
      data.map((row) => row[at] ?? null),
    );
  });
}

function ofArrays(
  given: readonly z.core.util.JSONType[] | Readonly<Record<string, z.core.util.JSONType[]>>,
  inputs: readonly TensorSpec[],
): Tensor[] | undefined {
  const [only] = inputs;
  if (Array.isArray(given)) {
    return inputs.length === 1 && only ? [tensor(only, shapeOf(given), flat(given))] : undefined;
  }
  const named = given as Readonly<Record<string, z.core.util.JSONType[]>>;
  if (!inputs.every(({ name }) => Object.hasOwn(named, name))) return undefined;
  return inputs.map((spec) => {
    const values = named[spec.name] ?? [];
    return tensor(spec, shapeOf(values), flat(values));
  });
}

const tensor = ({ name, datatype }: TensorSpec, shape: number[], data: Tensor['data']): Tensor => ({
  ...{ name, datatype, shape, data },
});

const flat = (values: readonly z.core.util.JSONType[]) =>
  values.flat(16 as 1) as z.core.util.JSONType[];

function shapeOf(values: readonly z.core.util.JSONType[]): number[] {
  const [first] = values;
  return [values.length, ...(Array.isArray(first) ? shapeOf(first) : [])];
}
