/*
 * What large jobs take and cost, by the arithmetic of core/batch/scale.ts: the table of docs/batch.md.
 * `npm run bench -- scale`, optionally with rows and workers at a time.
 */
import { type Scale, scaleOf } from '#core/batch/scale.ts';
import { PriceTable } from '#core/performance/prices.ts';

const duration = (seconds: number): string =>
  seconds < 120
    ? `${seconds.toFixed(0)} s`
    : seconds < 7200
      ? `${(seconds / 60).toFixed(0)} min`
      : `${(seconds / 3600).toFixed(1)} h`;
const dollars = (amount: number): string =>
  amount < 0.01 ? 'less than $0.01' : `$${amount.toFixed(2)}`;
const count = (n: number): string => Math.round(n).toLocaleString('en');

const ROWS: readonly (readonly [string, (scale: Scale) => string])[] = [
  ['shards', ({ shards, shardBytes }) => `${count(shards)} of ${count(shardBytes / 2 ** 20)} MiB`],
  ['time of one (limit: 900 s)', ({ secondsPerShard }) => duration(secondsPerShard)],
  ['waves', ({ waves }) => count(waves)],
  ['time of all (limit: 2 days)', ({ seconds }) => duration(seconds)],
  ['S3 PUTs a second (limit: 3,500 a prefix)', ({ putsPerSecond }) => count(putsPerSecond)],
  ['DynamoDB writes a second', (scale) => scale.tableWritesPerSecond.toFixed(1)],
  ['Lambda', ({ cost }) => dollars(cost.lambda)],
  ['Step Functions', ({ cost }) => dollars(cost.stepFunctions)],
  ['S3 requests', ({ cost }) => dollars(cost.s3)],
  ['DynamoDB', ({ cost }) => dollars(cost.table)],
  [
    '**together**',
    ({ cost }) => `**${dollars(cost.lambda + cost.stepFunctions + cost.s3 + cost.table)}**`,
  ],
  ['results, kept for a month', ({ cost }) => dollars(cost.storedAMonth)],
];

/** In Markdown. */
export function scaleTable(jobs: readonly (readonly [rows: number, workers: number])[]): string {
  const scales = jobs.map(([rows, workers]) => scaleOf(rows, workers, PriceTable.parse({})));
  const heads = jobs.map(
    ([rows, workers]) => `${rows.toExponential(0)} rows, ${count(workers)} at a time`,
  );
  const lines = ROWS.map(([name, of]) => [name, ...scales.map(of)]);
  const cells = [['', ...heads], ['', ...heads].map(() => '---'), ...lines];
  return cells.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

export const IN_DOCS = [
  [1e9, 100],
  [1e9, 1000],
  [1e11, 100],
  [1e11, 1000],
] as const;

if (import.meta.main) {
  const [rows, workers = 100] = process.argv.slice(2).map(Number);
  console.log(scaleTable(rows ? [[rows, workers]] : IN_DOCS));
}
