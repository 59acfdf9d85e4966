import { request as httpRequest } from 'node:http';
import { random } from './random.ts';

export interface HostileRequest {
  readonly method: string;
  /** As it goes over the wire: nothing is normalised. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
}

/** An operation to attack, with a body that it would take. */
export interface Target {
  readonly method: string;
  /** With parameters in braces. */
  readonly path: string;
  readonly body?: unknown;
}

const SEGMENTS = [
  ...['..', '.', '%2e%2e', '%00', '%0d%0aset-cookie:x', '%', '%zz', '%c3%28', '%25%32%46'],
  ...['__proto__', 'constructor', 'toString', '-1', '0', '1e3', '9007199254740993', 'null', ''],
  ...['*', "'", '%22', '$default', '{model}', '{proxy+}', '日本', 'a'.repeat(300), '#', 'a;b=c'],
].map((segment) => segment.replace(/[^!-~]/g, encodeURIComponent));

const VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -0, -1, 0.1, 1e308, 2 ** 53 + 2, '', 'a', '\u0000', '\ud800', '../x'],
  ...[[], {}, [[]], [null], { length: -1 }, { constructor: 1, toString: 2 }, 'x'.repeat(5000)],
  ...['s3://x/y', '2026-11-24T00:00:00Z', 'NaN', '__proto__', ['a', 'a'], { '': '' }],
];

/** Bodies that are no JSON, or none that JSON.stringify writes. */
const TEXTS = [
  ...['', ' ', '{', '}', 'nul', '"', '\ufeff{}', '[1,]', '{"a":1,"a":2}', '1e999', '-'],
  ...['{"__proto__":{"admin":true}}', `${'['.repeat(20_000)}`, `{"a":${'['.repeat(3000)}1`],
  ...['{"name":"\\ud800"}', '{"inputs":[{"data":[1e999]}]}', 'a=1&b=2', '<x/>'],
];

const HEADERS: readonly (readonly [string, readonly string[]])[] = [
  ['content-type', ['', 'text/plain', 'application/json; charset=utf-16', 'x'.repeat(500), '/']],
  ['if-match', ['', '*', '"x"', '"-1"', '"99999999999999999999"', 'W/"1"', '"1", "2"']],
  ['idempotency-key', ['', ' ', 'k', 'x'.repeat(256), 'a b', '\u00e4', '../..']],
  ['x-request-id', ['', 'mine', 'x'.repeat(2000), '"},{"', '\u00ff', '<script>']],
  ['inference-header-content-length', ['', '0', '1', '-1', '1e3', '99999999999', 'x']],
  ['x-forwarded-for', ['', '::1', 'x'.repeat(6000)]],
  ['content-encoding', ['gzip', 'br', 'x']],
  ['x-amzn-trace-id', ['', 'Root=1', 'Root="}', 'x'.repeat(1000)]],
  ['accept', ['', 'text/html', '*/*;q=0']],
];

const QUERIES = [
  ...['limit=0', 'limit=1e9', 'limit=x', 'cursor=', 'cursor=%00', 'cursor=e30', 'tag=', 'tag=:'],
  ...['at=yesterday', 'at=9999-99-99', 'limit=1&limit=2', '__proto__=1', 'a[b]=c', '%zz=%', '&&='],
];

/** Requests against such operations, the same ones for the same seed. */
export function hostileRequests(
  targets: readonly Target[],
  names: readonly string[],
  { seed, count }: { seed: number; count: number },
): HostileRequest[] {
  const next = random(seed);
  const chance = (p: number) => next() < p;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const bytes = () =>
    Buffer.from(Array.from({ length: pick([1, 7, 300] as const) }, () => next() * 256));

  const pathOf = ({ path }: Target) => {
    const filled = path.replace(/\{\w+\+?\}/g, () => (chance(0.75) ? pick(names) : pick(SEGMENTS)));
    const longer = chance(0.1) ? `${filled}/${pick(SEGMENTS)}` : filled;
    return chance(0.2) ? `${longer}?${pick(QUERIES)}` : longer;
  };
  const spoiled = (value: unknown): unknown => {
    if (value === null || typeof value !== 'object' || chance(0.15)) {
      return chance(0.7) ? pick(VALUES) : value;
    }
    const entries = Object.entries(value);
    const at = Math.floor(next() * entries.length);
    const changed = entries.flatMap(([key, inner], i) => {
      if (i !== at) return [[key, inner]];
      return chance(0.15) ? [] : [[chance(0.1) ? pick(SEGMENTS) : key, spoiled(inner)]];
    });
    if (Array.isArray(value)) return changed.map(([, inner]) => inner);
    return Object.fromEntries(chance(0.1) ? [...changed, ['extra', pick(VALUES)]] : changed);
  };
  const bodyOf = ({ body }: Target) => {
    if (chance(0.15)) return Buffer.from(pick(TEXTS));
    if (chance(0.1)) return bytes();
    if (body === undefined) return Buffer.from(chance(0.8) ? '' : JSON.stringify(pick(VALUES)));
    return Buffer.from(JSON.stringify(chance(0.1) ? pick(VALUES) : spoiled(body)));
  };
  const headersOf = () => {
    const odd = Array.from({ length: chance(0.4) ? 1 + Math.floor(next() * 3) : 0 }, () => {
      const [name, values] = pick(HEADERS);
      return [name, pick(values)];
    });
    return { 'content-type': 'application/json', ...Object.fromEntries(odd) };
  };
  return Array.from({ length: count }, () => {
    const target = pick(targets);
    const method = chance(0.9) ? target.method : pick(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
    const body = method === 'GET' && chance(0.8) ? Buffer.alloc(0) : bodyOf(target);
    return { method, path: pathOf(target), headers: headersOf(), body };
  });
}

/** Sends it as it is: `fetch` would tidy path and headers. */
export function sendRaw(base: string, token: string, sent: HostileRequest): Promise<RawAnswer> {
  const { hostname, port, pathname } = new URL(base);
  const { method, path, body } = sent;
  const headers = {
    ...sent.headers,
    authorization: `Bearer ${token}`,
    'content-length': body.length,
  };
  return new Promise((resolve, reject) => {
    const out = httpRequest(
      { hostname, port, method, path: pathname + path, headers },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    out.on('error', reject);
    out.end(body);
  });
}
