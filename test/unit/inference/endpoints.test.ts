import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AppError } from '#core/errors.ts';
import type { ServingEndpoint } from '#slices/deployments';
import { DEFAULT_TIMES, Endpoints } from '../../../functions/inference/endpoints.ts';
import { PLAIN_ENDPOINT } from '../../../functions/inference/plain-endpoint.ts';

const record = (revision: number, name = 'e'): ServingEndpoint => ({
  ...PLAIN_ENDPOINT,
  name,
  revision,
  updatedAt: `2026-01-01T00:00:0${revision}.000Z`,
  variants: [],
});

const { soft, hard, unknown, replace } = DEFAULT_TIMES;
let now = 0;
let stored: ServingEndpoint | undefined;
const loaded = new Set<number>();
const fetchEndpoint = jest.fn(async (_name: string) => stored);
const load = jest.fn(async ({ revision }: ServingEndpoint) => void loaded.add(revision));
const warn = jest.fn();
let endpoints: Endpoints;

/** Lets promises in the background run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));
const outage = () => fetchEndpoint.mockRejectedValueOnce(new Error('no network'));

beforeEach(() => {
  jest.clearAllMocks();
  now = 1_000;
  stored = record(1);
  loaded.clear();
  loaded.add(1);
  endpoints = new Endpoints({
    fetchEndpoint,
    load,
    isLoaded: ({ revision }) => loaded.has(revision),
    canAnswer: ({ revision }) => loaded.has(revision),
    now: () => now,
    warn,
    times: DEFAULT_TIMES,
  });
});

describe('a record', () => {
  it('is fetched once by all who ask first, and not at all while it is fresh', async () => {
    await Promise.all([1, 2, 3].map(() => endpoints.wait('e')));
    now += soft - 1;
    expect(endpoints.peek('e')).toEqual(record(1));
    expect(fetchEndpoint).toHaveBeenCalledTimes(1);
  });

  it('is used while it is refreshed in the background, once at a time', async () => {
    const first = await endpoints.wait('e');
    now += soft;
    expect(endpoints.peek('e')).toBe(first);
    expect(endpoints.peek('e')).toBe(first);
    await settle();
    expect(fetchEndpoint).toHaveBeenCalledTimes(2);
    now += soft - 1;
    expect(endpoints.peek('e')).toBe(first);
    expect(fetchEndpoint).toHaveBeenCalledTimes(2);
  });

  it('is waited for when it is too old, as after a freeze', async () => {
    await endpoints.wait('e');
    stored = record(2);
    loaded.add(2);
    now += hard;
    expect(endpoints.peek('e')).toBeUndefined();
    expect((await endpoints.wait('e')).revision).toBe(2);
  });

  it('stays in use through an outage where its model is loaded, without waiting each time', async () => {
    await endpoints.wait('e');
    now += hard;
    outage();
    expect((await endpoints.wait('e')).revision).toBe(1);
    expect(warn).toHaveBeenCalledTimes(1);
    outage();
    expect(endpoints.peek('e')?.revision).toBe(1);
    await settle();
    expect(endpoints.peek('e')?.revision).toBe(1);
  });

  it('does not hide an outage where its model is not loaded', async () => {
    await endpoints.wait('e');
    loaded.clear();
    now += hard;
    outage();
    await expect(endpoints.wait('e')).rejects.toThrow('no network');
  });

  it('is not remembered where the first fetch fails', async () => {
    outage();
    await expect(endpoints.wait('e')).rejects.toThrow('no network');
    expect((await endpoints.wait('e')).revision).toBe(1);
  });
});

describe('an endpoint that is not there', () => {
  it('is remembered as such for a moment', async () => {
    stored = undefined;
    await expect(endpoints.wait('e')).rejects.toMatchObject({ code: 'not-found' });
    await expect(endpoints.wait('e')).rejects.toMatchObject({ code: 'not-found' });
    expect(fetchEndpoint).toHaveBeenCalledTimes(1);
    stored = record(1);
    now += unknown;
    expect((await endpoints.wait('e')).revision).toBe(1);
  });

  it('is not looked up where the name cannot be one', async () => {
    for (const name of ['', 'A', '../x', 'a'.repeat(64), '__proto__', 'x y']) {
      await expect(endpoints.wait(name)).rejects.toMatchObject({ code: 'not-found' });
    }
    expect(fetchEndpoint).not.toHaveBeenCalled();
  });

  it('cannot fill the memory with made-up names', async () => {
    stored = undefined;
    for (let i = 0; i < 1_100; i++) await endpoints.wait(`name-${i}`).catch(() => {});
    fetchEndpoint.mockClear();
    await endpoints.wait('name-1099').catch(() => {});
    expect(fetchEndpoint).not.toHaveBeenCalled();
    await endpoints.wait('name-0').catch(() => {});
    expect(fetchEndpoint).toHaveBeenCalledTimes(1);
  });

  it('stops answering at the next refresh once it is deleted', async () => {
    await endpoints.wait('e');
    stored = undefined;
    now += soft;
    endpoints.peek('e');
    await settle();
    await expect(endpoints.wait('e')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a version that is replaced', () => {
  /** Ages the record and lets the refresh run. */
  const refresh = async () => {
    now += soft;
    endpoints.peek('e');
    await settle();
  };

  it('answers until the new one is loaded', async () => {
    await endpoints.wait('e');
    stored = record(2);
    let finish = () => {};
    load.mockImplementationOnce(
      (fresh) =>
        new Promise<undefined>((resolve) => {
          finish = () => {
            loaded.add(fresh.revision);
            resolve(undefined);
          };
        }),
    );
    await refresh();
    expect(endpoints.peek('e')?.revision).toBe(1);
    finish();
    await settle();
    expect(endpoints.peek('e')?.revision).toBe(2);
  });

  it('answers while loading fails, but not for ever', async () => {
    await endpoints.wait('e');
    stored = record(2);
    load.mockRejectedValue(new Error('cannot be loaded'));
    await refresh();
    expect(endpoints.peek('e')?.revision).toBe(1);
    expect(warn).toHaveBeenCalled();
    for (let waited = 0; waited < replace; waited += soft) await refresh();
    expect(endpoints.peek('e')?.revision).toBe(2);
    load.mockReset();
  });

  it('answers as long as storage does not give out the new one', async () => {
    await endpoints.wait('e');
    stored = record(2);
    load.mockRejectedValue(new AppError('unavailable', 's3 is not answering'));
    for (let waited = 0; waited < 5 * replace; waited += soft) await refresh();
    expect(endpoints.peek('e')?.revision).toBe(1);
    load.mockReset();
    load.mockImplementation(async ({ revision }) => void loaded.add(revision));
    await refresh();
    expect(endpoints.peek('e')?.revision).toBe(2);
    load.mockReset();
  });

  it('gives way at once where it is not loaded itself', async () => {
    await endpoints.wait('e');
    loaded.clear();
    stored = record(2);
    await refresh();
    expect(endpoints.peek('e')?.revision).toBe(2);
    expect(load).not.toHaveBeenCalled();
  });
});
