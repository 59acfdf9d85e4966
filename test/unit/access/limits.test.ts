import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { beyond, covers, coversPacked, packNames, unpackNames } from '#core/access/limits.ts';

/** Short, of few letters, so that names meet patterns. */
const name = fc.string({ unit: fc.constantFrom('a', 'b', '*', ' '), minLength: 1, maxLength: 4 });
const patterns = fc.array(name, { maxLength: 5 });

describe('names that a caller may reach', () => {
  it.each([
    ['fraud', 'fraud', true],
    ['fraud', 'fraud-2', false],
    ['fraud-*', 'fraud-2', true],
    ['fraud-*', 'fraud-', true],
    ['fraud-*', 'fraud', false],
    ['*', 'anything', true],
    ['a*b', 'axb', false],
    ['', '', false],
  ])('%s covers %s: %s', (pattern, given, is) => {
    expect(coversPacked(packNames([pattern]), given)).toBe(is);
    if (pattern !== '') expect(covers([pattern], given)).toBe(is);
  });

  it('are packed and unpacked', () => {
    fc.assert(fc.property(patterns, (list) => expect(unpackNames(packNames(list))).toEqual(list)));
  });

  it('are the same packed', () => {
    fc.assert(
      fc.property(patterns, name, (list, given) => {
        expect(coversPacked(packNames(list), given)).toBe(covers(list, given));
      }),
      { numRuns: 2000 },
    );
  });

  it('are those of all lists, each for its kind', () => {
    const limits = { models: ['m'], endpoints: ['e*'], workspaces: ['w-*'] };
    expect(beyond(limits, { models: ['m'], endpoints: ['e1'] })).toBeUndefined();
    expect(beyond(limits, { models: ['m', 'e1'] })).toBe('model "e1"');
    expect(beyond(limits, { endpoints: ['m'] })).toBe('endpoint "m"');
    expect(beyond(limits, { workspaces: ['w-1', 'e1'] })).toBe('workspace "e1"');
    expect(beyond(limits, {})).toBeUndefined();
  });
});
