import type { TrafficSummary } from '../traffic/summary.ts';
import type { PriceTable } from './prices.ts';

/** US dollars, by what they are paid for. */
export interface CostParts {
  /** Requests to the HTTP API. */
  readonly api: number;
  /** Calls of the function. */
  readonly calls: number;
  /** Memory and time of calls, starts of instances, and what is written after answers. */
  readonly compute: number;
  readonly logs: number;
  /** Objects of captures, and of shadows' answers. */
  readonly objects: number;
  /** Items of traffic summaries. */
  readonly table: number;
}

export const NO_COST: CostParts = { api: 0, calls: 0, compute: 0, logs: 0, objects: 0, table: 0 };

const MILLION = 1e6;
const MEGABYTE_MS_PER_GIGABYTE_SECOND = 1024 * 1000;

type Counted = Pick<
  TrafficSummary,
  'calls' | 'handlerMs' | 'besideMs' | 'megabyteMs' | 'files' | 'tableWrites'
>;

/**
 * What calls of a function cost. Lambda bills memory times whole milliseconds, those included that
 * a handler that does nothing takes (`prices.idleMilliseconds`, at the memory of these calls).
 *
 * @param behindApi callers came through the HTTP API
 */
export function costOf(counted: Counted, prices: PriceTable, behindApi: boolean): CostParts {
  const { calls, handlerMs, besideMs, megabyteMs, files, tableWrites } = counted;
  const milliseconds = handlerMs + besideMs;
  const megabytes = milliseconds > 0 ? megabyteMs / milliseconds : 0;
  const idle = calls * prices.idleMilliseconds * megabytes;
  const gigabyteSeconds = (megabyteMs + idle) / MEGABYTE_MS_PER_GIGABYTE_SECOND;
  return {
    api: behindApi ? (calls * prices.apiRequests) / MILLION : 0,
    calls: (calls * prices.requests) / MILLION,
    compute: gigabyteSeconds * prices.gigabyteSecond,
    logs: (calls * prices.logBytes * prices.logGigabyte) / 1e9,
    objects: (files * prices.objectWrites) / MILLION,
    table: (tableWrites * prices.tableWrites) / MILLION,
  };
}

export const totalOf = (parts: CostParts): number =>
  Object.values(parts).reduce((sum, part) => sum + part, 0);

export function addCosts(a: CostParts, b: CostParts): CostParts {
  return {
    api: a.api + b.api,
    calls: a.calls + b.calls,
    compute: a.compute + b.compute,
    logs: a.logs + b.logs,
    objects: a.objects + b.objects,
    table: a.table + b.table,
  };
}
