import { beforeEach, describe, expect, it } from '@jest/globals';
import { putEndpoint } from '../../../functions/deployments/endpoints.ts';
import { EndpointSpec } from '../../../functions/deployments/schema.ts';
import { startRollout } from '../../../functions/rollouts/rollouts.ts';
import { NewRollout } from '../../../functions/rollouts/schema.ts';
import { fakeTable } from '../../helpers/fake-table.ts';
import { ENDPOINT, MODEL, putServed } from '../../helpers/served.ts';

const table = fakeTable();
const BY = { actor: 'ann' };
const start = (more: object = {}) =>
  startRollout(ENDPOINT, NewRollout.parse({ model: MODEL, version: 2, ...more }), BY);
const serve = (more: object) =>
  putEndpoint(
    ENDPOINT,
    EndpointSpec.parse({ variants: [{ model: MODEL, version: 1 }], ...more }),
    BY,
  );

beforeEach(() => {
  table.items.clear();
  putServed(table, '2026-11-01T00:00:00.000Z');
});

describe('a rollout is refused at its start', () => {
  it('where its variant has the name of a shadow', async () => {
    await serve({ shadows: [{ name: 'v2', model: MODEL, version: 2 }], capture: { share: 1 } });
    await expect(start()).rejects.toThrow('"v2" is a variant or a shadow of the endpoint');
    expect(await start({ variant: 'other' })).toMatchObject({ status: 'running' });
  });

  it('where there is no room for another variant beside those that there are', async () => {
    const variants = Array.from({ length: 10 }, (_, i) => ({
      ...{ name: `n${i}`, model: MODEL, version: 1, weight: 10 },
    }));
    await serve({ variants });
    await expect(start()).rejects.toThrow('has 10 variants, and no room for another one');
    const atOnce = await start({ strategy: { kind: 'all-at-once' } });
    expect(atOnce).toMatchObject({ status: 'running', steps: [100] });
  });
});
