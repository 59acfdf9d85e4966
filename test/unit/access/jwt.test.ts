import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { callerOf } from '#shared/caller.ts';
import { logger } from '#shared/observability.ts';
import { authenticate } from '../../../functions/access/authenticate.ts';
import { callerFromClaims } from '../../../functions/access/claims.ts';
import { Issuer, parseIssuers } from '../../../functions/access/issuers.ts';
import { startIssuer } from '../../helpers/issuer.ts';

type Running = Awaited<ReturnType<typeof startIssuer>>;
let corp: Running;
let cognito: Running;
let lame: Running;
let stranger: Running;
const now = Math.floor(Date.now() / 1000);
const withHeader = (jwt: string, header: object) =>
  jwt.replace(/^[^.]+/, Buffer.from(JSON.stringify(header)).toString('base64url'));
const show = (jwt: string) => authenticate(`Bearer ${jwt}`, new Date());

beforeAll(async () => {
  [corp, cognito, lame, stranger] = (await Promise.all([1, 2, 3, 4].map(startIssuer) as never)) as [
    Running,
    Running,
    Running,
    Running,
  ];
  process.env.SKIFF_OIDC_ISSUERS = JSON.stringify([
    { name: 'corp', issuer: corp.issuer, audiences: ['skiff', 'skiff-too'] },
    {
      name: 'pool',
      issuer: cognito.issuer,
      jwksUri: `${cognito.issuer}/keys`,
      audiences: ['client'],
      audienceClaim: 'client_id',
      scopeClaims: ['scope', 'cognito:groups'],
    },
    { name: 'lame', issuer: lame.issuer, audiences: ['skiff'] },
  ]);
  lame.state.up = false;
});
afterAll(() => Promise.all([corp, cognito, lame, stranger].map((issuer) => issuer.stop())));
beforeEach(() => {
  for (const level of ['info', 'warn'] as const) jest.spyOn(logger, level).mockReturnValue();
});

describe('a JWT', () => {
  it.each(['RS256', 'ES256'])(
    'signed with %s names its caller, with scopes and end',
    async (alg) => {
      const kid = alg === 'RS256' ? 'rsa-1' : 'ec-1';
      const jwt = corp.jwt(
        { scope: 'openid skiff/read skiff/predict', exp: now + 600 },
        { alg, kid },
      );
      const context = await show(jwt);
      expect(context).toEqual({
        actor: 'corp:alice',
        scopes: 'read predict',
        expires: String(now + 600),
      });
      expect(() => callerOf(context, (now + 601) * 1000)).toThrow('expired');
    },
  );

  it('needs its issuer once, however many come', async () => {
    const jwts = Array.from({ length: 20 }, (_, i) =>
      corp.jwt({ sub: `${i}`, scope: 'skiff/read' }),
    );
    await Promise.all(jwts.map(show));
    expect(corp.asked.filter((path) => path === '/keys').length).toBeLessThanOrEqual(1);
  });

  it('may name its audience in another claim, and its scopes in lists', async () => {
    const claims = { aud: undefined, client_id: 'client', 'cognito:groups': ['skiff/deploy', 'x'] };
    expect(await show(cognito.jwt(claims))).toMatchObject({
      actor: 'pool:alice',
      scopes: 'deploy',
    });
    const other = cognito.jwt({ ...claims, client_id: 'another' });
    expect(await show(other)).toEqual({ refused: 'audience' });
    expect(await show(cognito.jwt({ ...claims, client_id: undefined }))).toEqual({
      refused: 'audience',
    });
    expect(await show(cognito.jwt({ ...claims, client_id: ['client'] }))).toEqual({
      refused: 'audience',
    });
  });

  const good = { scope: 'skiff/read' };
  it.each<[string, string, () => string]>([
    ['of an issuer that is not trusted', 'issuer', () => stranger.jwt(good)],
    ['of nobody', 'issuer', () => corp.jwt({ ...good, iss: undefined })],
    [
      'that says it is of an issuer that it is not of',
      'jwt',
      () => stranger.jwt({ ...good, iss: corp.issuer }),
    ],
    [
      'signed with a key of another issuer under a trusted name',
      'jwt',
      () => stranger.jwt({ ...good, iss: cognito.issuer, client_id: 'client' }),
    ],
    ['for another audience', 'audience', () => corp.jwt({ ...good, aud: 'other' })],
    [
      'for several audiences, none of them this',
      'audience',
      () => corp.jwt({ ...good, aud: ['a', 'b'] }),
    ],
    ['for nobody', 'audience', () => corp.jwt({ ...good, aud: undefined })],
    ['that has expired', 'expired', () => corp.jwt({ ...good, exp: now - 1 })],
    ['that never expires', 'jwt', () => corp.jwt({ ...good, exp: undefined })],
    ['that is not valid yet', 'jwt', () => corp.jwt({ ...good, nbf: now + 600 })],
    ['without a signature: alg none', 'jwt', () => corp.jwt(good, { alg: 'none' })],
    [
      'with alg None and no signature',
      'jwt',
      () => withHeader(corp.jwt(good, { alg: 'none' }), { alg: 'None', kid: 'rsa-1' }),
    ],
    [
      'signed with the public key as a secret: HS256',
      'jwt',
      () => corp.jwt(good, { alg: 'HS256' }, corp.publicKeyPem('rsa-1')),
    ],
    [
      'that says RS256 and is signed by a secret',
      'jwt',
      () => corp.jwt(good, {}, corp.publicKeyPem('rsa-1')),
    ],
    [
      'signed by one key under the name of another',
      'jwt',
      () => corp.jwt(good, { alg: 'RS256', kid: 'ec-1' }, 'x'),
    ],
    ['with a key that nobody has', 'jwt', () => corp.jwt(good, { kid: 'forged' })],
    [
      'whose key is somewhere else',
      'jwt',
      () => withHeader(corp.jwt(good), { alg: 'RS256', kid: 'x', jku: `${stranger.issuer}/keys` }),
    ],
    ['without a key id', 'jwt', () => corp.jwt(good, { kid: undefined as never })],
    ['that gives no scope here', 'scopes', () => corp.jwt({ scope: 'openid read admin' })],
    [
      'whose scope is a name that every object has',
      'scopes',
      () => corp.jwt({ scope: 'constructor __proto__ toString' }),
    ],
    ['whose subject is no text', 'jwt', () => corp.jwt({ ...good, sub: { $ne: 1 } })],
    ['whose subject would break a log line', 'jwt', () => corp.jwt({ ...good, sub: 'a\nb' })],
  ])('%s is refused as: %s', async (_, refused, make) => {
    expect(await show(make())).toEqual({ refused });
  });

  it('is refused with one character changed, wherever', async () => {
    const jwt = corp.jwt(good);
    // The last character of a signature holds bits that no byte has.
    const places = [...jwt.slice(0, -1)].flatMap((character, i) => (character === '.' ? [] : [i]));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...places),
        fc.constantFrom('A', 'b', '9', '-'),
        async (i, to) => {
          fc.pre(jwt[i] !== to);
          const answer = await show(jwt.slice(0, i) + to + jwt.slice(i + 1));
          expect(answer).not.toHaveProperty('actor');
        },
      ),
      { numRuns: 60 },
    );
  });

  it('asks nobody whom it names itself', () => {
    expect(stranger.asked).toEqual([]);
  });

  it('is neither taken nor refused while its issuer does not answer, and taken after', async () => {
    const jwt = lame.jwt({ scope: 'skiff/read' });
    await expect(show(jwt)).rejects.toThrow('no keys from');
    lame.state.up = true;
    expect(await show(jwt)).toHaveProperty('actor', 'lame:alice');
  });

  it('is known by a key that came later', async () => {
    lame.rotate('rsa-2');
    const jwt = lame.jwt({ scope: 'skiff/read' }, { kid: 'rsa-2' });
    expect(await show(jwt)).toHaveProperty('actor');
    expect(await show(lame.jwt({ scope: 'skiff/read' }, { kid: 'rsa-1' }))).toEqual({
      refused: 'jwt',
    });
  });
});

describe('claims', () => {
  const issuer = (more: object = {}) =>
    Issuer.parse({ name: 'corp', issuer: 'https://a.example', audiences: ['skiff'], ...more });
  const claims = (more: object = {}) => ({ sub: 'alice', exp: 2_000_000_000, ...more });

  it('give scopes by a mapping of names, found by a path too', () => {
    const keycloak = issuer({
      scopeClaims: ['realm_access.roles', 'https://skiff/roles'],
      scopes: { 'ml-engineer': ['register', 'validate', 'read'], oncall: ['deploy', 'read'] },
      actorClaim: 'email',
    });
    const given = claims({
      email: 'a@b.example',
      realm_access: { roles: ['ml-engineer', 'other'] },
      'https://skiff/roles': 'oncall',
    });
    expect(callerFromClaims(given, keycloak)).toMatchObject({
      actor: 'corp:a@b.example',
      scopes: 'register validate read deploy',
    });
  });

  const limited = issuer({ modelsClaim: 'm', endpointsClaim: 'e', workspacesClaim: 'w' });
  const scope = 'skiff/admin skiff/deploy';
  it.each([
    ['all', { m: ['a', 'b*'], e: 'live', w: 'x y-*' }, ['a/b*', 'live', 'x/y-*']],
    ['one, which leaves nothing of the others', { m: ['a'] }, ['a', '', '']],
    ['workspaces alone', { w: ['*'] }, ['', '', '*']],
    ['none, which leaves nothing', {}, ['', '', '']],
    ['no texts', { m: [1, {}], e: 7, w: {} }, ['', '', '']],
  ])(
    'give limits, without which there is no administrator: %s',
    (_, given, [models, endpoints, workspaces]) => {
      expect(callerFromClaims(claims({ scope, ...given }), limited)).toEqual({
        actor: 'corp:alice',
        scopes: 'deploy',
        expires: '2000000000',
        ...{ models, endpoints, workspaces },
      });
    },
  );

  it('may lift the limits', () => {
    const all = callerFromClaims(claims({ scope, m: '*', e: ['*'], w: '*' }), limited);
    expect(all).toEqual({ actor: 'corp:alice', scopes: 'admin deploy', expires: '2000000000' });
    const models = issuer({ modelsClaim: 'm' });
    expect(callerFromClaims(claims({ scope, m: 'a' }), models)).toMatchObject({
      models: 'a',
      endpoints: '*',
      workspaces: '*',
    });
  });
});

describe('issuers as configured', () => {
  const one = { name: 'a', issuer: 'https://a.example', audiences: ['skiff'] };
  it.each([
    ['is not JSON', '{'],
    ['must begin with https', JSON.stringify([{ ...one, issuer: 'http://a.example' }])],
    ['must begin with https', JSON.stringify([{ ...one, jwksUri: 'http://localhost.example/x' }])],
    ['each name once', JSON.stringify([one, { ...one, issuer: 'https://b.example' }])],
    ['each issuer once', JSON.stringify([one, { ...one, name: 'b' }])],
    ['audiences', JSON.stringify([{ ...one, audiences: [] }])],
    ['scopes', JSON.stringify([{ ...one, scopes: { x: ['root'] } }])],
    ['unrecognized_keys', JSON.stringify([{ ...one, audience: 'skiff' }])],
  ])('say what does not fit: %s', (words, json) => {
    expect(() => parseIssuers(json)).toThrow(words);
  });
});
