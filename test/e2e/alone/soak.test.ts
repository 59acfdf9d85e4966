import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { readExample } from '../../../local/examples.ts';
import { placeOf } from '../../../local/settings.ts';
import { withEnvironment } from '../../helpers/faults.ts';
import { type Gate, openGate } from '../../helpers/gate.ts';
import {
  api,
  force,
  stack,
  UNEXAMINED,
  unique,
  writeUnexaminedPolicy,
} from '../../helpers/stack.ts';

const example = readExample('breast-cancer');
const [model, endpoint] = [unique('model'), unique('soaked')];
const path = `/api/v1/endpoints/${endpoint}`;

beforeAll(async () => {
  await writeUnexaminedPolicy();
  const body = { name: model, task: 'binary', policy: UNEXAMINED };
  await api.call('POST', '/api/v1/models', { body });
  const base64 = Buffer.from(example.artifact).toString('base64');
  for (const description of ['first', 'second', 'third']) {
    const version = { artifact: { base64 }, description };
    await api.call('POST', `/api/v1/models/${model}/versions`, { body: version });
  }
});

const variants = (old: number, next: number) => [
  { name: 'old', model, version: old, weight: 50 },
  { name: 'next', model, version: next, weight: 50 },
];
const put = (body: object) => api.call('PUT', path, { body: { force, ...body } });
const move = (old: number, next: number) =>
  api.call('PUT', `${path}/weights`, { body: { weights: { old, next } } });

/** What callers saw, by status and by the revision that answered. */
interface Seen {
  readonly statuses: Map<number, number>;
  readonly revisions: Set<number>;
}

async function soak(work: (seen: Seen) => Promise<void>): Promise<Seen> {
  const seen: Seen = { statuses: new Map(), revisions: new Set() };
  let going = true;
  const caller = async () => {
    while (going) {
      const body = example.expected.request;
      const url = `/v2/models/${endpoint}/infer`;
      const { status, headers } = await api.request('POST', url, { body });
      seen.statuses.set(status, (seen.statuses.get(status) ?? 0) + 1);
      seen.revisions.add(Number(headers.get('x-skiff-endpoint-revision')));
    }
  };
  const callers = [caller(), caller(), caller()];
  try {
    await work(seen);
  } finally {
    going = false;
    await Promise.all(callers);
  }
  return seen;
}

async function until({ revisions }: Seen, revision: number): Promise<void> {
  for (let i = 0; i < 240 && !revisions.has(revision); i++) await sleep(250);
  expect([...revisions]).toContain(revision);
}

/** Longer than a record may be used without a look at the table. */
const OUTAGE_MS = 22_000;

describe('an endpoint under steady traffic', () => {
  it('answers every request while weights move, a version is replaced and the table is away', async () => {
    const gate: Gate = await openGate(placeOf('e2e').port + 2, new URL(stack().awsEndpointUrl));
    const settings = { AWS_ENDPOINT_URL_DYNAMODB: gate.url };
    try {
      await put({ variants: variants(1, 2) });
      const seen = await withEnvironment('Infer', settings, () =>
        soak(async (soFar) => {
          await until(soFar, 1);
          for (const [old, next] of [
            [90, 10],
            [20, 80],
          ] as const) {
            await until(soFar, (await move(old, next)).revision);
          }
          await until(soFar, (await put({ variants: variants(3, 2) })).revision);
          gate.shut();
          const { revision } = await move(35, 65);
          await sleep(OUTAGE_MS);
          expect([...soFar.revisions]).not.toContain(revision);
          gate.open();
          await until(soFar, revision);
        }),
      );
      expect([...seen.statuses.keys()]).toEqual([200]);
      expect(seen.statuses.get(200)).toBeGreaterThan(100);
      expect([...seen.revisions]).toEqual([1, 2, 3, 4, 5]);
    } finally {
      await gate.close();
    }
  }, 240_000);
});
