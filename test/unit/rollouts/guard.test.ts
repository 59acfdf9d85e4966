import { describe, expect, it } from '@jest/globals';
import { putEndpoint } from '../../../functions/deployments/endpoints.ts';
import { EndpointSpec } from '../../../functions/deployments/schema.ts';
import { guardEndpoint, putGuard, whyNot } from '../../../functions/rollouts/guard.ts';
import { type Guard, GuardSpec } from '../../../functions/rollouts/schema.ts';
import { fakeTable } from '../../helpers/fake-table.ts';
import { ENDPOINT, MODEL, putServed } from '../../helpers/served.ts';

const now = new Date('2026-11-24T12:00:00.000Z');
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000).toISOString();
const guard = (rollbacks: string[] = [], more: Partial<Guard> = {}): Guard => ({
  endpoint: 'fraud',
  events: ['DriftDetected'],
  withinSeconds: 86_400,
  coolDownSeconds: 7_200,
  maximum: 3,
  rollbacks: rollbacks.map((at) => ({ at, event: 'DriftDetected', reason: 'r', revision: 1 })),
  revision: 1,
  updatedAt: hoursAgo(100),
  updatedBy: 'alice',
  ...more,
});
const drift = { name: 'DriftDetected' } as const;
const young = { updatedAt: hoursAgo(1) };

describe('an endpoint with a guard', () => {
  it('is rolled back for what the guard listens to', () => {
    expect(whyNot(guard(), drift, young, now)).toBeUndefined();
    expect(whyNot(guard(), { name: 'BudgetExceeded' }, young, now)).toContain('not listen');
  });

  it('is left alone where its revision is too old to be to blame', () => {
    expect(whyNot(guard(), drift, { updatedAt: hoursAgo(25) }, now)).toContain('older');
  });

  it('does not flap: not while cooling down, and not more often than allowed', () => {
    expect(whyNot(guard([hoursAgo(1)]), drift, young, now)).toContain('too recent');
    expect(whyNot(guard([hoursAgo(3)]), drift, young, now)).toBeUndefined();
    const often = guard([hoursAgo(60), hoursAgo(30), hoursAgo(10)]);
    expect(whyNot(often, drift, young, now)).toContain('as often as allowed');
  });
});

describe('a guard that breaks off', () => {
  const table = fakeTable();
  const served = () => table.items.get(`ENDPOINT#${ENDPOINT}\nCURRENT`) as any;
  const alert = { name: 'DriftDetected', reason: 'age has moved' } as const;

  /** An endpoint that went from version 1 to 2 an hour ago. */
  async function begin(): Promise<void> {
    table.items.clear();
    table.disturb();
    putServed(table, hoursAgo(50));
    const spec = EndpointSpec.parse({ variants: [{ model: MODEL, version: 2 }] });
    await putEndpoint(ENDPOINT, spec, { actor: 'ann' }, new Date(hoursAgo(1)));
    const wanted = GuardSpec.parse({ events: ['DriftDetected'] });
    await putGuard(ENDPOINT, wanted, { actor: 'ann' }, new Date(hoursAgo(1)));
  }

  it('rolls back once, as if it had not, when the event comes again', async () => {
    for (const write of [1, 2]) {
      for (const crash of ['before', 'after'] as const) {
        await begin();
        table.disturb({ write, crash });
        await expect(guardEndpoint(ENDPOINT, alert, now)).rejects.toThrow();
        for (let again = 0; again < 2; again++) await guardEndpoint(ENDPOINT, alert, now);
        expect(served()).toMatchObject({ revision: 3, variants: [{ version: 1 }] });
        const guarded = table.items.get(`ROLLOUT#${ENDPOINT}\nGUARD`);
        expect(guarded?.rollbacks).toMatchObject([{ event: 'DriftDetected', revision: 2 }]);
        const entries = [...table.items.values()].filter(({ pk }) => pk === 'AUDIT');
        expect(entries.map(({ action }) => action).sort()).toEqual([
          ...['endpoint.put', 'endpoint.rollback', 'guard.put'],
        ]);
      }
    }
  });
});
