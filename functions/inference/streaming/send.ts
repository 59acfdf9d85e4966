import { inParallel } from '#shared/in-parallel.ts';
import type { Entry, Sink } from './sinks.ts';

const ATTEMPTS = 6;
const BACKOFF_MS = 50;
const REQUESTS_AT_A_TIME = 8;

export interface Circumstances {
  readonly warn: (message: string, cause: unknown) => void;
  /** For so many milliseconds. */
  readonly pause: (milliseconds: number) => Promise<unknown>;
}

/**
 * Sends entries, those that are refused again. Where order is kept, an entry is sent once the one
 * before it of the same key has been taken, as a request may be taken in part; those behind one that
 * cannot be sent are not sent.
 *
 * @returns the entries that were taken for certain
 */
export async function sendAll<E extends Entry>(
  sink: Sink,
  entries: readonly E[],
  circumstances: Circumstances,
): Promise<Set<E>> {
  const taken = new Set<E>();
  const stuck = new Set<string>();
  for (const wave of sink.ordered ? waves(entries) : [entries]) {
    const free = wave.filter(({ key }) => key === undefined || !stuck.has(key));
    await inParallel(REQUESTS_AT_A_TIME, requests(sink, free), async (request) => {
      for (const entry of await send(sink, request, circumstances)) taken.add(entry);
    });
    if (!sink.ordered) continue;
    for (const entry of wave) {
      if (entry.key !== undefined && !taken.has(entry)) stuck.add(entry.key);
    }
  }
  return taken;
}

/** The first of each key, the second of each key, and so on. */
function waves<E extends Entry>(entries: readonly E[]): E[][] {
  const seen = new Map<string, number>();
  const all: E[][] = [];
  for (const entry of entries) {
    const n = entry.key === undefined ? 0 : (seen.get(entry.key) ?? 0);
    if (entry.key !== undefined) seen.set(entry.key, n + 1);
    all[n] ??= [];
    all[n].push(entry);
  }
  return all;
}

/** As much as a request holds, in base64 where that is how it travels. */
function requests<E extends Entry>({ most }: Sink, entries: readonly E[]): E[][] {
  const all: E[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    const size = Math.ceil((Buffer.byteLength(entry.body) * 4) / 3) + 512;
    if (bytes + size > most.bytes || (all.at(-1)?.length ?? 0) === most.entries) {
      all.push([]);
      bytes = 0;
    }
    all.at(-1)?.push(entry);
    bytes += size;
  }
  return all;
}

async function send<E extends Entry>(
  sink: Sink,
  request: readonly E[],
  circumstances: Circumstances,
): Promise<E[]> {
  const taken: E[] = [];
  const { warn, pause } = circumstances;
  let rest = request;
  for (let attempt = 1; rest.length > 0; attempt++) {
    try {
      const results = await sink.put(rest);
      taken.push(...rest.filter((_, i) => results[i]));
      rest = rest.filter((_, i) => !results[i]);
    } catch (error) {
      warn('the sink does not answer', error);
      return taken;
    }
    if (rest.length === 0 || attempt === ATTEMPTS) break;
    await pause(BACKOFF_MS * 2 ** attempt * Math.random());
  }
  if (rest.length > 0) warn(`the sink refused ${rest.length} records`, undefined);
  return taken;
}
