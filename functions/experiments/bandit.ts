import * as z from 'zod';
import type { MeanSummary } from '#core/experiments/means.ts';
import { banditWeights, bestByMean, bestByRate } from '#core/experiments/thompson.ts';
import { Random } from '#core/random.ts';
import { positiveInteger, readEnv } from '#shared/env.ts';
import { type Endpoint, listEndpoints, listRevisions, moveWeights } from '#slices/deployments';
import { pooled, readOutcomes } from './outcomes.ts';

const DEFAULT_PERIOD_SECONDS = 900;
/** What is older says little of today. */
const REMEMBERED_MS = 28 * 86_400_000;
/** Percent that some weight has to move by. */
const LEAST_MOVE = 1;
const ITSELF = { actor: 'bandit' };

/** Revisions do not follow each other faster: each makes every instance read the endpoint anew. */
const periodMs = (): number =>
  1000 *
  readEnv(z.object({ SKIFF_BANDIT_PERIOD_SECONDS: positiveInteger(DEFAULT_PERIOD_SECONDS) }))
    .SKIFF_BANDIT_PERIOD_SECONDS;

/** Every endpoint whose strategy is a bandit. */
export async function* banditEndpoints(): AsyncGenerator<Endpoint> {
  let cursor: string | undefined;
  do {
    const page: Awaited<ReturnType<typeof listEndpoints>> = await listEndpoints({
      limit: 100,
      cursor,
    });
    for (const endpoint of page.items) if (endpoint.strategy.kind === 'bandit') yield endpoint;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

/**
 * Moves a bandit's traffic to what its feedback says is best, by Thompson sampling.
 * @returns the endpoint's next revision; undefined where nothing was to be moved
 */
export async function steer(endpoint: Endpoint, now = new Date()): Promise<Endpoint | undefined> {
  const { strategy, name, revision, variants, updatedAt } = endpoint;
  if (strategy.kind !== 'bandit') return undefined;
  if (now.getTime() - Date.parse(updatedAt) < periodMs()) return undefined;
  const summaries = await rewardsOf(endpoint, strategy.reward, now);
  if (summaries.every(({ count }) => count === 0)) return undefined;
  const chances = chancesOf(summaries, new Random(revision));
  const weights = banditWeights(chances, strategy.floor);
  const moved = variants.some(
    ({ weight }, i) => Math.abs(weight - (weights[i] as number)) >= LEAST_MOVE,
  );
  if (!moved) return undefined;
  const wanted = Object.fromEntries(
    variants.map((variant, i) => [variant.name, weights[i] as number]),
  );
  const percent = variants.map((v, i) => `${v.name} ${Math.round(100 * (chances[i] as number))} %`);
  const rewards = summaries.reduce((sum, { count }) => sum + count, 0);
  const reason = `chances to be best after ${rewards} rewards: ${percent.join(', ')}`;
  return moveWeights(name, wanted, reason, { ...ITSELF, ifMatch: revision }, now);
}

/** Rewards of 0 and 1 only are successes; others have a mean. */
function chancesOf(summaries: readonly MeanSummary[], random: Random): number[] {
  const isRate = summaries.every(
    ({ count, mean, m2 }) => Math.abs(m2 - count * mean * (1 - mean)) <= 1e-9 * (1 + count),
  );
  if (!isRate) return bestByMean(summaries, random);
  const counts = summaries.map(({ count, mean }) => ({
    successes: Math.round(count * mean),
    trials: count,
  }));
  return bestByRate(counts, random);
}

/** Rewards since the variants became what they are. */
async function rewardsOf(
  { name, variants, ...endpoint }: Endpoint,
  reward: 'value' | 'label-match',
  now: Date,
): Promise<MeanSummary[]> {
  const arms = variants.map(({ name: variant, model, version }) => ({ variant, model, version }));
  const { items } = await listRevisions(name, { limit: 100 });
  const identity = (e: Pick<Endpoint, 'variants'>) =>
    JSON.stringify(e.variants.map((v) => [v.name, v.model, v.version]).sort());
  const own = identity({ variants });
  const reset = items.findIndex((revision) => identity(revision) !== own);
  const same = reset < 0 ? items : items.slice(0, reset);
  const since = Date.parse(same.at(-1)?.updatedAt ?? endpoint.updatedAt);
  const outcomes = await readOutcomes({
    ...{ endpoint: name, kind: reward === 'value' ? 'value-mean' : 'label-match', arms },
    ...{ from: Math.max(since, now.getTime() - REMEMBERED_MS), to: now.getTime() },
    revisions: new Set(same.map(({ revision }) => revision)),
  });
  return arms.map(({ variant }) => pooled(outcomes, variant));
}
