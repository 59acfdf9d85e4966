import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareProfiles } from '#core/drift/compare-profiles.ts';
import { jointDrift } from '#core/drift/joint-drift.ts';
import { type KnownError, watchErrors } from '#core/monitoring/error-stream.ts';
import { RowSample } from '#core/monitoring/row-sample.ts';
import { rowsOfSegment } from '#core/monitoring/segments.ts';
import { profileTable } from '#core/profile/profiler.ts';
import { roundProfile } from '#core/profile/rounded.ts';
import type { ColumnProfile } from '#core/profile/schema.ts';
import { Random } from '#core/random.ts';
import type { NumericColumn, Table } from '#core/table/table.ts';
import { tableOf } from '../../../helpers/tables.ts';

describe('a sample of rows', () => {
  const parts = (ids: readonly number[], cuts: readonly number[]): Table[] =>
    [0, ...cuts].map((from, i) =>
      tableOf(ids.slice(from, cuts[i] ?? ids.length).map((id) => ({ id, word: `w${id % 5}` }))),
    );
  const sampled = (tables: readonly Table[], most: number): number[] => {
    const sample = new RowSample(most);
    for (const table of tables.filter(({ rows }) => rows > 0)) {
      const { values } = table.columns[0] as NumericColumn;
      sample.add(table, (row) => `p${values[row]}`);
    }
    return [...(sample.toTable().columns[0] as NumericColumn).values];
  };

  it('is the same whatever the order and the grouping of the files', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.nat(60), { maxLength: 4 }),
        fc.nat(),
        (most, cuts, seed) => {
          const ids = Array.from({ length: 60 }, (_, i) => i);
          const other = new Random(seed).shuffle([...ids]);
          const first = sampled(parts(ids, []), most);
          expect(
            sampled(
              parts(
                other,
                cuts.sort((a, b) => a - b),
              ),
              most,
            ),
          ).toEqual(first);
          expect(new Set(first).size).toBe(most);
        },
      ),
    );
  });

  it('takes every row with the same chance', () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => i);
    const low = sampled(parts(ids, [5_000, 9_000]), 2_000).filter((id) => id < 10_000).length;
    // Hypergeometric: deviation 21.
    expect(Math.abs(low - 1_000)).toBeLessThan(4 * 21);
  });
});

describe('a segment', () => {
  const table = tableOf([
    { in_age: 17, in_dose: Math.fround(0.1), in_sex: 'f' },
    { in_age: 18, in_dose: Math.fround(0.2), in_sex: 'f' },
    { in_age: 40, in_dose: Math.fround(0.1), in_sex: 'm' },
    { in_age: null, in_dose: null, in_sex: null },
  ]);
  const rows = (...where: Parameters<typeof rowsOfSegment>[1]['where'][number][]) => [
    ...rowsOfSegment(table, { name: 's', where }),
  ];

  it('is where all conditions hold, numbers in the precision that they were captured in', () => {
    expect(rows({ feature: 'age', from: 18, to: 40 })).toEqual([1]);
    expect(rows({ feature: 'dose', is: [0.1] })).toEqual([0, 2]);
    expect(rows({ feature: 'dose', is: [0.1] }, { feature: 'sex', is: ['m'] })).toEqual([2]);
    expect(rows({ feature: 'other', from: 0 })).toEqual([]);
    expect(rows({ feature: 'sex', from: 0 })).toEqual([]);
  });
});

describe('a profile in single precision', () => {
  const profileOf = (values: readonly number[]) =>
    profileTable(tableOf(values.map((dose) => ({ dose })))).columns[0] as ColumnProfile;

  it('is that of the values as captures have them: nothing has drifted', () => {
    const values = Array.from({ length: 300 }, (_, i) => (i % 3) / 10);
    const captured = profileOf(values.map(Math.fround));
    expect(compareProfiles(profileOf(values), captured)?.pValue).toBeLessThan(1e-50);
    const rounded = roundProfile(profileOf(values), Math.fround);
    expect(compareProfiles(rounded, captured)).toMatchObject({ score: 0, pValue: 1 });
  });
});

describe('vectors', () => {
  const embeddings = (rows: number, shift: number, random: Random) =>
    tableOf(
      Array.from({ length: rows }, () => ({
        in_e: JSON.stringify([shift + random.normal(), random.normal(), random.normal()]),
      })),
    );

  it('are compared as a whole', () => {
    const random = new Random(6);
    const reference = embeddings(200, 0, random);
    const look = (table: Table, method?: 'maximum-mean-discrepancy') =>
      jointDrift(reference, table, { random: new Random(1), method })[0]?.result;
    expect(look(embeddings(150, 0, random))).toMatchObject({ method: 'energy', drifted: false });
    const moved = embeddings(150, 0.8, random);
    expect(look(moved)).toMatchObject({ method: 'energy', drifted: true });
    expect(look(moved, 'maximum-mean-discrepancy')?.drifted).toBe(true);
    expect(look(tableOf([{ in_e: '[1,2]' }, { in_e: '[1,"a"]' }]))).toBeUndefined();
  });
});

describe('a stream of errors', () => {
  const errors = Array.from({ length: 900 }, (_, i): KnownError => {
    const isWrong = (i * 7919) % 100 < (i < 500 ? 10 : 60);
    return { predictionId: `p${i}`, row: 0, error: Number(isWrong) };
  });
  const kinds = ['adwin', 'ddm', 'page-hinkley'] as const;

  it('finds the same in one window and in many', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(900), { maxLength: 5 }), (cuts) => {
        const whole = watchErrors(errors, kinds);
        const edges = [0, ...cuts.sort((a, b) => a - b), 900];
        let state: ReturnType<typeof watchErrors>['state'] | undefined;
        const found = edges.slice(1).flatMap((to, i) => {
          const part = watchErrors(errors.slice(edges[i], to), kinds, state);
          state = JSON.parse(JSON.stringify(part.state));
          return part.findings;
        });
        const order = ({ detector, predictionId }: (typeof found)[number]) =>
          detector + predictionId;
        const sorted = (all: typeof found) =>
          [...all].sort((a, b) => (order(a) < order(b) ? -1 : 1));
        expect(sorted(found)).toEqual(sorted(whole.findings));
        expect(state).toEqual(JSON.parse(JSON.stringify(whole.state)));
      }),
      { numRuns: 20 },
    );
  });

  it('is of use where errors grow, and says by how much', () => {
    const { findings, state } = watchErrors(errors, kinds);
    expect(state.seen).toBe(900);
    expect(findings.length).toBeGreaterThan(0);
    for (const { predictionId, before, after } of findings) {
      expect(Number(predictionId.slice(1))).toBeGreaterThanOrEqual(500);
      expect(after).toBeGreaterThan(before);
    }
    expect(watchErrors([...errors].reverse(), kinds).findings).toEqual([]);
  });

  it('of amounts is not for detectors of right and wrong', () => {
    const amounts = errors.map((one) => ({ ...one, error: one.error + 0.5 }));
    const { state } = watchErrors(amounts, ['adwin', 'ddm']);
    expect(state.detectors.map(({ kind }) => kind)).toEqual(['adwin']);
  });
});
