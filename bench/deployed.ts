import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Api, call } from '../local/api-client.ts';
import { readExample } from '../local/examples.ts';

const INFO = join(import.meta.dirname, '../.skiff/local.json');
const SECONDS = 8;
const CLIENTS = 4;

export interface DeployedResult {
  readonly requestsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** One-row predictions through the local AWS, where it runs and the demo has been there. */
export async function benchDeployed(): Promise<DeployedResult | undefined> {
  if (!existsSync(INFO)) return undefined;
  const api = JSON.parse(readFileSync(INFO, 'utf8')) as Api;
  const { endpoint, expected } = readExample('boosted-trees');
  const [row] = expected.rows ?? [];
  const body = { rows: [row] };
  const predict = () => call(api, 'POST', `/api/v1/endpoints/${endpoint}/predictions`, { body });
  try {
    await Promise.all(Array.from({ length: CLIENTS }, predict));
  } catch {
    return undefined;
  }
  const times: number[] = [];
  const end = performance.now() + SECONDS * 1000;
  const client = async () => {
    while (performance.now() < end) {
      const start = performance.now();
      await predict();
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  times.sort((a, b) => a - b);
  const quantile = (q: number) => times[Math.floor(q * (times.length - 1))] as number;
  return { requestsPerSecond: times.length / SECONDS, p50: quantile(0.5), p99: quantile(0.99) };
}
