import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nameIn } from '#core/mlflow/names.ts';
import { checkAlias, registryName } from '../../../functions/mlflow-registry/names.ts';

const SPACES = ['default', 'team-a', 'team', 'a'];
const name = fc
  .string({ minLength: 1, maxLength: 40, unit: fc.constantFrom(...'aA1-_ ~.é') })
  .filter((text) => text.trim() === text && !['.', '..'].includes(text));

describe('a name of a workspace', () => {
  it('comes back as it was, and is no name of another workspace', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SPACES), name, (space, given) => {
        fc.pre(space !== 'default' || !/^[a-z0-9][a-z0-9-]*~/.test(given));
        const registered = registryName(space, given);
        const seen = SPACES.filter((other) => nameIn(other, registered) !== undefined);
        expect(seen).toEqual([space]);
        expect(nameIn(space, registered)).toBe(given);
      }),
    );
  });

  it.each(['a/b', 'a:b', 'a%b', ' a', '..', 'team-a~x', 'x'.repeat(251)])(
    'is refused for the default one: %j',
    (given) => {
      expect(() => registryName('default', given)).toThrow(`Invalid model name '${given}'`);
    },
  );
});

it.each(['latest', 'LATEST', 'v1', 'V20', 'a b', '', 'x'.repeat(256)])(
  'no alias is called %j',
  (alias) => {
    expect(() => checkAlias(alias)).toThrow();
  },
);
