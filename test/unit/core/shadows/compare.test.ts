import { describe, expect, it } from '@jest/globals';
import { compareAnswers, type Said } from '#core/shadows/compare.ts';

const said = (labels: string[] | undefined, numbers: Record<string, number[]>): Said => ({
  labels,
  numbers: new Map(
    Object.entries(numbers).map(([name, values]) => [name, (row) => values[row] as number]),
  ),
});

describe('two models’ answers', () => {
  it('differ in labels, and by the largest difference of the numbers that both have', () => {
    const live = said(['a', 'b', 'a'], { a: [0.9, 0.2, 0.5], b: [0.1, 0.8, 0.5], c: [1, 1, 1] });
    const shadow = said(['a', 'a', 'a'], { a: [0.8, 0.6, 0.5], b: [0.15, 0.4, 0.5] });
    const { sameLabel, differences, disagreement } = compareAnswers(live, shadow, 3);
    expect(sameLabel).toEqual([true, false, true]);
    expect([...differences].map((d) => Number(d.toFixed(6)))).toEqual([0.1, 0.4, 0]);
    expect(disagreement).toMatchObject({ rows: 3, labelled: 3, otherLabel: 1, compared: 3 });
    expect(disagreement.sumAbsolute).toBeCloseTo(0.5, 12);
    expect(disagreement.maxAbsolute).toBeCloseTo(0.4, 12);
  });

  it('say nothing where one of the two has nothing to say', () => {
    const live = said(undefined, { value: [1, Number.NaN] });
    const { sameLabel, differences, disagreement } = compareAnswers(
      ...([live, said(['a', 'b'], { value: [3, 1] }), 2] as const),
    );
    expect(sameLabel).toEqual([null, null]);
    expect(differences).toEqual(Float64Array.of(2, Number.NaN));
    expect(disagreement).toEqual({
      ...{ rows: 2, labelled: 0, otherLabel: 0, compared: 1, sumAbsolute: 2, maxAbsolute: 2 },
    });
  });
});
