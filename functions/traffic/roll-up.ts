import { HOUR_MS } from '#core/capture/keys.ts';
import { TrafficTally } from '#core/traffic/summary.ts';
import { Gaps } from './gaps.ts';
import { putHour, readMinutes, type TrafficItem } from './store.ts';

interface Hour {
  readonly first: TrafficItem;
  readonly tally: TrafficTally;
  missing: number;
}

/**
 * Merges the minutes of an hour, of all instances, into one item per version: what a month's costs
 * are read from. Done again, it takes in what came late.
 *
 * @param hour its start, in milliseconds since the epoch
 */
export async function rollUp(endpoint: string, hour: number): Promise<void> {
  const hours = new Map<string, Hour>();
  const gaps = new Gaps();
  for await (const item of readMinutes(endpoint, { from: hour, to: hour + HOUR_MS })) {
    const key = `${item.shadow} ${item.variant} ${item.revision}`;
    const group = hours.get(key) ?? { first: item, tally: new TrafficTally(), missing: 0 };
    hours.set(key, group);
    group.tally.merge(item.summary);
    group.missing += gaps.add(item);
  }
  for (const { first, tally, missing } of hours.values()) {
    const { variant, model, version, revision, shadow } = first;
    const about = { variant, model, version, revision, shadow };
    await putHour(endpoint, hour, { ...about, missing, summary: tally.toJSON() });
  }
}
