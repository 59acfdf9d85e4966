import { inspectModel } from '#core/onnx/inspect.ts';
import { removeZipMaps } from '#core/onnx/zip-map.ts';
import { completeSignature } from '#core/signature/complete.ts';
import { deriveSignature } from '#core/signature/derive.ts';
import type { SignatureDeclaration } from '#core/signature/schema.ts';
import type { Table } from '#core/table/table.ts';
import type { Example } from '../../local/examples.ts';
import type { Deployed } from './inference.ts';
import { columnFrom } from './tables.ts';

/** The example as registration would store it. */
export const deployed = ({ artifact, version }: Example): Deployed =>
  deployModel(artifact, version.signature as SignatureDeclaration);

/** A model as registration would store it. */
export function deployModel(artifact: Uint8Array, declared: SignatureDeclaration = {}): Deployed {
  const model = removeZipMaps(artifact)?.bytes ?? artifact;
  const derived = deriveSignature(inspectModel(model));
  return { model, signature: completeSignature(derived, declared) };
}

interface RequestTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

/** The tensors of the example's request as a table: features by name, an image by its order. */
export function requestTable({ expected }: Example, { features }: Deployed['signature']): Table {
  const tensors = expected.request.inputs as RequestTensor[];
  const rows = tensors[0]?.shape[0] as number;
  const columns = tensors.flatMap(({ name, data }) => {
    const width = data.length / rows;
    return Array.from({ length: width }, (_, column) => {
      const own = features?.find((f) => f.input === name && f.column === column);
      // A missing string is the empty one.
      const values = data.filter((_, i) => i % width === column).map((v) => (v === '' ? null : v));
      return columnFrom(own?.name ?? `${name}_${column}`, values);
    });
  });
  return { rows, columns };
}
