import type { Signature } from '#core/signature/schema.ts';
import { artifactOf } from './tiny-model.ts';

const AT = '2026-11-24T00:00:00.000Z';

/** Version 7 of the model "m", as the table has it. */
export function versionItem(deployed: { model: Uint8Array; signature: Signature }) {
  const artifact = artifactOf(deployed.model);
  const facts = { model: 'm', version: 7, status: 'approved', revision: 1, createdBy: 'a' };
  return {
    ...{ pk: 'MODEL#m', sk: 'VERSION#000000007', ...facts, createdAt: AT, updatedAt: AT },
    artifact: { ...artifact, uploaded: artifact, changes: [] },
    signature: deployed.signature,
    graph: {
      ...{ irVersion: 8, opsets: [], producer: { name: '', version: '' }, operators: [] },
      ...{ parameterCount: 0, initializerBytes: 0, metadata: {} },
    },
    ...{ lineage: {}, metrics: {}, description: '', tags: {} },
  };
}
