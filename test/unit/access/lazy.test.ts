import { expect, it, jest } from '@jest/globals';
import { logger } from '#shared/observability.ts';

let loaded = 0;
jest.unstable_mockModule('../../../functions/access/jwt.ts', () => {
  loaded++;
  return { callerOfJwt: async (jwt: string) => ({ actor: jwt }) };
});
const { authenticate } = await import('../../../functions/access/authenticate.ts');

it('loads what verifies JWTs when the first one comes', async () => {
  jest.spyOn(logger, 'warn').mockReturnValue();
  for (const header of [undefined, 'Basic x', 'Bearer skiff_x', 'Bearer a.b']) {
    expect(await authenticate(header, new Date())).toEqual({ refused: 'malformed' });
  }
  expect(loaded).toBe(0);
  for (const jwt of ['a.b.c', 'a.b.']) {
    expect(await authenticate(`Bearer ${jwt}`, new Date())).toEqual({ actor: jwt });
  }
  expect(loaded).toBe(1);
});
