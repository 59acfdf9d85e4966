import { afterAll, describe, expect, it } from '@jest/globals';
import { readExample } from '../../../../local/examples.ts';
import { makeBundle } from '../../../helpers/bundle.ts';
import { ask, edgeFarm } from '../../../helpers/edge.ts';
import { deployed } from '../../../helpers/examples.ts';
import { grpcClient } from '../../../helpers/grpc-client.ts';
import { clientOf, serviceOf } from '../../../helpers/inference.ts';
import { answersIn, csvOf, overHttp, type Row, score } from '../../../helpers/score-file.ts';

const farm = edgeFarm();
afterAll(() => farm.end());

interface RequestTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

/** As the protocol's binary form has it. */
function rawOf({ datatype, data }: RequestTensor): Buffer {
  const stores: Record<string, any> = {
    ...{ FP32: Float32Array, FP64: Float64Array, INT32: Int32Array },
  };
  if (datatype === 'INT64') return Buffer.from(BigInt64Array.from(data, (v) => BigInt(v)).buffer);
  if (datatype !== 'BYTES') return Buffer.from(stores[datatype].from(data).buffer);
  return Buffer.concat(
    data.flatMap((text) => {
      const bytes = Buffer.from(String(text));
      return [Buffer.from(Uint32Array.of(bytes.length).buffer), bytes];
    }),
  );
}

describe.each(['penguins', 'breast-cancer', 'wages', 'diabetes', 'boosted-trees'])(
  'the example %s',
  (name) => {
    const example = readExample(name);
    const model = deployed(example);
    const start = async () => {
      const folder = farm.newFolder();
      const path = farm.put(folder, 'b.tar', makeBundle('e', model));
      return farm.start(folder, { SKIFF_EDGE_BUNDLE: path });
    };

    it('answers rows alike on Lambda, in batch and on the edge, to the last character', async () => {
      const { url } = await start();
      const rows = example.expected.rows as Row[];
      const names = (model.signature.features ?? []).map((feature) => feature.name);
      const lambda = await overHttp(model, rows);
      const { text } = await ask(`${url}/api/v1/endpoints/e/predictions`, { rows });
      const [, list = ''] = /"predictions":\[(.*)\]\}$/s.exec(text) ?? [];
      const edge = list
        .split(/\{"predictionId":"[^"]*",/)
        .slice(1)
        .map((one) => one.replace(/\},?$/, ''));
      expect(edge).toHaveLength(rows.length);
      expect(edge).toEqual(lambda);
      expect(answersIn((await score(model, csvOf(rows, names))).text)).toEqual(lambda);
    });

    it('answers tensors alike on Lambda and on the edge, over HTTP and gRPC, to the last bit', async () => {
      const { url, grpc } = await start();
      const inputs = example.expected.request.inputs as RequestTensor[];
      const body = { inputs, parameters: { binary_data_output: true } };
      const lambda = await clientOf(serviceOf({ e: model }))({ path: '/v2/models/e/infer', body });
      const response = await fetch(`${url}/v2/models/e/infer`, {
        ...{ method: 'POST', body: JSON.stringify(body) },
      });
      expect(Buffer.from(await response.arrayBuffer())).toEqual(lambda.bytes);
      const client = grpcClient(grpc);
      const answer = await client.call('ModelInfer', {
        model_name: 'e',
        inputs: inputs.map(({ data, ...tensor }) => tensor),
        raw_input_contents: inputs.map(rawOf),
      });
      client.close();
      const head = Number(lambda.headers['inference-header-content-length']);
      expect(Buffer.concat(answer.raw_output_contents)).toEqual(lambda.bytes.subarray(head));
    });
  },
);
