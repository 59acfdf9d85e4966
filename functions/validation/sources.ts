import type { PriceTable } from '#core/performance/prices.ts';
import type { GoldenSample } from '#core/signature/golden.ts';
import { readObject } from '#shared/objects.ts';
import { getGoldenSample, type ModelVersion } from '#slices/registry';
import type { Examination } from './examination.ts';
import { settings } from './settings.ts';

/** What the checks of the artifact itself read beside the examination. */
export interface Sources {
  readArtifact(version: ModelVersion): Promise<Uint8Array>;
  readGolden(version: ModelVersion): Promise<GoldenSample | undefined>;
  /** Of the function that serves predictions. */
  readonly servingMegabytes: number;
  /** Of the function that this runs in. */
  readonly ownMegabytes: number;
  readonly prices: PriceTable;
}

export const deployedSources = (): Sources => ({
  readArtifact: async ({ artifact }) => {
    const key = `artifacts/sha256/${artifact.sha256}`;
    return (await readObject({ bucket: settings().ARTIFACTS_BUCKET, key })).bytes;
  },
  readGolden: async ({ model, version, goldenSample }) =>
    goldenSample && getGoldenSample(model, version),
  servingMegabytes: settings().INFERENCE_MEMORY_MB,
  ownMegabytes: settings().AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  prices: settings().SKIFF_PRICES,
});

/** Columns of the dataset that are no features. */
export const otherColumns = ({ dataset }: Pick<Examination, 'dataset'>): string[] =>
  dataset ? [...(dataset.label ? [dataset.label] : []), ...dataset.protectedAttributes] : [];
