import { beforeAll, describe, expect, it } from '@jest/globals';
import { callService } from '#shared/aws-json.ts';
import { sinkOf } from '../../functions/inference/streaming/sinks.ts';
import { emulated } from '../../local/emulated-json.ts';
import { readExample } from '../../local/examples.ts';
import type { LocalStream } from '../../local/local-aws.ts';
import { localCredentials } from '../../local/settings.ts';
import { dataBucket } from '../helpers/data-bucket.ts';
import { Queue } from '../helpers/queue.ts';
import { api, force, stack, UNEXAMINED, unique, writeUnexaminedPolicy } from '../helpers/stack.ts';

type Row = Record<string, any>;
const example = readExample('penguins');
const model = unique('penguins');
const rows = example.expected.rows as Row[];
const streamOf = (endpoint: string) => stack().streams[endpoint] as LocalStream;

beforeAll(async () => {
  await writeUnexaminedPolicy();
  const body = { name: model, task: 'multiclass', policy: UNEXAMINED };
  await api.call('POST', '/api/v1/models', { body });
  const artifact = { base64: Buffer.from(example.artifact).toString('base64') };
  await api.call('POST', `/api/v1/models/${model}/versions`, {
    body: { ...example.version, artifact },
  });
  for (const endpoint of ['observations', 'sightings']) {
    await api.call('PUT', `/api/v1/endpoints/${endpoint}`, {
      body: { variants: [{ model, version: 1 }], force, capture: { share: 1 } },
    });
  }
});

const kinesis = (operation: string, input: object) =>
  emulated<any>(stack(), 'kinesis', operation, input);

/** Everything that a stream holds, once there is so much. */
async function readStream(arn: string, count: number): Promise<Row[]> {
  const { Shards } = await kinesis('ListShards', { StreamARN: arn });
  for (let i = 0; ; i++) {
    const all: Row[] = [];
    for (const { ShardId } of Shards) {
      const start = { StreamARN: arn, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
      const { ShardIterator } = await kinesis('GetShardIterator', start);
      const { Records } = await kinesis('GetRecords', { ShardIterator, Limit: 1000 });
      for (const { Data, PartitionKey } of Records) {
        const value = JSON.parse(Buffer.from(Data, 'base64').toString());
        expect(value.key).toBe(PartitionKey);
        all.push(value);
      }
    }
    if (all.length >= count || i === 150) return all;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** What the endpoint answers over HTTP, row by row in one request. */
async function overHttp(endpoint: string, wanted: readonly Row[]): Promise<Row[]> {
  const { predictions } = await api.call('POST', `/api/v1/endpoints/${endpoint}/predictions`, {
    body: { rows: wanted },
  });
  return predictions.map(({ label, probabilities }: Row) => ({ label, probabilities }));
}

/** Batches are cut by the source; the last bits may follow them. */
function expectSame(scored: readonly Row[], wanted: readonly Row[]): void {
  expect(scored.map(({ label }) => label)).toEqual(wanted.map(({ label }) => label));
  for (const [i, { probabilities }] of scored.entries()) {
    for (const [name, value] of Object.entries<number>(wanted[i]?.probabilities)) {
      expect(probabilities[name]).toBeCloseTo(value, 6);
    }
  }
}

describe('a Kinesis stream', () => {
  const many = Array.from({ length: 60 }, (_, i) => rows[i % rows.length] as Row);

  it('comes out scored, each key in its order, and bad records aside', async () => {
    const { source, sink, rejects } = streamOf('observations');
    const put = (data: string, PartitionKey: string) => ({
      Data: Buffer.from(data).toString('base64'),
      PartitionKey,
    });
    const texts = many.map((row, i) => JSON.stringify({ ...row, place: i }));
    const records = texts.map((text, i) => put(text, `site-${i % 4}`));
    records.splice(30, 0, put('{"bill_length_mm": "long"}', 'site-1'));
    await kinesis('PutRecords', { StreamARN: source, Records: records });
    const scored = await readStream(sink, many.length);
    expect(scored).toHaveLength(many.length);
    const wanted = await overHttp('observations', many);
    for (const site of [0, 1, 2, 3]) {
      const ofSite = scored.filter(({ key }) => key === `site-${site}`);
      expectSame(
        ofSite,
        wanted.filter((_, i) => i % 4 === site),
      );
      const places = ofSite.map(({ recordId }) => recordId);
      expect(places).toEqual([...places].sort());
    }
    expect(scored[0]).toMatchObject({
      ...{ endpoint: 'observations', model, modelVersion: 1, variant: 'default' },
      predictionId: expect.stringMatching(/\.observations\.1\.default$/),
    });
    const [bad] = await (await Queue.at(rejects)).receive(1);
    expect(bad).toMatchObject({ key: 'site-1', raw: '{"bill_length_mm": "long"}' });
    expect(bad.reason).toMatch(/bill_length_mm: "long" is not a number/);
  });

  it('is captured and counted as requests are', async () => {
    const counted = async (): Promise<Row> => {
      const path = '/api/v1/endpoints/observations/traffic';
      const { variants } = await api.call('GET', path);
      return variants[0] ?? { captures: {} };
    };
    let figures = await counted();
    for (let i = 0; i < 50 && !(figures.captures.written >= many.length); i++) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      figures = await counted();
    }
    expect(figures).toMatchObject({ model, version: 1, clientErrors: 1 });
    expect(figures.requests).toBeGreaterThan(many.length);
    expect(figures.captures.written).toBeGreaterThanOrEqual(many.length);
  });
});

describe('an SQS queue', () => {
  it('comes out scored once by its ids, and bad records aside', async () => {
    const { source, sink, rejects } = streamOf('sightings');
    const [queue, answers] = [await Queue.at(source), await Queue.at(sink)];
    const five = rows.slice(0, 5);
    const ids = five.map(() => unique('sighting'));
    const texts = five.map((row, i) => JSON.stringify({ id: ids[i], ...row }));
    await queue.send([...texts, texts[0] as string, 'nothing']);
    const first = await answers.receive(five.length);
    const sorted = first.sort((a, b) => ids.indexOf(a.recordId) - ids.indexOf(b.recordId));
    expect(sorted.map(({ recordId }) => recordId)).toEqual(ids);
    expectSame(sorted, await overHttp('sightings', five));
    const [bad] = await (await Queue.at(rejects)).receive(1);
    expect(bad).toMatchObject({ raw: 'nothing' });
    const last = { id: unique('sighting'), ...five[0] };
    await queue.send([...texts, JSON.stringify(last)]);
    const later = await answers.receive(1);
    expect(later.map(({ recordId }) => recordId)).toEqual([last.id]);
    expect(await answers.receive(1, 2)).toEqual([]);
  });
});

describe('Firehose', () => {
  it('takes answers, and they lie as lines of JSON in the bucket', async () => {
    const { awsEndpointUrl, buckets } = stack();
    Object.assign(process.env, localCredentials(awsEndpointUrl));
    // The stacks' own streams have settings that the emulator does not know.
    const name = unique('answers');
    const prefix = `streams/${name}/`;
    await callService('firehose', 'CreateDeliveryStream', {
      DeliveryStreamName: name,
      ExtendedS3DestinationConfiguration: {
        ...{ BucketARN: `arn:aws:s3:::${buckets.data}`, Prefix: prefix },
        RoleARN: 'arn:aws:iam::000000000000:role/firehose',
      },
    });
    const answers = ['a', 'ä "quoted"', '日本'].map((label) => ({ label }));
    const entries = answers.map((answer, i) => {
      return { id: `${i}`, key: undefined, body: JSON.stringify(answer) };
    });
    expect(await sinkOf('firehose', name).put(entries)).toEqual([true, true, true]);
    let text = '';
    for (let i = 0; i < 100 && text.split('\n').length <= answers.length; i++) {
      const keys = await dataBucket().keys(prefix);
      const objects = await Promise.all(keys.map((key) => dataBucket().read(prefix + key)));
      text = Buffer.concat(objects).toString();
    }
    const lines = text.trimEnd().split('\n');
    expect(lines.sort()).toEqual(entries.map(({ body }) => body).sort());
  });
});
