import type { Limits } from '#core/access/limits.ts';
import { beyond } from '#core/access/limits.ts';
import { type Endpoint, listEndpoints } from '#slices/deployments';
import { type Watched, watchedNow } from '#slices/monitoring';
import { readTraffic, type VariantTraffic } from '#slices/traffic';

/** All that is told of one endpoint. */
export interface EndpointFacts {
  readonly endpoint: Endpoint;
  /** Since midnight, UTC. */
  readonly variants: readonly VariantTraffic[];
  /** Requests of today whose summary was lost. */
  readonly missing: number;
  readonly watched: Watched | undefined;
}

const DAY_MS = 86_400_000;
const PARALLEL = 8;
/** Several servers that scrape at a time cost no more than one. */
const KEPT_MS = 10_000;

let kept: { readonly at: number; readonly facts: Promise<readonly EndpointFacts[]> } | undefined;

/** Of every endpoint within a caller's limits; at most ten seconds old. */
export async function collect(
  limits: Limits | undefined,
  now: number,
): Promise<readonly EndpointFacts[]> {
  if (!kept || now - kept.at > KEPT_MS) {
    const facts = collectAll(now);
    kept = { at: now, facts };
    facts.catch(() => {
      kept = undefined;
    });
  }
  const facts = await kept.facts;
  return limits ? facts.filter(({ endpoint }) => isWithin(limits, endpoint)) : facts;
}

const isWithin = (limits: Limits, { name }: Endpoint): boolean =>
  beyond(limits, { endpoints: [name] }) === undefined;

async function collectAll(now: number): Promise<EndpointFacts[]> {
  const endpoints: Endpoint[] = [];
  let cursor: string | undefined;
  do {
    const page = await listEndpoints({ limit: 100, cursor });
    endpoints.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  const facts: EndpointFacts[] = [];
  const rest = endpoints.entries();
  const work = async () => {
    for (const [i, endpoint] of rest) facts[i] = await factsOf(endpoint, now);
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return facts;
}

async function factsOf(endpoint: Endpoint, now: number): Promise<EndpointFacts> {
  const from = now - (now % DAY_MS);
  const [{ variants, missing }, watched] = await Promise.all([
    readTraffic(endpoint.name, { from, to: now }),
    watchedNow(endpoint.name),
  ]);
  return { endpoint, variants: variants.filter(({ shadow }) => !shadow), missing, watched };
}
