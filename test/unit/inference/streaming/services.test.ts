import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { claim, release, settle } from '../../../../functions/inference/streaming/claims.ts';
import { tableMarks } from '../../../../functions/inference/streaming/mark-table.ts';
import { sendAll } from '../../../../functions/inference/streaming/send.ts';
import { sinkOf } from '../../../../functions/inference/streaming/sinks.ts';

type Fields = Record<string, any>;
let requests: { operation: string; input: Fields }[] = [];
/** What the service answers: a status and a body, by default success. */
let answer: (operation: string, input: Fields) => [number, Fields] = () => [200, {}];
let server: Server;
const environment = { ...process.env };

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const operation = String(request.headers['x-amz-target']);
      const input = JSON.parse(text);
      requests.push({ operation, input });
      const [status, body] = answer(operation, input);
      response.writeHead(status).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'eu-central-1',
  });
});

beforeEach(() => {
  requests = [];
  answer = () => [200, {}];
});

afterAll(() => {
  process.env = environment;
  server.closeAllConnections();
  server.close();
});

const circumstances = () => {
  const warnings: string[] = [];
  return { warnings, pause: async () => {}, warn: (text: string) => void warnings.push(text) };
};
const entry = (id: string, key?: string) => ({ id, key, body: `{"id":"${id}"}` });
const text = (base64: string) => Buffer.from(base64, 'base64').toString();

describe('a Kinesis stream', () => {
  const sink = sinkOf('kinesis', 'arn:aws:kinesis:eu-central-1:1:stream/s');

  it('takes records under their keys, one of each key in a request, and refused ones again', async () => {
    let refusals = 1;
    answer = (_, { Records }) => [
      200,
      {
        Records: Records.map(({ PartitionKey }: Fields) =>
          PartitionKey === 'a' && refusals-- > 0
            ? { ErrorCode: 'ProvisionedThroughputExceededException' }
            : { SequenceNumber: '1' },
        ),
      },
    ];
    const entries = [entry('1', 'a'), entry('2', 'b'), entry('3', 'a'), entry('4')];
    const taken = await sendAll(sink, entries, circumstances());
    expect(taken.size).toBe(4);
    expect(requests.map(({ operation }) => operation)).toEqual(
      Array(3).fill('Kinesis_20131202.PutRecords'),
    );
    const sent = requests.map(({ input }) =>
      input.Records.map(({ Data, PartitionKey }: Fields) => [
        PartitionKey,
        JSON.parse(text(Data)).id,
      ]),
    );
    const first = [
      ['a', '1'],
      ['b', '2'],
      ['4', '4'],
    ];
    expect(sent).toEqual([first, [['a', '1']], [['a', '3']]]);
  });

  it('gets nothing of a key behind what it does not take', async () => {
    answer = (_, { Records }) => [
      200,
      { Records: Records.map((r: Fields) => (r.PartitionKey === 'a' ? { ErrorCode: 'X' } : {})) },
    ];
    const now = circumstances();
    const entries = [entry('1', 'a'), entry('2', 'b'), entry('3', 'a'), entry('4', 'b')];
    const taken = await sendAll(sink, entries, now);
    expect([...taken].map(({ id }) => id)).toEqual(['2', '4']);
    expect(now.warnings).toEqual(['the sink refused 1 records']);
  });

  it('is asked three times where it does not answer', async () => {
    answer = () => [500, {}];
    const now = circumstances();
    expect((await sendAll(sink, [entry('1', 'a')], now)).size).toBe(0);
    expect([requests.length, now.warnings]).toEqual([3, ['the sink does not answer']]);
  });
});

describe('a queue', () => {
  it('takes ten at a time, and characters that it refuses in another notation', async () => {
    answer = (_, { Entries }) => [200, { Successful: Entries.map(({ Id }: Fields) => ({ Id })) }];
    const odd = { ...entry('odd'), body: '"\ufffe\uffff"' };
    const entries = [odd, ...Array.from({ length: 11 }, (_, i) => entry(`${i}`))];
    const url = 'https://sqs.eu-central-1.amazonaws.com/1/q';
    expect((await sendAll(sinkOf('sqs', url), entries, circumstances())).size).toBe(12);
    expect(requests.map(({ input }) => input.Entries.length).sort()).toEqual([10, 2].sort());
    const [first] = requests.flatMap(({ input }) => input.Entries);
    expect(first).toEqual({ Id: '0', MessageBody: '"\\ufffe\\uffff"' });
  });

  it('that is FIFO gets groups, and ids that it knows again', async () => {
    answer = (_, { Entries }) => [200, { Successful: Entries.map(({ Id }: Fields) => ({ Id })) }];
    const sink = sinkOf('sqs', 'https://sqs.eu-central-1.amazonaws.com/1/q.fifo');
    await sendAll(sink, [entry('1', 'a b'), entry('2', 'a b')], circumstances());
    const sent = requests.flatMap(({ input }) => input.Entries);
    expect(requests).toHaveLength(2);
    expect(sent.map(({ MessageDeduplicationId }) => MessageDeduplicationId)).toEqual(['1', '2']);
    expect(sent[0].MessageGroupId).toMatch(/^[0-9a-f]{64}$/);
  });
});

it('Firehose takes lines, whatever their keys, in one request', async () => {
  answer = (_, { Records }) => [200, { RequestResponses: Records.map(() => ({ RecordId: 'r' })) }];
  await sendAll(sinkOf('firehose', 's'), [entry('1', 'a'), entry('2', 'a')], circumstances());
  expect(requests).toHaveLength(1);
  const [{ operation, input }] = requests as [(typeof requests)[0]];
  expect([operation, input.DeliveryStreamName]).toEqual(['Firehose_20150804.PutRecordBatch', 's']);
  expect(input.Records.map(({ Data }: Fields) => text(Data))).toEqual([
    '{"id":"1"}\n',
    '{"id":"2"}\n',
  ]);
});

describe('marks in the table', () => {
  const store = tableMarks({ table: 't', stream: 's', windowSeconds: 3600 });
  const claiming = { store, holder: 'me', now: () => 1000, leaseMs: 500 };
  const record = { kind: 'RECORD', id: 'order 17', text: 'answer' } as const;
  const refused = [
    400,
    { __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException' },
  ] as [number, Fields];

  it('are written where there are none, under a digest, and expire', async () => {
    expect(await claim(claiming, record)).toEqual({ state: 'mine', answer: 'answer', isNew: true });
    const [{ input }] = requests as [(typeof requests)[0]];
    expect(input).toMatchObject({
      TableName: 't',
      ConditionExpression: 'attribute_not_exists(pk) OR holder = :holder',
      Item: {
        ...{ state: { S: 'claimed' }, holder: { S: 'me' }, until: { N: '1500' } },
        answer: { S: 'answer' },
      },
    });
    expect(input.Item.pk.S).toMatch(/^STREAM#s#[\w-]{43}$/);
    const hour = Number(input.Item.expiresAt.N) - Date.now() / 1000;
    expect(Math.round(hour / 10)).toBe(360);
  });

  it('of others are respected, and those of the dead taken over with their answers', async () => {
    const there = (more: Fields) => {
      const Item = { state: { S: 'claimed' }, holder: { S: 'it' }, answer: { S: 'old' }, ...more };
      let puts = 0;
      answer = (operation) =>
        operation.endsWith('GetItem') ? [200, { Item }] : puts++ === 0 ? refused : [200, {}];
    };
    there({ until: { N: '1001' } });
    expect(await claim(claiming, record)).toEqual({ state: 'held', until: 1001 });
    there({ state: { S: 'done' }, until: { N: '0' } });
    expect(await claim(claiming, record)).toEqual({ state: 'done' });
    there({ until: { N: '1000' } });
    expect(await claim(claiming, record)).toEqual({ state: 'mine', answer: 'old', isNew: false });
    expect(requests.at(-1)?.input).toMatchObject({
      ExpressionAttributeValues: { ':seen': { S: 'it' }, ':until': { N: '1000' } },
      Item: { answer: { S: 'old' }, holder: { S: 'me' } },
    });
  });

  it('say in the end that it is done, without the answer, or give it back', async () => {
    await settle(claiming, record);
    await release(claiming, record, 'answer');
    const items = requests.map(({ input }) => input.Item);
    expect(items.map(({ state, until, answer: kept }) => [state.S, until.N, kept?.S])).toEqual([
      ['done', '0', undefined],
      ['claimed', '0', 'answer'],
    ]);
  });
});
