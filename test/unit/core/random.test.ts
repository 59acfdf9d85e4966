import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Random } from '#core/random.ts';
import { drawBinomial, resampleCounts } from '#core/stats/multinomial.ts';

const draws = (count: number, draw: () => number) => Array.from({ length: count }, draw);
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const variance = (values: number[]) => {
  const centre = mean(values);
  return mean(values.map((value) => (value - centre) ** 2));
};

describe('Random', () => {
  it('repeats itself for one seed and not for another', () => {
    const first = (seed: number) => {
      const random = new Random(seed);
      return draws(5, () => random.bits());
    };
    expect(first(7)).toEqual(first(7));
    expect(first(7)).not.toEqual(first(8));
    expect(first(7)).not.toEqual(first(7 + 2 ** 32));
  });

  it("gives PractRand's numbers", () => {
    const random = new Random(1);
    expect(draws(3, () => random.bits())).toEqual(PRACTRAND_SEED_1);
  });

  it('is uniform in mean, spread and every tenth', () => {
    const random = new Random(1);
    const values = draws(100_000, () => random.uniform());
    expect(mean(values)).toBeCloseTo(0.5, 2);
    expect(variance(values)).toBeCloseTo(1 / 12, 2);
    const tenths = new Array<number>(10).fill(0);
    for (const value of values) tenths[Math.floor(value * 10)]!++;
    // Chi-square with 9 degrees of freedom exceeds 33.7 once in ten thousand.
    expect(tenths.reduce((sum, n) => sum + (n - 10_000) ** 2 / 10_000, 0)).toBeLessThan(33.7);
  });

  it('is normal in its first four moments', () => {
    const random = new Random(2);
    const values = draws(200_000, () => random.normal());
    expect(mean(values)).toBeCloseTo(0, 1.5);
    expect(variance(values)).toBeCloseTo(1, 1.5);
    expect(mean(values.map((value) => value ** 3))).toBeCloseTo(0, 1);
    expect(mean(values.map((value) => value ** 4))).toBeCloseTo(3, 0.7);
  });

  it('counts as Poisson does', () => {
    const random = new Random(3);
    const values = draws(200_000, () => random.poisson());
    const share = (k: number) => values.filter((value) => value === k).length / values.length;
    expect(share(0)).toBeCloseTo(Math.exp(-1), 2);
    expect(share(1)).toBeCloseTo(Math.exp(-1), 2);
    expect(share(3)).toBeCloseTo(Math.exp(-1) / 6, 2);
    expect(mean(values)).toBeCloseTo(1, 2);
    expect(variance(values)).toBeCloseTo(1, 1.5);
  });

  it('shuffles and samples without losing or doubling anything', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(50), fc.nat(60), (seed, size, count) => {
        const whole = Array.from({ length: size }, (_, i) => i);
        const random = new Random(seed);
        expect(random.shuffle([...whole]).sort((a, b) => a - b)).toEqual(whole);
        const sample = random.sample(size, count);
        expect(new Set(sample).size).toBe(Math.min(size, count));
        for (const value of sample) expect(whole).toContain(value);
      }),
    );
  });

  it('shuffles to every order alike', () => {
    const random = new Random(4);
    const counts = new Map<string, number>();
    for (let i = 0; i < 60_000; i++) {
      const order = random.shuffle(['a', 'b', 'c']).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  });
});

describe('drawBinomial', () => {
  it.each([
    [20, 0.1],
    [1_000_000, 3e-6],
    [60, 0.4],
    [5000, 0.93],
    [1_000_000, 0.27],
  ])('has the mean and the spread of %d trials at %d', (trials, probability) => {
    const random = new Random(5);
    const values = draws(20_000, () => drawBinomial(random, trials, probability));
    const expected = trials * probability * (1 - probability);
    const standardError = Math.sqrt(expected / values.length);
    expect(Math.abs(mean(values) - trials * probability)).toBeLessThan(4 * standardError);
    expect(variance(values) / expected).toBeGreaterThan(0.95);
    expect(variance(values) / expected).toBeLessThan(1.05);
  });

  it('knows the certain cases', () => {
    const random = new Random(6);
    expect(drawBinomial(random, 9, 0)).toBe(0);
    expect(drawBinomial(random, 9, 1)).toBe(9);
    expect(drawBinomial(random, 0, 0.4)).toBe(0);
  });
});

describe('resampleCounts', () => {
  it('draws as many as there were, none of a kind that was not there', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.nat(5000), { minLength: 1 }), (seed, counts) => {
        const into = new Float64Array(counts.length);
        resampleCounts(new Random(seed), counts, into);
        expect(into.reduce((a, b) => a + b, 0)).toBe(counts.reduce((a, b) => a + b, 0));
        for (const [kind, count] of counts.entries()) if (count === 0) expect(into[kind]).toBe(0);
      }),
    );
  });

  it('covaries as a multinomial does', () => {
    const random = new Random(7);
    const counts = [200, 500, 300];
    const samples = draws(20_000, () => 0).map(() => {
      const into = [0, 0, 0];
      resampleCounts(random, counts, into);
      return into;
    });
    const covariance = mean(samples.map(([a, b]) => (a! - 200) * (b! - 500)));
    expect(covariance / (-1000 * 0.2 * 0.5)).toBeCloseTo(1, 1);
    expect(variance(samples.map((sample) => sample[2]!)) / 210).toBeCloseTo(1, 1);
  });
});

/** Of an independent C implementation of sfc32 with PractRand's seeding. */
const PRACTRAND_SEED_1 = [2012149540, 1872316204, 1707632675];
