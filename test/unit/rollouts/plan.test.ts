import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stepsOf, variantsAt } from '../../../functions/rollouts/plan.ts';
import { NewRollout, type RolloutStrategy } from '../../../functions/rollouts/schema.ts';

const fresh = (weight: number) => ({ name: 'v2', model: 'fraud', version: 2, weight });
const sum = (weights: readonly { weight: number }[]) =>
  weights.reduce((total, { weight }) => total + weight, 0);

describe('the steps', () => {
  it.each([
    [{ kind: 'canary', steps: [5, 25, 50] }, [5, 25, 50, 100]],
    [{ kind: 'linear', step: 30 }, [30, 60, 90, 100]],
    [{ kind: 'linear', step: 50 }, [50, 100]],
    [{ kind: 'all-at-once' }, [100]],
  ] as [RolloutStrategy, number[]][])('of %j', (strategy, steps) => {
    expect(stepsOf(strategy)).toEqual(steps);
  });

  it.each([[[25, 5]], [[5, 5]], [[0]], [[100]], [[12.34]], [[]]])('cannot be %j', (steps) => {
    const wanted = { model: 'm', version: 1, strategy: { kind: 'canary', steps } };
    expect(NewRollout.safeParse(wanted).success).toBe(false);
  });
});

describe('the variants at a step', () => {
  const tenths = (max: number) => fc.integer({ min: 1, max: max * 10 }).map((n) => n / 10);
  const olds = fc
    .array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 8 })
    .map((parts) => {
      const total = parts.reduce((a, b) => a + b, 0);
      return parts.map((part, i) => ({ name: `o${i}`, weight: (100 * part) / total }));
    });

  it('always share out all there is, in tenths, in the old proportions', () => {
    fc.assert(
      fc.property(tenths(99.9), olds, (weight, old) => {
        const variants = variantsAt(fresh(weight), old);
        expect(sum(variants)).toBeCloseTo(100, 9);
        expect(variants.at(-1)).toEqual(fresh(weight));
        for (const [i, { name, weight: given }] of variants.slice(0, -1).entries()) {
          const fair = ((old[i] as { weight: number }).weight * (100 - weight)) / 100;
          expect(name).toBe(old[i]?.name);
          expect(given).toBeGreaterThanOrEqual(0);
          expect(Math.abs(given - fair)).toBeLessThanOrEqual(0.1 * old.length + 1e-9);
          expect(Math.abs(given * 10 - Math.round(given * 10))).toBeLessThan(1e-9);
        }
      }),
    );
  });

  it('are the new one alone at the end', () => {
    expect(variantsAt(fresh(100), [{ name: 'o', weight: 100 }])).toEqual([fresh(100)]);
  });
});
