import { readFileSync } from 'node:fs';
import { call, request } from '../../local/api-client.ts';
import type { LocalAws } from '../../local/local-aws.ts';
import { placeOf } from '../../local/settings.ts';

/** The stack that `npm run test:e2e` has deployed. */
export const stack = (): LocalAws =>
  JSON.parse(readFileSync(placeOf('e2e').info, 'utf8')) as LocalAws;

type Options = Parameters<typeof request>[3];

/** Shorthands for calls to it as its administrator. */
export const api = {
  request: (method: string, path: string, options?: Options) =>
    request<any>(stack(), method, path, options),
  call: (method: string, path: string, options?: Options) =>
    call<any>(stack(), method, path, options),
};

/** The same with a token of these scopes only. */
export async function apiWith(...scopes: string[]): Promise<Pick<typeof api, 'request'>> {
  const body = { name: unique(`only-${scopes.join('-')}`), scopes };
  const { token } = await api.call('POST', '/api/v1/tokens', { body });
  return {
    request: (method, path, options) => request<any>({ ...stack(), token }, method, path, options),
  };
}

let serial = 0;
/** A name that no other test uses. */
export const unique = (prefix: string): string =>
  `${prefix}-${Date.now().toString(36)}-${process.env.JEST_WORKER_ID}-${serial++}`;

/** For models whose examination is not what a test is about: it would only take the processor. */
export const UNEXAMINED = 'unexamined';
export const writeUnexaminedPolicy = () =>
  api.call('PUT', `/api/v1/policies/${UNEXAMINED}`, {
    body: { gates: [], validateOnRegistration: false },
  });

/** Serves what nobody approved. */
export const force = { reason: 'a test of something else' };
