import { describe, expect, it } from '@jest/globals';
import { encoderOf } from '../../../../functions/inference/batch/results.ts';
import { RowProfiler } from '../../../../functions/inference/batch/row-profiler.ts';
import { PieceScorer } from '../../../../functions/inference/batch/score-pieces.ts';
import { prepareTarget } from '../../../../functions/inference/predict.ts';
import type { InferenceService } from '../../../../functions/inference/service.ts';
import { consume } from '../../../../functions/inference/streaming/consume.ts';
import { exampleNames, readExample } from '../../../../local/examples.ts';
import { deployed } from '../../../helpers/examples.ts';
import { clientOf, type Deployed, serviceOf, servingEndpoint } from '../../../helpers/inference.ts';
import { kinesisEvent, memoryConsumer, sqsEvent } from '../../../helpers/stream-world.ts';
import { echoModel } from '../../../helpers/tiny-model.ts';

type Row = Record<string, any>;
const examples = exampleNames().map(readExample);
const penguins = readExample('penguins');
const model = deployed(penguins);
const rows = penguins.expected.rows as Row[];

/** The fields of an answer that say what was predicted, as they were written. */
const said = (text: string): string => text.replace(/^.*"variant":"[^"]*",/, '');

async function overHttp(served: Deployed, body: unknown): Promise<string[]> {
  const path = '/api/v1/endpoints/e/predictions';
  const { text } = await clientOf(serviceOf({ e: served }))({ path, body });
  const [, list = ''] = /"predictions":\[(.*)\]\}$/s.exec(text) ?? [];
  return list
    .split(/\{"predictionId":"[^"]*",/)
    .slice(1)
    .map((one) => one.replace(/,$/, ''));
}

/** How often a model was asked. */
function countRuns({ sessions }: InferenceService): () => number {
  let runs = 0;
  const done = sessions.done.bind(sessions);
  sessions.done = (loaded) => {
    runs++;
    done(loaded);
  };
  return () => runs;
}

/** The same rows as a file of JSON Lines, as a worker of a batch job scores them. */
async function inBatch(served: Deployed, wanted: readonly Row[]): Promise<string[]> {
  const endpoint = servingEndpoint('e', served);
  const target = prepareTarget(endpoint, endpoint.variants[0] as (typeof endpoint.variants)[0]);
  const bytes = Buffer.from(wanted.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const written: Uint8Array[] = [];
  await new PieceScorer({
    ...{ target, sessions: serviceOf({ e: served }).sessions, pieces: [{ object: 0 }], given: {} },
    objects: [{ key: 'f', etag: '', size: bytes.length, format: 'jsonl' }],
    open: () =>
      async function* (offset = 0, length = bytes.length) {
        yield bytes.subarray(offset, offset + length);
      },
    encoder: encoderOf('jsonl', target, false),
    profiler: new RowProfiler(served.signature),
    results: { write: async (piece) => void written.push(piece) },
    rejects: { write: async () => {} },
  }).run();
  const lines = Buffer.concat(written).toString().split('\n').filter(Boolean);
  return lines.map((line) =>
    line.replace(/^\{"object":0,"row":\d+,/, '').replace(/,"modelVersion":7\}$/, '}'),
  );
}

describe('records of rows', () => {
  const withRows = examples.filter(({ expected }) => expected.rows);

  it.each(withRows.map((example) => [example.name, example] as const))(
    'get the answers of HTTP and of batch, character by character: %s',
    async (_, example) => {
      const served = deployed(example);
      const { consumer, results } = memoryConsumer({ e: served });
      const wanted = example.expected.rows as Row[];
      const event = kinesisEvent(wanted.map((data, i) => ({ data, key: `k${i}` })));
      expect(await consume(consumer, event)).toEqual({ batchItemFailures: [] });
      const answers = results.taken.map(({ body }) => said(body));
      expect(answers).toHaveLength(wanted.length);
      expect(answers).toEqual(await overHttp(served, { rows: wanted }));
      expect(answers).toEqual(await inBatch(served, wanted));
    },
  );

  it.each(withRows.map((example) => [example.name, example] as const))(
    'get those of single requests where each has a run of its own: %s',
    async (_, example) => {
      const served = deployed(example);
      const { consumer, results } = memoryConsumer({ e: served }, {}, { oneByOne: true });
      const wanted = (example.expected.rows as Row[]).slice(0, 8);
      await consume(consumer, kinesisEvent(wanted.map((data, i) => ({ data, key: `k${i}` }))));
      const single = await Promise.all(wanted.map((row) => overHttp(served, { rows: [row] })));
      expect(results.taken.map(({ body }) => said(body))).toEqual(single.flat());
    },
  );

  it('say which record they are of, and who scored it; in base64 too, and with more fields', async () => {
    const { consumer, results } = memoryConsumer({ e: model });
    const base64 = Buffer.from(JSON.stringify({ ...rows[1], more: 'than asked' })).toString(
      'base64',
    );
    await consume(consumer, sqsEvent([{ data: rows[0] }, { data: base64 }]));
    const [one, two] = results.json as [Row, Row];
    expect(one).toMatchObject({
      ...{ recordId: 'message-0', source: 'message-0', endpoint: 'e', revision: 3 },
      ...{ model: 'm', modelVersion: 7, variant: 'default' },
    });
    expect(one.predictionId).toMatch(/^[0-9A-Z]{26}\.e\.3\.default$/);
    const [first, second] = await overHttp(model, { rows: rows.slice(0, 2) });
    expect([one.label, two.label]).toEqual(
      [first, second].map((text) => JSON.parse(`{${text}`).label),
    );
  });

  it('go to the model in one run, and are captured and counted one by one', async () => {
    const world = memoryConsumer({ e: model }, { capture: { share: 1, mask: [], drop: [] } });
    const runs = countRuns(world.service);
    const bad = { ...rows[0], [Object.keys(rows[0] as Row).at(-1) as string]: 'heavy' };
    const samples = [...rows.slice(0, 9), bad].map((data, i) => ({ data, key: `k${i}` }));
    await consume(world.consumer, kinesisEvent(samples));
    expect(runs()).toBe(1);
    const [summary] = [...world.captures.summaries.values()];
    expect(summary?.summary).toMatchObject({ requests: 10, rows: 9, clientErrors: 1, calls: 1 });
    const captured = await world.captures.rows();
    expect(captured.map(({ prediction_id }) => prediction_id)).toEqual(
      world.results.json.map(({ predictionId }) => predictionId),
    );
    expect(world.facts[0]).toMatchObject({ records: 10, sent: 9, rejected: 1, duplicates: 0 });
  });
});

describe('records of infer requests', () => {
  it.each(examples.map((example) => [example.name, example] as const))(
    'get the answers of HTTP: %s',
    async (_, example) => {
      const served = deployed(example);
      const { consumer, results } = memoryConsumer({ e: served });
      const data = { id: 'mine', ...(example.expected.request as object) };
      await consume(consumer, kinesisEvent([{ data }, { data: JSON.stringify(data) }]));
      const path = '/v2/models/e/infer';
      const { json } = await clientOf(serviceOf({ e: served }))({ path, body: data });
      expect(results.json.map(({ outputs, id }) => ({ outputs, id }))).toEqual(
        Array(2).fill({ outputs: json.outputs, id: 'mine' }),
      );
    },
  );

  it('share a run where their shapes allow it, and tell their rows apart', async () => {
    const echo = echoModel([
      { name: 'half', datatype: 'FP16', shape: ['N', 'M'] },
      { name: 'text', datatype: 'BYTES', shape: ['N', 1] },
    ]);
    const { consumer, results, service } = memoryConsumer({ e: echo });
    const runs = countRuns(service);
    const request = (n: number, width: number) => ({
      inputs: [
        {
          ...{ name: 'half', datatype: 'FP16', shape: [n, width] },
          data: Array.from({ length: n * width }, (_, i) => i + n / 8),
        },
        {
          ...{ name: 'text', datatype: 'BYTES', shape: [n, 1] },
          data: Array.from({ length: n }, (_, i) => `${n}.${i}`),
        },
      ],
    });
    const requests = [request(1, 2), request(3, 2), request(2, 4), request(2, 2)];
    const samples = requests.map((data, i) => ({ data, key: `k${i}` }));
    await consume(consumer, kinesisEvent(samples));
    expect(runs()).toBe(2);
    const strip = ({ shape, data }: Row) => ({ shape, data });
    expect(results.json.map(({ outputs }) => outputs.map(strip))).toEqual(
      requests.map(({ inputs }) => inputs.map(strip)),
    );
  });
});

describe('a record that cannot be scored', () => {
  it('goes aside with the reason and as it stood, and its neighbours go through', async () => {
    const { consumer, results, rejects } = memoryConsumer({ e: model });
    const bytes = Buffer.from([0xff, 0xfe, 0x00]);
    const samples = [rows[0], 'no { JSON', '[1]', { species: 3 }, bytes, rows[1]];
    const event = kinesisEvent(samples.map((data) => ({ data })));
    expect(await consume(consumer, event)).toEqual({ batchItemFailures: [] });
    expect(results.json.map(({ source }) => source)).toEqual([
      'shardId-000000000000:0',
      'shardId-000000000000:5',
    ]);
    const bad = rejects.json;
    expect(bad.map(({ recordId }) => recordId.split(':')[1])).toEqual(['1', '2', '3', '4']);
    expect(bad[0]).toMatchObject({ key: 'k', raw: 'no { JSON', at: '2025-11-26T00:00:00.123Z' });
    expect(bad[0]?.reason).toMatch(/^it is not JSON/);
    expect(bad[1]?.reason).toBe('it is not a JSON object');
    expect(bad[2]?.reason).toBe('it has none of the columns of the model');
    expect(Buffer.from(bad[3]?.raw, 'base64')).toEqual(bytes);
  });

  it('is cut where no message could hold it', async () => {
    const { consumer, rejects } = memoryConsumer({ e: model });
    await consume(consumer, kinesisEvent([{ data: `{${'"'.repeat(300_000)}` }]));
    expect(rejects.json[0]).toMatchObject({ cutFrom: 300_001 });
    expect(Buffer.byteLength(rejects.taken[0]?.body as string)).toBeLessThan(250_000);
  });

  it('may come again under its own id once it is mended', async () => {
    const { consumer, results, rejects } = memoryConsumer({ e: model }, {}, { idField: 'order' });
    const send = (data: unknown, sequence: number) =>
      consume(consumer, kinesisEvent([{ data, sequence }]));
    await send({ order: 'A' }, 1);
    await send({ order: 'A', ...rows[0] }, 2);
    await send({ order: 'A', ...rows[0] }, 3);
    await send(rows[0], 4);
    expect(rejects.json.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/none of the columns/),
      'order: must be a string or a number: it names the record',
    ]);
    expect(results.json.map(({ recordId }) => recordId)).toEqual(['A']);
  });
});

describe('what is not the record’s fault', () => {
  it('fails the batch where there is no endpoint', async () => {
    const { consumer, results } = memoryConsumer({ e: model });
    const scorer = { ...consumer.scorer, endpoint: 'nobody' };
    const event = kinesisEvent([{ data: rows[0] }]);
    await expect(consume({ ...consumer, scorer }, event)).rejects.toThrow('there is no endpoint');
    expect(results.taken).toEqual([]);
  });

  it('is handed over again from the first record of a stream, and one by one from a queue', async () => {
    const { consumer, results } = memoryConsumer({ e: model });
    const put = results.put.bind(results);
    results.put = async (entries) => {
      const good = entries.filter(({ key }) => key !== 'stuck');
      await put(good);
      return entries.map(({ key }) => key !== 'stuck');
    };
    const keys = ['free', 'stuck', 'free', 'stuck', 'other'];
    const samples = keys.map((key, i) => ({ data: rows[i], key, sequence: i }));
    const failures = await consume(consumer, kinesisEvent(samples));
    expect(failures.batchItemFailures).toEqual([{ itemIdentifier: '1' }]);
    results.put = put;
    expect((await consume(consumer, kinesisEvent(samples.slice(1)))).batchItemFailures).toEqual([]);
    expect(results.json.map(({ source }) => source.split(':')[1])).toEqual([
      '0',
      '4',
      '2',
      '1',
      '3',
    ]);
  });
});
