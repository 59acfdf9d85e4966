import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hashOf, joinNames, matchPath, parseHash, splitNames } from '../../../ui/lib/place.ts';

const name = fc.string({ minLength: 1, unit: 'binary' });
const workspace = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/);

describe('the address of a page', () => {
  it('brings back workspace, path and query, whatever they hold', () => {
    fc.assert(
      fc.property(
        workspace,
        fc.array(name, { minLength: 1, maxLength: 4 }),
        fc.dictionary(name, name),
        (space, segments, query) => {
          const hash = hashOf(space, segments, query);
          expect(parseHash(hash)).toEqual({ workspace: space, segments, query });
        },
      ),
    );
  });

  it('is the list of experiments of the default workspace where it says nothing', () => {
    const start = { workspace: 'default', segments: ['experiments'], query: {} };
    expect(parseHash('')).toEqual(start);
    expect(parseHash('#/')).toEqual(start);
    expect(parseHash('#/No%20Workspace!')).toEqual(start);
  });

  it('keeps what a browser may leave undecodable', () => {
    expect(parseHash('#/team-a/models/50%').segments).toEqual(['models', '50%']);
  });

  it('leaves out what is not set', () => {
    const query = { a: '', b: undefined, c: false, d: 0, e: true };
    expect(hashOf('default', ['experiments'], query)).toBe('#/default/experiments?d=0&e=true');
  });
});

describe('the pattern of a page', () => {
  it('names parts of the path', () => {
    const pattern = 'experiments/:experiment/runs/:run';
    expect(matchPath(pattern, ['experiments', '3', 'runs', 'a/b'])).toEqual({
      ...{ experiment: '3', run: 'a/b' },
    });
    expect(matchPath(pattern, ['experiments', '3'])).toBeUndefined();
    expect(matchPath('models', ['experiments'])).toBeUndefined();
  });
});

describe('a list of names in one value', () => {
  it('comes back, commas and backslashes too', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 })), (names) => {
        expect(splitNames(joinNames(names))).toEqual(names);
      }),
    );
    expect(splitNames(undefined)).toEqual([]);
  });
});
