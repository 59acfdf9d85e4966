import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { call } from '../api-client.ts';
import type { Example } from '../examples.ts';
import type { LocalAws } from '../local-aws.ts';
import type { FirstDay } from './first-day.ts';
import { dot, step } from './print.ts';

const PATIENCE_MS = 120_000;

interface Job {
  readonly id: string;
  readonly status: string;
  readonly reason?: string;
  readonly input: { readonly prefix: string };
  readonly outputPrefix: string;
  readonly progress: { readonly rows: number; readonly results: number; readonly rejects: number };
}

interface Manifest {
  readonly parts: readonly { readonly key: string }[];
  readonly rejected: readonly { readonly key: string }[];
}

/** A CSV file with two rows that no model can take is dropped, and comes back scored. */
export async function showBatch(aws: LocalAws, example: Example, day: FirstDay): Promise<void> {
  const [dataset] = example.datasets;
  if (!dataset) return;
  const bucket = bucketOf(aws);
  const key = `batch/in/${day.endpoint}/tour-${Date.now().toString(36)}.csv`;
  console.log(`\n${example.name}: a file, dropped`);
  await step(`put it at ${key}`, async () => {
    const text = Buffer.from(dataset.csv).toString().trimEnd();
    const [, first = ''] = text.split('\n');
    await bucket.put(key, `${text}\n${first.replace(/^[^,]*/, 'none')}\nshort\n`);
    return `${text.split('\n').length - 1} rows, and two bad ones`;
  });
  let job: Job | undefined;
  await step('wait for its job', async () => {
    job = await ended(aws, key);
    const { rows, results, rejects } = job.progress;
    if (job.status !== 'succeeded') throw new Error(job.reason);
    return `${rows} rows: ${results} results, ${rejects} rejects`;
  });
  await step('read the manifest, a result and the rejects', async () => {
    const prefix = (job as Job).outputPrefix;
    const manifest: Manifest = JSON.parse(await bucket.read(`${prefix}manifest.json`));
    const lines = async (of: Manifest['parts']) =>
      (await Promise.all(of.map((part) => bucket.read(part.key)))).join('').trim().split('\n');
    const [result = ''] = await lines(manifest.parts);
    const rejects = (await lines(manifest.rejected)).map((line) => JSON.parse(line).reason);
    return [prefix, result.slice(0, 100), ...rejects].join('\n    ');
  });
}

async function ended(aws: LocalAws, key: string): Promise<Job> {
  for (const start = Date.now(); Date.now() - start < PATIENCE_MS; await sleep(1000)) {
    dot();
    const { items } = await call<{ items: Job[] }>(aws, 'GET', '/api/v1/jobs?limit=50');
    const found = items.find(({ input }) => input.prefix === key);
    const isOver = found && !['queued', 'running'].includes(found.status);
    if (isOver) return call<Job>(aws, 'GET', `/api/v1/jobs/${found.id}`);
  }
  throw new Error(`no job of ${key} has ended`);
}

function bucketOf({ awsEndpointUrl: endpoint, region, buckets }: LocalAws) {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const Bucket = buckets.data;
  return {
    put: (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body })),
    read: async (Key: string): Promise<string> => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return (await Body?.transformToString()) ?? '';
    },
  };
}
