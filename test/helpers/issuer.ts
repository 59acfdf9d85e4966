import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const base64 = (value: string | Buffer) => Buffer.from(value).toString('base64url');

type Pair = { publicKey: KeyObject; privateKey: KeyObject };
const newRsa = (): Pair => generateKeyPairSync('rsa', { modulusLength: 2048 });
const newEc = (): Pair => generateKeyPairSync('ec', { namedCurve: 'P-256' });

const SIGN: Record<string, (input: string, key: KeyObject) => Buffer> = {
  RS256: (input, key) => sign('sha256', Buffer.from(input), key),
  ES256: (input, key) => sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }),
  none: () => Buffer.alloc(0),
};

/** An OpenID Connect issuer on the loopback interface, whose keys can be changed. */
export async function startIssuer() {
  const keys = new Map<string, Pair>([
    ['rsa-1', newRsa()],
    ['ec-1', newEc()],
  ]);
  const asked: string[] = [];
  const state = { up: true };
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (!state.up) return void response.writeHead(503).end();
    const answer = documents()[request.url ?? ''];
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const documents = (): Record<string, unknown> => ({
    '/.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/keys` },
    '/keys': {
      keys: [...keys].map(([kid, { publicKey }]) => ({
        ...publicKey.export({ format: 'jwk' }),
        kid,
        use: 'sig',
      })),
    },
  });
  const seconds = Math.floor(Date.now() / 1000);
  const usual = { iss: issuer, sub: 'alice', aud: 'skiff', exp: seconds + 600, iat: seconds };

  return {
    issuer,
    /** Paths that it was asked for. */
    asked,
    state,
    rotate: (kid: string) => keys.clear() ?? keys.set(kid, newRsa()),
    publicKeyPem: (kid: string) =>
      keys.get(kid)?.publicKey.export({ type: 'spki', format: 'pem' }) as string,
    /** A JWT with these claims and header fields beside the usual ones. */
    jwt(claims: object = {}, header: { alg?: string; kid?: string } = {}, secret?: string): string {
      const whole = { alg: 'RS256', kid: 'rsa-1', typ: 'JWT', ...header };
      const body = JSON.stringify({ ...usual, ...claims });
      const input = `${base64(JSON.stringify(whole))}.${base64(body)}`;
      if (secret !== undefined) {
        return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
      }
      const { privateKey } = keys.get(whole.kid) ?? newRsa();
      return `${input}.${base64((SIGN[whole.alg] as (typeof SIGN)['RS256'])(input, privateKey))}`;
    },
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
