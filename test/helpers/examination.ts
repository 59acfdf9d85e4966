import { inspectModel } from '#core/onnx/inspect.ts';
import { PriceTable } from '#core/performance/prices.ts';
import type { GoldenSample } from '#core/signature/golden.ts';
import type { Table } from '#core/table/table.ts';
import type { ModelVersion } from '#slices/registry';
import type { Examination } from '../../functions/validation/examination.ts';
import type { Sources } from '../../functions/validation/sources.ts';
import type { Deployed } from './inference.ts';
import { artifactOf } from './tiny-model.ts';

const AT = '2026-11-24T00:00:00.000Z';

/** The record of a version, as registration would write it. */
export function versionOf(
  { model, signature }: Deployed,
  more: Partial<ModelVersion> = {},
): ModelVersion {
  const { opsets, operators, metadata, classLabels: _, ...graph } = inspectModel(model);
  return {
    model: 'm',
    version: 3,
    status: 'validating',
    artifact: { ...artifactOf(model), uploaded: artifactOf(model), changes: [] },
    signature,
    graph: { ...graph, opsets: [...opsets], operators: [...operators], metadata: { ...metadata } },
    lineage: {},
    metrics: {},
    description: '',
    tags: {},
    revision: 1,
    createdAt: AT,
    createdBy: 'tester',
    updatedAt: AT,
    ...more,
  };
}

export interface ExaminationOptions {
  readonly table?: Table;
  readonly label?: string;
  readonly golden?: GoldenSample | undefined;
  readonly version?: Partial<ModelVersion>;
}

/** An examination of a model in memory, for checks that look at the artifact itself. */
export function examinationOf(
  deployed: Deployed,
  { table, label, golden, version }: ExaminationOptions = {},
): { examination: Examination; sources: Sources } {
  const dataset = table && {
    name: 'data',
    digest: 'sha256:0',
    table,
    label,
    positive: undefined,
    protectedAttributes: [],
  };
  const rows = golden?.inputs[0]?.shape[0] as number;
  const goldenSample = golden && { sha256: '0', rows, tolerance: golden.tolerance };
  return {
    examination: {
      task: 'other',
      version: versionOf(deployed, { ...(goldenSample && { goldenSample }), ...version }),
      subject: { score: () => Promise.reject(new Error('not asked for')) },
      dataset,
      training: undefined,
      champion: undefined,
      settings: { threshold: 0.5, positive: undefined, latencyLimitMs: 100, seed: 1 },
    },
    sources: {
      readArtifact: async () => deployed.model,
      readGolden: async () => golden,
      servingMegabytes: 1769,
      ownMegabytes: 1769,
      prices: PriceTable.parse({}),
    },
  };
}
