import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { keys } from '#shared/keys.ts';
import { readExample } from '../../local/examples.ts';
import { localCredentials } from '../../local/settings.ts';
import { dataBucket } from '../helpers/data-bucket.ts';
import { JobProcesses } from '../helpers/job-processes.ts';
import { random } from '../helpers/random.ts';
import { api, force, stack, UNEXAMINED, unique, writeUnexaminedPolicy } from '../helpers/stack.ts';

/** `SKIFF_ROWS=1000000 npm run test:e2e -- --testPathPatterns e2e/crash` takes a minute or two. */
const ROWS = Number(process.env.SKIFF_ROWS ?? 50_000);
const SHARDS = 5;

const example = readExample('penguins');
const [model, endpoint] = [unique('killed'), unique('killed')];
type Row = Record<string, any>;
const rows = example.expected.rows as Row[];
const names = Object.keys(rows[0] as Row);
const line = (i: number) =>
  i % 1000 === 7
    ? '"not\na number"\n'
    : `${names.map((name) => rows[i % rows.length]?.[name] ?? '').join(',')}\n`;

async function serve(): Promise<void> {
  await writeUnexaminedPolicy();
  const body = { name: model, task: 'multiclass', policy: UNEXAMINED };
  await api.call('POST', '/api/v1/models', { body });
  const artifact = { base64: Buffer.from(example.artifact).toString('base64') };
  const version = { ...example.version, artifact };
  await api.call('POST', `/api/v1/models/${model}/versions`, { body: version });
  const variants = [{ model, version: 1 }];
  await api.call('PUT', `/api/v1/endpoints/${endpoint}`, { body: { variants, force } });
}

/** The same job on record without the event that would start its workflow. */
async function recorded(job: Row): Promise<Row> {
  const { awsEndpointUrl, region, table } = stack();
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } =
    localCredentials(awsEndpointUrl);
  const credentials = { accessKeyId, secretAccessKey };
  const client = new DynamoDBClient({ endpoint: awsEndpointUrl, region, credentials });
  const id = unique('crash');
  const { input, tolerance, output, shardBytes, requestedBy, createdAt } = job;
  const Item = {
    ...{ ...keys.job(id), id, status: 'queued', attempt: 1, endpoint, input, tolerance, output },
    ...{ shardBytes, requestedBy, createdAt, outputPrefix: `batch/out/${endpoint}/${id}/` },
  };
  await DynamoDBDocumentClient.from(client).send(new PutCommand({ TableName: table, Item }));
  client.destroy();
  return Item;
}

const settled = async (id: string): Promise<Row> => {
  for (;;) {
    const job = await api.call('GET', `/api/v1/jobs/${id}`);
    if (!['queued', 'running'].includes(job.status)) return job;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
};

/** Every object that a job has left, but for its own id. */
async function left({ outputPrefix, id }: Row): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const key of await dataBucket().keys(outputPrefix)) {
    const bytes = await dataBucket().read(outputPrefix + key);
    found.set(key, bytes.toString('latin1').replaceAll(id, 'ID'));
  }
  return found;
}

describe('a job whose worker processes are killed with SIGKILL, again and again', () => {
  it(`leaves the same bytes as one that nobody disturbed (${ROWS} rows)`, async () => {
    await serve();
    const prefix = `batch/files/${endpoint}/`;
    const text = `${names.join(',')}\n${Array.from({ length: ROWS }, (_, i) => line(i)).join('')}`;
    await dataBucket().put(`${prefix}a.csv`, text);
    const shardBytes = Math.ceil(text.length / SHARDS);
    const body = { endpoint, input: { prefix }, shardBytes };
    const { id } = await api.call('POST', '/api/v1/jobs', { body });
    const whole = await settled(id);
    expect(whole).toMatchObject({ status: 'succeeded', progress: { rows: ROWS } });

    const job = await recorded(whole);
    const attempt = { job: job.id, attempt: 1 };
    const processes = new JobProcesses(stack());
    const { shards } = await processes.run('plan', { ...attempt, execution: 'a test' });
    const events = shards.map(({ shard }: { shard: number }) => ({ ...attempt, shard }));
    const killed = await processes.scoreAll(events, random(20_261_126));
    expect(killed).toBeGreaterThan(SHARDS / 2);
    expect(await processes.run('finish', attempt)).toEqual({ status: 'succeeded' });
    expect(await left(job)).toEqual(await left(whole));
  }, 1_800_000);
});
