import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Random } from '#core/random.ts';
import {
  type Assignment,
  assignSlots,
  isWeight,
  MAX_VARIANTS,
  SLOTS,
  slotOf,
  sumToAll,
  toWeights,
} from '#core/routing/slots.ts';

const NAMES = Array.from({ length: MAX_VARIANTS }, (_, i) => `v${i}`);

/** Up to ten variants with weights that sum to 100. */
const shares = fc.subarray(NAMES, { minLength: 1 }).chain((names) =>
  fc
    .array(fc.nat(1000), { minLength: names.length, maxLength: names.length })
    .filter((counts) => counts.some((count) => count > 0))
    .map((counts) => toWeights(counts).map((weight, i) => ({ name: names[i] as string, weight }))),
);

const ownerOf = ({ names, slots }: Assignment, slot: number) => names[Number(slots[slot])];
const owners = (assignment: Assignment) =>
  Array.from({ length: SLOTS }, (_, slot) => ownerOf(assignment, slot));
const weightOf = (list: readonly { name: string; weight: number }[], name: string | undefined) =>
  list.find((share) => share.name === name)?.weight ?? 0;

describe('slots', () => {
  it('are given out exactly by weight, first and after any change', () => {
    fc.assert(
      fc.property(shares, shares, fc.nat(), (first, second, seed) => {
        for (const list of [first, second]) {
          const before = list === second ? assignSlots(first, undefined, seed) : undefined;
          const given = owners(assignSlots(list, before, seed + 1));
          for (const { name, weight } of list) {
            expect(given.filter((owner) => owner === name)).toHaveLength(Math.round(weight * 10));
          }
        }
      }),
    );
  });

  it('move as few as the weights differ by, and only to variants that grew', () => {
    fc.assert(
      fc.property(shares, shares, fc.nat(), (first, second, seed) => {
        const before = assignSlots(first, undefined, seed);
        const after = assignSlots(second, before, seed + 1);
        const moved = owners(before).flatMap((from, slot) => {
          const to = ownerOf(after, slot);
          return from === to ? [] : [{ from, to }];
        });
        const grown = second.map(({ name, weight }) => Math.max(0, weight - weightOf(first, name)));
        expect(moved).toHaveLength(Math.round(10 * grown.reduce((sum, more) => sum + more, 0)));
        const growth = (name: string | undefined) => weightOf(second, name) - weightOf(first, name);
        expect(moved.filter(({ from, to }) => growth(to) <= 0 || growth(from) >= 0)).toEqual([]);
      }),
    );
  });

  it('stay where the weights stay, whatever the order of the variants', () => {
    fc.assert(
      fc.property(shares, fc.nat(), (list, seed) => {
        const before = assignSlots(list, undefined, seed);
        expect(owners(assignSlots([...list].reverse(), before, seed + 1))).toEqual(owners(before));
      }),
    );
  });

  it('tries a new version on other units each time', () => {
    const all = assignSlots([{ name: 'a', weight: 100 }], undefined, 1);
    const canary = [
      { name: 'a', weight: 90 },
      { name: 'b', weight: 10 },
    ];
    const tried = [2, 3].map((seed) => owners(assignSlots(canary, all, seed)));
    const both = tried[0]?.filter((owner, slot) => owner === 'b' && tried[1]?.[slot] === 'b');
    expect(both?.length).toBeLessThan(30);
  });
});

/** Units as callers have them. */
const KINDS: Record<string, (i: number, random: Random) => string> = {
  'numbers in order': (i) => String(i),
  'names with a number': (i) => `customer-${i}`,
  'mail addresses': (i) => `user${i * 7}@example.com`,
  'hexadecimal digits': (_, random) => random.bits().toString(16) + random.bits().toString(16),
  'an endpoint before them': (i) => `fraud:${i}`,
};

describe('units', () => {
  const COUNT = 200_000;

  it.each(Object.keys(KINDS))('spread evenly over the slots: %s', (kind) => {
    const random = new Random(11);
    const counts = new Float64Array(SLOTS);
    for (let i = 0; i < COUNT; i++) {
      const slot = slotOf((KINDS[kind] as (i: number, random: Random) => string)(i, random));
      counts[slot] = (counts[slot] as number) + 1;
    }
    const expected = COUNT / SLOTS;
    const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    // 999 degrees of freedom: scipy.stats.chi2.ppf([0.0001, 0.9999], 999)
    expect(chiSquare).toBeGreaterThan(841.25);
    expect(chiSquare).toBeLessThan(1173.85);
  });

  it('reach each variant in proportion to its weight', () => {
    const list = [50, 30, 15, 4.9, 0.1].map((weight, i) => ({ name: `v${i}`, weight }));
    const assignment = assignSlots(list, undefined, 5);
    const counts = new Map<string, number>();
    for (let i = 0; i < COUNT; i++) {
      const owner = ownerOf(assignment, slotOf(`unit ${i}`)) as string;
      counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    const chiSquare = list.reduce((sum, { name, weight }) => {
      const expected = (COUNT * weight) / 100;
      return sum + ((counts.get(name) ?? 0) - expected) ** 2 / expected;
    }, 0);
    // 4 degrees of freedom: scipy.stats.chi2.ppf(0.9999, 4)
    expect(chiSquare).toBeLessThan(23.513);
  });

  it('are spread for each endpoint on its own', () => {
    let same = 0;
    for (let i = 0; i < 100_000; i++) {
      if (slotOf(`fraud:${i}`) < 100 && slotOf(`churn:${i}`) < 100) same++;
    }
    // A tenth of a tenth, give or take four standard deviations.
    expect(Math.abs(same - 1000)).toBeLessThan(4 * Math.sqrt(990));
  });
});

describe('weights', () => {
  it('are tenths of a percent', () => {
    expect([0, 0.1, 33.3, 99.9, 100].map(isWeight)).toEqual([true, true, true, true, true]);
    expect([-0.1, 0.05, 100.1, Number.NaN, Infinity].map(isWeight)).not.toContain(true);
    expect(sumToAll([33.3, 33.3, 33.4])).toBe(true);
    expect(sumToAll([33.3, 33.3, 33.3])).toBe(false);
  });

  it('are the nearest to any proportions', () => {
    expect(toWeights([1, 1, 1])).toEqual([33.4, 33.3, 33.3]);
    expect(toWeights([0, 7])).toEqual([0, 100]);
    const proportions = fc
      .array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 10 })
      .filter((list) => list.some((value) => value > 1e-9));
    fc.assert(
      fc.property(proportions, (list) => {
        const weights = toWeights(list);
        const total = list.reduce((sum, value) => sum + value, 0);
        expect(sumToAll(weights)).toBe(true);
        for (const [i, weight] of weights.entries()) {
          expect(isWeight(weight)).toBe(true);
          expect(Math.abs(weight - (100 * (list[i] as number)) / total)).toBeLessThan(0.1 + 1e-9);
        }
      }),
    );
  });
});
