import { TrafficTally } from '#core/traffic/summary.ts';
import type { fakeTable } from './fake-table.ts';

type Table = ReturnType<typeof fakeTable>;

export const ENDPOINT = 'e';
export const MODEL = 'm';
const digest = (version: number) => ({ sha256: `${version}`.repeat(64), sizeBytes: 100 });
const ordinal = (n: number) => String(n).padStart(9, '0');
const SIGNATURE = {
  inputs: [{ name: 'X', datatype: 'FP32', shape: ['n', 1] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: ['n', 1] }],
};

interface VersionAbout {
  readonly status?: string;
  readonly signature?: object;
}

export function putVersion(
  table: Table,
  version: number,
  at: string,
  { status = 'approved', signature = SIGNATURE }: VersionAbout = {},
): void {
  const artifact = { ...digest(version), uploaded: digest(version), changes: [] };
  const graph = {
    ...{ irVersion: 9, opsets: [], producer: { name: '', version: '' }, operators: [] },
    ...{ parameterCount: 0, initializerBytes: 0, metadata: {} },
  };
  table.put({
    ...{ pk: `MODEL#${MODEL}`, sk: `VERSION#${ordinal(version)}`, model: MODEL, version, status },
    ...{ artifact, signature, graph, lineage: {}, metrics: {}, description: '', tags: {} },
    ...{ revision: 1, createdAt: at, createdBy: 'a', updatedAt: at },
  });
}

/** In the table: a model with two approved versions, and an endpoint that serves the first. */
export function putServed(table: Table, at: string): void {
  const name = ENDPOINT;
  const model = {
    name: MODEL,
    task: 'other',
    owner: 'a',
    description: '',
    tags: {},
    policy: 'p',
    latestVersion: 2,
  };
  const times = { createdAt: at, updatedAt: at };
  table.put({ pk: `MODEL#${MODEL}`, sk: 'CURRENT', ...model, ...times, revision: 1 });
  putVersion(table, 1, at);
  putVersion(table, 2, at);
  const variants = [{ name: 'live', model: MODEL, version: 1, weight: 100 }];
  const settings = {
    ...{ variants, shadows: [], strategy: { kind: 'weighted' }, stickyUnit: { kind: 'request' } },
    capture: { share: 0, mask: [], drop: [] },
  };
  const current = { name, description: '', ...settings, revision: 1, ...times, updatedBy: 'a' };
  const served = variants.map((one) => ({ ...one, artifact: digest(1), signature: SIGNATURE }));
  const serving = { ...settings, name, revision: 1, updatedAt: at, variants: served };
  const index = { gsi1pk: 'ENDPOINTS', gsi1sk: name };
  table.put({ pk: `ENDPOINT#${name}`, sk: 'CURRENT', ...index, ...current, serving });
  table.put({ pk: `ENDPOINT#${name}`, sk: `REVISION#${ordinal(1)}`, ...current });
}

/** A minute of some answered requests of one variant in one revision. */
export function putTraffic(
  table: Table,
  at: number,
  about: { readonly variant: string; readonly version: number; readonly revision: number },
  requests = 50,
): void {
  const minute = `${new Date(at).toISOString().slice(0, 16)}Z`;
  const tally = new TrafficTally();
  for (let i = 0; i < requests; i++) {
    tally.addRequest({ status: 200, rows: 1, latencyMs: 5 + (i % 10) / 10 });
  }
  table.put({
    pk: `TRAFFIC#${ENDPOINT}`,
    sk: `${minute}#${about.variant}#${about.revision}#i`,
    ...{ ...about, minute, model: MODEL, instance: 'i', before: 0 },
    summary: JSON.stringify(tally),
  });
}
