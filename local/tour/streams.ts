import { setTimeout as sleep } from 'node:timers/promises';
import { call } from '../api-client.ts';
import { emulated } from '../emulated-json.ts';
import type { Example } from '../examples.ts';
import type { LocalAws, LocalStream } from '../local-aws.ts';
import type { FirstDay } from './first-day.ts';
import { dot, step } from './print.ts';

const PATIENCE_MS = 60_000;
/** As infra/config.ts has it for the local AWS. */
const ENDPOINT = 'observations';

interface Scored {
  readonly recordId: string;
  readonly key: string;
  readonly label: string;
}

/** Observations go into a Kinesis stream, and come out of another one as species. */
export async function showStream(aws: LocalAws, example: Example, day: FirstDay): Promise<void> {
  const rows = example.expected.rows ?? [];
  const { source, sink, rejects } = aws.streams[ENDPOINT] as LocalStream;
  console.log(`\n${example.name}: a stream`);
  await step(`serve it as ${ENDPOINT}, which is fed by a Kinesis stream`, async () => {
    const body = { variants: [{ model: day.model, version: day.version }] };
    const { revision } = await call<{ revision: number }>(
      ...([aws, 'PUT', `/api/v1/endpoints/${ENDPOINT}`, { body }] as const),
    );
    return `revision ${revision}`;
  });
  const before = new Set((await read(aws, sink)).map(({ recordId }) => recordId));
  await step('put in some observations, and one that is none', async () => {
    const texts = [...rows.map((row) => JSON.stringify(row)), '{"bill_length_mm": "long"}'];
    const Records = texts.map((text, i) => ({
      ...{ Data: Buffer.from(text).toString('base64'), PartitionKey: `site-${i % 3}` },
    }));
    await emulated(aws, 'kinesis', 'PutRecords', { StreamARN: source, Records });
    return `${Records.length} records`;
  });
  await step('read what comes out, and what was kept aside', async () => {
    const scored = await until(rows.length, async () =>
      (await read(aws, sink)).filter(({ recordId }) => !before.has(recordId)),
    );
    const [bad] = await until(1, () => receive(aws, rejects));
    const { key, label } = scored[0] as Scored;
    return `${scored.length} answers, such as ${key}: ${label}\n    aside: ${bad?.reason}`;
  });
}

async function until<T>(count: number, ask: () => Promise<T[]>): Promise<T[]> {
  for (const start = Date.now(); Date.now() - start < PATIENCE_MS; await sleep(300)) {
    dot();
    const found = await ask();
    if (found.length >= count) return found;
  }
  throw new Error(`nothing has come in ${PATIENCE_MS / 1000} seconds`);
}

async function read(aws: LocalAws, arn: string): Promise<Scored[]> {
  const shard = { StreamARN: arn, ShardId: 'shardId-000000000000' };
  const { ShardIterator } = await emulated<{ ShardIterator: string }>(
    ...([aws, 'kinesis', 'GetShardIterator'] as const),
    { ...shard, ShardIteratorType: 'TRIM_HORIZON' },
  );
  const { Records } = await emulated<{ Records: { Data: string }[] }>(
    ...([aws, 'kinesis', 'GetRecords'] as const),
    { ShardIterator, Limit: 1000 },
  );
  return Records.map(({ Data }) => JSON.parse(Buffer.from(Data, 'base64').toString()));
}

async function receive(aws: LocalAws, QueueUrl: string): Promise<{ reason: string }[]> {
  const { Messages = [] } = await emulated<{
    Messages?: { Body: string; ReceiptHandle: string }[];
  }>(aws, 'sqs', 'ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 });
  for (const { ReceiptHandle } of Messages) {
    await emulated(aws, 'sqs', 'DeleteMessage', { QueueUrl, ReceiptHandle });
  }
  return Messages.map(({ Body }) => JSON.parse(Body));
}
