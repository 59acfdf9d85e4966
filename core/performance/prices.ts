import * as z from 'zod';

const price = (dollars: number) => z.number().nonnegative().default(dollars);

/**
 * Prices in US dollars, as of us-east-1 in September 2026 (AWS pricing pages), and what a request
 * takes beside the model. Every one can be set otherwise.
 */
export const PriceTable = z.strictObject({
  /** Lambda, per million requests. */
  requests: price(0.2),
  /** Lambda on arm64, per second of a gigabyte; 0.0000166667 on x86. */
  gigabyteSecond: price(0.0000133334),
  /** API Gateway's HTTP API, per million requests. */
  apiRequests: price(1),
  /** CloudWatch Logs, per gigabyte. */
  logGigabyte: price(0.5),
  /** START, END, REPORT and the metric line of one request. */
  logBytes: price(700),
  /** S3, per million PUTs: of captures and of shadows' answers. */
  objectWrites: price(5),
  /** DynamoDB on demand, per million write units of a kilobyte. */
  tableWrites: price(0.625),
  /** What Lambda bills for a handler that does nothing. */
  idleMilliseconds: price(3),
});

export type PriceTable = z.infer<typeof PriceTable>;

const MEGABYTES_PER_GIGABYTE = 1024;

/**
 * US dollars for a million predictions of one row each: the gateway, the function and its logs.
 * Durations are billed in whole milliseconds.
 *
 * @param milliseconds mean time in the handler
 */
export function costPerMillion(
  milliseconds: number,
  megabytes: number,
  prices: PriceTable,
): number {
  const billed = Math.ceil(milliseconds + prices.idleMilliseconds);
  const gigabyteSeconds = (1e6 * billed * megabytes) / MEGABYTES_PER_GIGABYTE / 1000;
  const logs = (1e6 * prices.logBytes * prices.logGigabyte) / 1e9;
  return prices.apiRequests + prices.requests + gigabyteSeconds * prices.gigabyteSecond + logs;
}
