import { createHash } from 'node:crypto';
import { checkGoldenSample, GoldenSample } from '#core/signature/golden.ts';
import type { Signature } from '#core/signature/schema.ts';
import { getItem, table, type Write } from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import type { ModelVersion } from './schema.ts';

/**
 * What a version says of its golden sample; the sample itself is an item of its own, so that
 * versions stay small.
 *
 * @throws AppError `invalid` where it does not fit the signature
 */
export function describeGolden(
  sample: GoldenSample,
  signature: Signature,
): ModelVersion['goldenSample'] {
  const rows = checkGoldenSample(signature, sample, 'goldenSample');
  const sha256 = createHash('sha256').update(JSON.stringify(sample)).digest('hex');
  return { sha256, rows, tolerance: sample.tolerance };
}

/** As text, because the table's numbers end where those of a float64 do not. */
export const putGolden = (model: string, version: number, sample: GoldenSample): Write => ({
  Put: {
    TableName: table().name,
    Item: { ...keys.goldenSample(model, version), sample: JSON.stringify(sample) },
    ConditionExpression: 'attribute_not_exists(pk)',
  },
});

/** Undefined where none was given at registration. */
export async function getGoldenSample(
  model: string,
  version: number,
): Promise<GoldenSample | undefined> {
  const item = await getItem(keys.goldenSample(model, version));
  return item && GoldenSample.parse(JSON.parse(String(item.sample)));
}
