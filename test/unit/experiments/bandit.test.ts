import { beforeEach, describe, expect, it } from '@jest/globals';
import { ulid } from 'ulid';
import { banditEndpoints, steer } from '../../../functions/experiments/bandit.ts';
import { fakeTable } from '../../helpers/fake-table.ts';

const HOUR = 3_600_000;
const T0 = Date.parse('2026-11-20T10:00:00.000Z');
const later = new Date(T0 + HOUR);
const table = fakeTable();

const variants = ['a', 'b'].map((name) => ({ name, model: 'm', version: 1, weight: 50 }));
const signature = {
  inputs: [{ name: 'X', datatype: 'FP32', shape: ['n', 1] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: ['n', 1] }],
};
const artifact = { sha256: 'a'.repeat(64), sizeBytes: 100 };
const endpoint = (revision: number, more: object = {}) => ({
  ...{ name: 'e', description: '', variants, shadows: [], revision },
  ...{ strategy: { kind: 'bandit', floor: 5, reward: 'value' }, stickyUnit: { kind: 'request' } },
  capture: { share: 0, mask: [], drop: [] },
  ...{ createdAt: new Date(T0).toISOString(), updatedAt: new Date(T0).toISOString() },
  ...{ updatedBy: 'x', ...more },
});

beforeEach(() => {
  table.items.clear();
  const current = endpoint(2);
  const serving = { ...current, variants: variants.map((v) => ({ ...v, artifact, signature })) };
  const index = { gsi1pk: 'ENDPOINTS', gsi1sk: 'e' };
  table.put({ pk: 'ENDPOINT#e', sk: 'CURRENT', ...index, ...current, serving });
  const before = [{ ...variants[0], version: 7 }, variants[1]];
  table.put({ pk: 'ENDPOINT#e', sk: 'REVISION#000000001', ...endpoint(1, { variants: before }) });
  table.put({ pk: 'ENDPOINT#e', sk: 'REVISION#000000002', ...current });
  table.put({ pk: 'MODEL#m', sk: 'CURRENT', name: 'm' });
  table.put({ pk: 'MODEL#m', sk: 'VERSION#000000001', status: 'approved' });
});

let made = 0;
function reward(variant: string, value: number, revision = 2) {
  const at = T0 + 1000 + made++;
  const predictionId = `${ulid(at)}.e.${revision}.${variant}`;
  const iso = new Date(at).toISOString();
  table.put({
    ...{ pk: 'FEEDBACK#e#2026-11-20', sk: `${predictionId}#000000000`, predictionId, row: 0 },
    ...{ at: iso, revision, variant, value, receivedAt: iso, receivedFrom: 'x' },
  });
}
const current = async () => {
  for await (const found of banditEndpoints()) return found;
  throw new Error('there is no bandit');
};

describe('a bandit', () => {
  it('moves traffic to what pays, keeps the floor, and says why', async () => {
    for (let i = 0; i < 200; i++) {
      reward('a', Number(i % 10 === 0));
      reward('b', Number(i % 3 === 0));
    }
    const next = await steer(await current(), later);
    expect(next?.variants.map(({ weight }) => weight)).toEqual([5, 95]);
    expect(next).toMatchObject({ revision: 3, updatedBy: 'bandit' });
    expect(next?.reason).toMatch(/^chances to be best after 400 rewards: a 0 %, b 100 %$/);
    const audit = [...table.items.values()].find(({ pk }) => pk === 'AUDIT');
    expect(audit).toMatchObject({ action: 'endpoint.shift', actor: 'bandit' });
  });

  it('compares amounts by their means', async () => {
    for (let i = 0; i < 100; i++) {
      reward('a', 20 + (i % 5));
      reward('b', 10 + (i % 5));
    }
    const next = await steer(await current(), later);
    expect(next?.variants.map(({ weight }) => weight)).toEqual([95, 5]);
  });

  it('waits a quarter of an hour, and for rewards', async () => {
    expect(await steer(await current(), later)).toBeUndefined();
    for (let i = 0; i < 100; i++) reward('b', 1);
    for (let i = 0; i < 100; i++) reward('a', 0);
    expect(await steer(await current(), new Date(T0 + 14 * 60_000))).toBeUndefined();
    expect(await steer(await current(), new Date(T0 + 16 * 60_000))).toBeDefined();
  });

  it('forgets what was said of a variant before it became what it is', async () => {
    for (let i = 0; i < 200; i++) reward('a', 1, 1);
    expect(await steer(await current(), later)).toBeUndefined();
  });
});
