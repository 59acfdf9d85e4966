import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { problemOf } from '#core/profile/problem.ts';
import { Profiler, profileTable } from '#core/profile/profiler.ts';
import type { NumericProfile } from '#core/profile/schema.ts';
import { exampleTable } from '../../../helpers/read-bytes.ts';

const numbers = fc.array(fc.option(fc.double(), { nil: null }), { maxLength: 300 });
const profileOf = (values: readonly (number | null)[]) =>
  profileTable({
    rows: values.length,
    columns: [
      {
        name: 'x',
        kind: 'numeric',
        values: Float64Array.from(values, (value) => value ?? Number.NaN),
      },
    ],
  });

describe('what keeps a profile from being merged', () => {
  it('is nothing where it was made of rows, and merged', () => {
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const [first, second] = [profileOf(a), profileOf(b)];
        const merged = Profiler.from(first).merge(Profiler.from(second)).toJSON();
        for (const one of [first, second, merged]) expect(problemOf(one)).toBeUndefined();
      }),
    );
    expect(problemOf(profileTable(exampleTable('penguins')))).toBeUndefined();
  });

  const profile = profileOf(Array.from({ length: 5_000 }, (_, i) => i / 7));
  const [column] = profile.columns as [NumericProfile];
  const registers = btoa(String.fromCharCode(...new Uint8Array(4_096).fill(200)));
  it.each<[string, Partial<NumericProfile>]>([
    ['counts 4999 of 5000 rows', { count: 4_999 }],
    ['has registers', { distinct: registers }],
    ['has quantiles or moments', { missing: 1 }],
    ['has quantiles or moments', { quantiles: { ...column.quantiles, levels: [[1]] } }],
    ['has quantiles or moments', { quantiles: { ...column.quantiles, keepsOdd: [] } }],
    ['has no range', { min: null }],
    ['has bins', { bins: { edges: [1], counts: [5_000] } }],
    ['has bins', { bins: { edges: [1], counts: [1, 1] } }],
  ])('is found: it %s', (problem, change) => {
    const changed = { ...profile, columns: [{ ...column, ...change }] };
    expect(problemOf(changed)).toContain(problem);
  });

  it('is found: it names a column twice', () => {
    expect(problemOf({ ...profile, columns: [column, column] })).toContain('twice');
  });
});
