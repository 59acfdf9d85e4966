import { describe, expect, it } from '@jest/globals';
import { checkShape, sharesAxes } from '#core/tensors/shapes.ts';
import { allocate } from '#core/tensors/tensor.ts';

describe('a shape from outside', () => {
  it.each([
    [
      [2, 3],
      ['N', 3],
    ],
    [
      [0, 3],
      [-1, 3],
    ],
    [[], []],
    [[5], [5]],
  ])('%j fits %j', (given, declared) => {
    expect(checkShape(given, declared, 'shape')).toEqual(given);
  });

  it.each([
    [undefined, ['N'], 'shape: must be an array'],
    ['2', ['N'], 'shape: must be an array'],
    [[2], ['N', 3], 'shape: has 1 axes where the model takes 2: [N, 3]'],
    [[2, 4], ['N', 3], 'shape[1]: must be 3, not 4'],
    [[-1, 3], ['N', 3], 'shape[0]: must be a whole number, 0 or more'],
    [[-1], [-1], 'shape[0]: must be a whole number, 0 or more'],
    [['N'], ['N'], 'shape[0]: must be a whole number'],
    [[1.5], [-1], 'shape[0]: must be a whole number'],
    [[2n], [-1], 'shape[0]: must be a whole number'],
    [[1e9, 1e9], [-1, -1], 'shape: has more elements than any request can carry'],
    [[1e300], [-1], 'shape[0]: must be a whole number'],
  ])('%j does not fit %j', (given, declared, message) => {
    expect(() => checkShape(given, declared, 'shape')).toThrow(message);
  });

  it('gives a named axis one size', () => {
    const axes = new Map();
    checkShape([2], ['N'], 'a', axes);
    expect(() => checkShape([3], ['N'], 'b', axes)).toThrow('b[0]: is 3, but axis "N" is 2');
    expect(() => checkShape([2], ['N'], 'b', axes)).not.toThrow();
  });

  it('shares axes only by name', () => {
    expect(sharesAxes([['N', 3], ['N']])).toBe(true);
    expect(sharesAxes([['N', 3], [-1, 3], [-1]])).toBe(false);
  });
});

describe('memory for tensors', () => {
  it('is zero, aligned and not shared, whatever the sizes', () => {
    const given = Array.from({ length: 3000 }, (_, i) => {
      const data = allocate(i % 2 ? 'FP64' : 'UINT8', i % 50) as Uint8Array;
      expect([...data]).toEqual(new Array(i % 50).fill(0));
      return data.fill(i % 251);
    });
    for (const [i, data] of given.entries())
      expect([...data]).toEqual(new Array(i % 50).fill(i % 251));
  });
});
