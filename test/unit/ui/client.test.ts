import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { callApi } from '../../../ui/api/client.ts';
import { signIn, token, wasRefused } from '../../../ui/api/session.ts';

const stored = new Map<string, string>();
beforeEach(() => {
  stored.clear();
  Object.assign(globalThis, {
    sessionStorage: {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => stored.set(key, value),
      removeItem: (key: string) => stored.delete(key),
    },
  });
});
afterEach(() => {
  Reflect.deleteProperty(globalThis, 'sessionStorage');
  jest.restoreAllMocks();
});

/** An API that takes no token, and answers when it is let. */
function refusing() {
  const go = Promise.withResolvers<void>();
  const fetched = jest.spyOn(globalThis, 'fetch').mockImplementation(async () => {
    await go.promise;
    return new Response('{"detail":"this needs a token"}', { status: 401 });
  });
  const sent = () => new Headers(fetched.mock.calls[0]?.[1]?.headers).get('authorization');
  return { answer: go.resolve, sent };
}

describe('a token that the API does not take', () => {
  it('signs out', async () => {
    signIn('old');
    const { answer, sent } = refusing();
    answer();
    await expect(callApi('/api/v1/models')).rejects.toThrow('this needs a token');
    expect([sent(), token(), wasRefused()]).toEqual(['Bearer old', undefined, true]);
  });

  it('signs nobody out who has signed in since', async () => {
    signIn('old');
    const { answer } = refusing();
    const call = callApi('/api/v1/models');
    signIn('new');
    answer();
    await expect(call).rejects.toThrow('this needs a token');
    expect([token(), wasRefused()]).toEqual(['new', false]);
  });
});
