import { describe, expect, it } from '@jest/globals';
import { nextSort, parseSort, sortRows, writeSort } from '../../../ui/lib/sort.ts';

describe('what a table is sorted by', () => {
  it('is one word of the address', () => {
    expect(parseSort('-metrics.a-b')).toEqual({ by: 'metrics.a-b', descending: true });
    expect(writeSort({ by: 'metrics.a-b', descending: true })).toBe('-metrics.a-b');
    expect(writeSort({ by: 'name', descending: false })).toBe('name');
    expect(parseSort(undefined)).toBeUndefined();
  });

  it('starts with the way in which a column is read, and turns from then on', () => {
    const first = nextSort(undefined, 'metrics.loss', true);
    expect(first).toEqual({ by: 'metrics.loss', descending: true });
    expect(nextSort(first, 'metrics.loss', true).descending).toBe(false);
    expect(nextSort(first, 'name', false)).toEqual({ by: 'name', descending: false });
  });
});

describe('rows that are sorted here', () => {
  const rows = [3, undefined, 1, Number.NaN, 2].map((value) => ({ value }));
  const as = (descending: boolean) =>
    sortRows(rows, ({ value }) => value, descending).map(({ value }) => value);

  it('have those without a value last in both directions', () => {
    expect(as(false)).toEqual([1, 2, 3, undefined, Number.NaN]);
    expect(as(true)).toEqual([3, 2, 1, undefined, Number.NaN]);
  });

  it('are compared as words where they are words', () => {
    expect(sortRows(['b', 'a', 'C'], (row) => row, false)).toEqual(['a', 'b', 'C']);
  });
});
