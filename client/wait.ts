import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.ts';
import type { Answer } from './operations.ts';

const VALIDATIONS = 'GET /api/v1/models/{model}/versions/{version}/validations';
const ONE = 'GET /api/v1/models/{model}/versions/{version}/validations/{validation}';
export type Verdict = Answer<typeof ONE>;

export interface WaitOptions<T> {
  readonly timeoutMs?: number;
  readonly everyMs?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (state: T) => void;
}

/** It took longer than the caller wanted to wait; it may still be going on. */
export class WaitTimeout extends Error {
  override readonly name = 'WaitTimeout';
}

/** Waits until the newest examination of a version has ended. */
export function waitForVerdict(
  client: Client,
  params: { model: string; version: number },
  options: WaitOptions<Verdict> = {},
): Promise<Verdict> {
  const { signal } = options;
  const look = async () => {
    const { items } = await client.call(VALIDATIONS, {
      params,
      query: { limit: 1 },
      ...(signal && { signal }),
    });
    const validation = items[0]?.id;
    if (!validation) return undefined;
    return client.call(ONE, { params: { ...params, validation }, ...(signal && { signal }) });
  };
  const hasEnded = ({ status }: Verdict) => status !== 'queued' && status !== 'running';
  return poll(look, hasEnded, {
    what: `the verdict on ${params.model} version ${params.version}`,
    ...options,
  });
}

type Registration = Answer<'GET /api/v1/registrations/{registration}'>;

/** Waits until the registration of a large version has ended; answers its number. */
export async function waitForVersion(
  client: Client,
  registration: string,
  options: WaitOptions<Registration> = {},
): Promise<number> {
  const { signal } = options;
  const look = () =>
    client.call('GET /api/v1/registrations/{registration}', {
      params: { registration },
      ...(signal && { signal }),
    });
  const { version, error } = await poll(look, ({ status }) => status !== 'running', {
    what: 'the registration',
    ...options,
  });
  if (version === undefined) throw new Error(`the registration failed: ${error}`);
  return version;
}

type DatasetRegistration = Answer<'GET /api/v1/datasets/{dataset}/registrations/{registration}'>;

/** Waits until a large dataset is profiled; answers its digest. */
export async function waitForDataset(
  client: Client,
  params: { dataset: string; registration: string },
  options: WaitOptions<DatasetRegistration> = {},
): Promise<string> {
  const { signal } = options;
  const look = () =>
    client.call('GET /api/v1/datasets/{dataset}/registrations/{registration}', {
      params,
      ...(signal && { signal }),
    });
  const { digest, error } = await poll(look, ({ status }) => status !== 'profiling', {
    what: 'the dataset',
    ...options,
  });
  if (digest === undefined) throw new Error(`the registration failed: ${error}`);
  return digest;
}

type Rollout = Answer<'GET /api/v1/endpoints/{endpoint}/rollouts/{rollout}'>;

/** Waits until a rollout has ended, or is held or paused: then it is a person's turn. */
export function waitForRollout(
  client: Client,
  params: { endpoint: string; rollout: string },
  options: WaitOptions<Rollout> = {},
): Promise<Rollout> {
  const { signal } = options;
  const look = () =>
    client.call('GET /api/v1/endpoints/{endpoint}/rollouts/{rollout}', {
      params,
      ...(signal && { signal }),
    });
  return poll(look, ({ status }) => status !== 'running', {
    what: `the rollout of "${params.endpoint}"`,
    timeoutMs: DAYS,
    ...options,
  });
}

type Job = Answer<'GET /api/v1/jobs/{job}'>;

/** Waits until a job has ended. */
export function waitForJob(
  client: Client,
  job: string,
  options: WaitOptions<Job> = {},
): Promise<Job> {
  const { signal } = options;
  const look = () =>
    client.call('GET /api/v1/jobs/{job}', { params: { job }, ...(signal && { signal }) });
  return poll(look, ({ status }) => status !== 'queued' && status !== 'running', {
    what: `job ${job}`,
    timeoutMs: DAYS,
    ...options,
  });
}

/** What takes as long as its owner wants. */
const DAYS = 30 * 86_400_000;

async function poll<T>(
  look: () => Promise<T | undefined>,
  hasEnded: (state: T) => boolean,
  options: WaitOptions<T> & { what: string },
): Promise<T> {
  const { timeoutMs = 15 * 60_000, everyMs = 500, onProgress, signal } = options;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const state = await look();
    if (state !== undefined && hasEnded(state)) return state;
    if (state !== undefined) onProgress?.(state);
    if (Date.now() > deadline) throw new WaitTimeout(`${options.what} took too long`);
    await sleep(everyMs, undefined, { signal });
  }
}
