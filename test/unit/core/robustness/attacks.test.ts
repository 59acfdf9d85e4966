import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Random } from '#core/random.ts';
import { BUDGETS, type ClassAnswers, NOISE_REPEATS } from '#core/robustness/answers.ts';
import {
  boundaryOnClasses,
  noiseOnClasses,
  squareOnClasses,
} from '#core/robustness/class-attacks.ts';
import { distance, isAllowed, pointsOf, type Space, spaceOf } from '#core/robustness/space.ts';
import { noiseOnValues, squareOnValues } from '#core/robustness/value-attacks.ts';
import type { Feature } from '#core/signature/schema.ts';
import { normalCdf } from '#core/stats/distributions.ts';
import type { Table } from '#core/table/table.ts';
import { columnFrom } from '../../../helpers/tables.ts';

const feature = (name: string, more: Partial<Feature> = {}): Feature => ({
  name,
  type: 'number',
  input: 'x',
  column: 0,
  nullable: false,
  ...more,
});

/** Columns of normal numbers with these standard deviations, without limits. */
function gaussian(deviations: readonly number[], rows: number) {
  const random = new Random(11);
  const columns = deviations.map((deviation, i) =>
    columnFrom(
      `x${i}`,
      Array.from({ length: rows }, () => deviation * random.normal()),
    ),
  );
  const table: Table = { rows, columns };
  const free = deviations.map((_, i) => feature(`x${i}`, { min: -1e6, max: 1e6 }));
  const space = spaceOf(table, free);
  return { space, points: pointsOf(space, table) };
}

/** Decides by the side of a hyperplane, and notes how much it was asked. */
function linear(weights: readonly number[], offset: number) {
  const calls: number[] = [];
  const width = weights.length;
  const valueAt = (points: Float64Array, row: number) =>
    weights.reduce((sum, weight, i) => sum + weight * points[row * width + i]!, offset);
  const ask = async (points: Float64Array): Promise<ClassAnswers> => {
    const rows = points.length / width;
    calls.push(rows);
    const values = Float64Array.from({ length: rows }, (_, row) => valueAt(points, row));
    const decided = Int32Array.from(values, (value) => (value > 0 ? 1 : 0));
    return { decided, margin: (row, c) => (c === 1 ? values[row]! : -values[row]!) };
  };
  return { ask, valueAt, calls };
}

const deviationsOf = ({ columns }: Space) =>
  columns.map(({ dimension }) => (dimension.kind === 'number' ? dimension.deviation : 0));

const cases = [
  { deviations: [1, 1], weights: [1, 2], offset: 0.5 },
  { deviations: [0.01, 100, 3], weights: [80, 0.01, -0.2], offset: 0.1 },
  {
    deviations: Array(12).fill(2),
    weights: Array.from({ length: 12 }, (_, i) => i - 4),
    offset: 1,
  },
];

describe.each(cases)('a linear classifier with $weights.length features', (given) => {
  const { weights, offset, deviations } = given;
  const { space, points } = gaussian(deviations, 80);
  const rows = 80;
  const model = linear(weights, offset);
  const side = (row: number) => (model.valueAt(points, row) > 0 ? 1 : 0);
  const truth = Int32Array.from({ length: rows }, (_, row) => side(row));
  const scaled = weights.map((weight, i) => weight * deviationsOf(space)[i]!);
  /** In standard deviations: to the hyperplane, and to it within a box. */
  const euclidean = (row: number) => Math.abs(model.valueAt(points, row)) / Math.hypot(...scaled);
  const widest = (row: number) =>
    Math.abs(model.valueAt(points, row)) / scaled.reduce((sum, w) => sum + Math.abs(w), 0);
  const everyRow = Array.from({ length: rows }, (_, row) => row);
  const target = () => ({ space, points, truth, ask: model.ask, random: new Random(5) });
  const share = (of: (row: number) => boolean) => everyRow.filter(of).length / rows;

  it('has the distances of the closed form, never less and hardly more', async () => {
    const { distances } = await boundaryOnClasses(target(), await model.ask(points));
    const ratios = everyRow.map((row) => distances[row]! / euclidean(row)).sort((a, b) => a - b);
    expect(ratios[0]).toBeGreaterThanOrEqual(1 - 1e-9);
    expect(ratios[rows / 2]).toBeLessThan(1.1);
    expect(ratios[Math.floor(0.95 * rows)]).toBeLessThan(1.5);
  });

  it('is as robust against the square search as the box around each row says', async () => {
    const attack = await squareOnClasses(target(), await model.ask(points));
    expect(attack!.points[0]).toMatchObject({ budget: 0, value: { value: 1 } });
    for (const { budget, value } of attack!.points.slice(1)) {
      const exact = share((row) => widest(row) >= budget);
      // It cannot find what is not there, and misses little of what is.
      expect(value.value).toBeGreaterThanOrEqual(exact - 1e-9);
      expect(value.value).toBeLessThanOrEqual(exact + 0.05);
      expect(value.interval!.lower).toBeLessThanOrEqual(value.value!);
    }
  });

  it('keeps under noise the share that the normal distribution says', async () => {
    const { points: found } = await noiseOnClasses(target(), rows);
    for (const { budget, value } of found.slice(1)) {
      const kept = everyRow.map((row) => normalCdf(euclidean(row) / budget));
      const expected = kept.reduce((sum, p) => sum + p, 0) / rows;
      const variance = kept.reduce((sum, p) => sum + p * (1 - p), 0) / NOISE_REPEATS;
      expect(Math.abs(value.value! - expected)).toBeLessThan(
        (4 * Math.sqrt(variance)) / rows + 1e-9,
      );
    }
  });

  it('is asked about all rows at once, a bounded number of times', async () => {
    const { ask, calls } = linear(weights, offset);
    const clean = await ask(points);
    await noiseOnClasses({ ...target(), ask }, rows);
    await boundaryOnClasses({ ...target(), ask }, clean);
    await squareOnClasses({ ...target(), ask }, clean);
    expect(calls.length).toBeLessThan(300);
    expect(calls.reduce((a, b) => a + b)).toBeLessThan(700 * rows);
  });
});

describe('a model that always says the same', () => {
  it('has no boundary', async () => {
    const { space, points } = gaussian([1, 1], 40);
    const { ask } = linear([0, 0], -1);
    const target = { space, points, truth: new Int32Array(40), ask, random: new Random(1) };
    const { attack, distances } = await boundaryOnClasses(target, await ask(points));
    expect(new Set(distances)).toEqual(new Set([Infinity]));
    expect(attack.points.map(({ value }) => value.value)).toEqual([1, 1, 1, 1, 1]);
  });
});

describe('a linear regression', () => {
  const { space, points } = gaussian([1, 5], 60);
  const weights = [2, 1];
  const { valueAt } = linear(weights, 0);
  const ask = async (asked: Float64Array) =>
    Float64Array.from({ length: asked.length / 2 }, (_, row) => valueAt(asked, row));
  const truth = Float64Array.from({ length: 60 }, (_, row) => valueAt(points, row) + 0.5);
  const clean = truth.map(() => 0.5);
  const target = () => ({ space, points, truth, ask, random: new Random(2) });

  it('errs as much more under the search as the weights allow', async () => {
    const [first, second] = deviationsOf(space) as [number, number];
    const reach = 2 * first + second;
    const { points: found } = await squareOnValues(target(), clean);
    expect(found[0]?.value.value).toBeCloseTo(0, 12);
    for (const { budget, value } of found.slice(1)) {
      expect(value.value).toBeCloseTo((budget * reach) / 0.5, 6);
    }
  });

  it('errs more under more noise, and less than under the search', async () => {
    const noise = (await noiseOnValues(target(), clean)).points.map(({ value }) => value.value!);
    const worst = (await squareOnValues(target(), clean)).points.map(({ value }) => value.value!);
    expect(noise).toEqual([...noise].sort((a, b) => a - b));
    for (const i of BUDGETS.keys()) expect(noise[i + 1]).toBeLessThan(worst[i + 1]!);
  });

  it('has no growth where there are no errors', async () => {
    const exact = { ...target(), truth: truth.map((value) => value - 0.5) };
    const { points: found } = await noiseOnValues(exact, new Float64Array(60));
    expect(found.map(({ value }) => value.value)).toEqual([null, null, null, null, null]);
  });
});

/** A table with every kind of column, and a contract for it. */
const mixedTable = fc
  .array(
    fc.record({
      size: fc.double({ min: -3, max: 9, noNaN: true }),
      count: fc.integer({ min: 0, max: 20 }),
      grade: fc.constantFrom(1, 2, 5),
      colour: fc.option(fc.constantFrom('red', 'green'), { nil: null }),
      owned: fc.constantFrom('true', 'false'),
      gap: fc.option(fc.integer({ min: -5, max: 5 }), { nil: null }),
      label: fc.constantFrom('yes', 'no'),
    }),
    { minLength: 2, maxLength: 12 },
  )
  .map((rows): Table => {
    const names = ['size', 'count', 'grade', 'colour', 'owned', 'gap', 'label'] as const;
    const columns = names.map((name) =>
      columnFrom(
        name,
        rows.map((row) => row[name]),
      ),
    );
    return { rows: rows.length, columns };
  });
const contract = [
  feature('size', { max: 10 }),
  feature('count', { type: 'integer', min: 0, max: 20 }),
  feature('grade', { type: 'category', categories: [1, 2, 5] }),
  feature('colour', { type: 'category', categories: ['red', 'green', 'blue'], nullable: true }),
  feature('owned', { type: 'boolean' }),
  feature('gap', { nullable: true }),
];

describe('what attacks make up', () => {
  it('stays inside the contract, keeps gaps and other columns', async () => {
    await fc.assert(
      fc.asyncProperty(mixedTable, fc.integer(), async (table, seed) => {
        const space = spaceOf(table, contract);
        const points = pointsOf(space, table);
        const width = space.columns.length;
        const gapsOf = (point: Float64Array) =>
          [point[3] === -1 || Number.isNaN(point[3]), Number.isNaN(point[5])].join();
        const originals = Array.from({ length: table.rows }, (_, row) =>
          points.subarray(row * width, (row + 1) * width),
        );
        const ask = async (asked: Float64Array): Promise<ClassAnswers> => {
          const rows = asked.length / width;
          const decided = new Int32Array(rows);
          for (let row = 0; row < rows; row++) {
            const point = asked.subarray(row * width, (row + 1) * width);
            expect(isAllowed(space, point)).toBe(true);
            expect(originals.map((one) => one[6])).toContain(point[6]);
            expect(originals.map(gapsOf)).toContain(gapsOf(point));
            decided[row] = point[0]! + point[1]! > 8 ? 1 : 0;
          }
          return { decided, margin: (_, c) => (c === 1 ? 1 : -1) };
        };
        const { decided } = await ask(points);
        const target = { space, points, truth: decided, ask, random: new Random(Math.abs(seed)) };
        const clean = await ask(points);
        await noiseOnClasses(target, table.rows);
        await squareOnClasses(target, clean);
        await boundaryOnClasses(target, clean);
      }),
      { numRuns: 8 },
    );
  });

  it('is as far away as the standard deviations and switches say', () => {
    const table = {
      rows: 2,
      columns: [columnFrom('a', [0, 4]), columnFrom('c', ['x', 'y']), columnFrom('z', ['p', 'q'])],
    };
    const space = spaceOf(table, [feature('a'), feature('c', { type: 'string' })]);
    const points = pointsOf(space, table);
    // Two standard deviations of 2, and one switch.
    expect(distance(space, points.subarray(0, 3), points.subarray(3))).toBeCloseTo(
      Math.sqrt(5),
      12,
    );
  });

  it('leaves alone what cannot change', () => {
    const names = Array.from({ length: 60 }, (_, i) => `name ${i}`);
    const table = {
      rows: 60,
      columns: [
        columnFrom(
          'constant',
          names.map(() => 3),
        ),
        columnFrom('name', names),
      ],
    };
    const features = [feature('constant'), feature('name', { type: 'string' })];
    expect(spaceOf(table, features).movable).toEqual([]);
  });
});
