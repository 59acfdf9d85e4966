import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { SignatureDeclaration } from '#core/signature/schema.ts';
import type { Trace } from '../../../functions/inference/wire.ts';
import { readExample } from '../../../local/examples.ts';
import { ROOT } from '../../../local/settings.ts';
import { deployModel } from '../../helpers/examples.ts';
import { clientOf, serviceOf } from '../../helpers/inference.ts';
import { echoModel } from '../../helpers/tiny-model.ts';
import expected from '../../references/mlflow-scoring/expected.json' with { type: 'json' };

const example = (name: string, declared?: SignatureDeclaration) =>
  deployModel(readExample(name).artifact, declared);
const letters = { features: [...'abcdefghij'].map((name) => ({ name, nullable: false })) };
const typed = readFileSync(join(ROOT, 'test', 'references', 'mlflow-scoring', 'typed.onnx'));
const bounded = echoModel([
  { name: 'age', datatype: 'FP32', shape: ['N', 1] },
  { name: 'job', datatype: 'BYTES', shape: ['N', 1] },
]);
const column = { column: 0, nullable: true };
bounded.signature.features = [
  { ...column, name: 'age', type: 'number', input: 'age', min: 0, max: 120 },
  { ...column, name: 'job', type: 'category', input: 'job', categories: ['nurse', 'cook'] },
];
const big = echoModel([{ name: 'id', datatype: 'INT64', shape: ['N', 1] }]);
const models = {
  ...{ typed: deployModel(new Uint8Array(typed)), bounded, big },
  ...{ diabetes: example('diabetes'), 'diabetes-named': example('diabetes', letters) },
  ...{ 'breast-cancer': example('breast-cancer'), digits: example('digits') },
  trees: example('boosted-trees'),
};
const lines: string[] = [];
const traces: Trace[] = [];
const capture = { record: (trace: Trace) => void traces.push(trace), answered: () => {} };
const call = clientOf(serviceOf(models), lines, capture);

type Ask = (endpoint: string, body: unknown, type?: string) => ReturnType<typeof call>;
const invoke: Ask = (endpoint, body, type = 'application/json') =>
  call({ path: `/endpoints/${endpoint}/invocations`, body, headers: { 'content-type': type } });
const records = (...rows: object[]) => ({ dataframe_records: rows });
const message = async (...asked: Parameters<Ask>): Promise<string> => {
  const { status, json } = await invoke(...asked);
  expect([status, Object.keys(json)]).toEqual([400, ['error_code', 'message']]);
  return json.message;
};

/** Numbers to the precision that two builds of the runtime agree to. */
const rounded = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, part) =>
    typeof part === 'number' ? Number(part.toPrecision(5)) : part,
  );

/** A request that was sent to MLflow's scoring server, and what it answered. */
interface Asked {
  readonly model: string;
  readonly type: string;
  readonly body: string;
  readonly status: number;
  readonly predictions?: unknown;
  readonly code?: string;
}

const title = ({ model, type, body }: Asked) => `${model}, ${type}: ${body.slice(0, 90)}`;

/** Which of the two it is depends in MLflow on how deep inside pandas an error came up. */
const CALLERS = ['BAD_REQUEST', 'INVALID_PARAMETER_VALUE'];

describe("what MLflow's own server answers", () => {
  it.each((expected as Asked[]).map((asked) => [title(asked), asked] as const))(
    '%s',
    async (_, asked) => {
      const answer = await invoke(asked.model, asked.body, asked.type);
      expect(answer.status).toBe(asked.status);
      if (asked.predictions) {
        expect(rounded(answer.json)).toEqual(rounded({ predictions: asked.predictions }));
      } else if (asked.code) {
        expect(CALLERS).toContain(asked.code);
        expect(CALLERS).toContain(answer.json.error_code);
      } else expect(answer.headers['content-type']).toBe('text/plain');
    },
  );
});

describe('where MLflow would change or lose values', () => {
  it('refuses fractions and texts for integers, and numbers beyond the datatype', async () => {
    const row = { a: 1.5, b: 2, t: true };
    const of = (more: object) => message('typed', records({ ...row, ...more }));
    expect(await of({ b: 2.5 })).toBe('row 0, column "b": must be a whole number');
    expect(await of({ b: '2' })).toContain('must be an integer, not a string');
    expect(await of({ t: 2 })).toContain('must be true or false');
    expect(await of({ a: 1e300 })).toContain('is beyond the range of FP32');
    const csv = await message('typed', 'a,b,t\nmany,2.5,true\n', 'text/csv');
    expect(csv).toBe('row 0, column "a": "many" is not a number (and 1 more)');
  });

  it('keeps integers of 64 bits to the last digit, there and back', async () => {
    const { text } = await invoke(
      'big',
      '{"inputs": [[9223372036854775807], [-9007199254740993]]}',
    );
    expect(text).toBe('{"predictions":{"id_out":[[9223372036854775807],[-9007199254740993]]}}');
    const csv = await invoke('big', 'id\n9223372036854775807\n', 'text/csv');
    expect(csv.text).toBe('{"predictions":[{"id_out":9223372036854775807}]}');
  });

  it('holds values to the ranges and categories that the owner declared, frame or tensor', async () => {
    expect(await message('bounded', records({ age: 130, job: 'nurse' }))).toContain(
      'column "age": must be between 0 and 120',
    );
    expect(await message('bounded', records({ age: 30, job: 'pilot' }))).toContain('"nurse"');
    const tensors = { inputs: { age: [[130]], job: [['nurse']] } };
    expect(await message('bounded', tensors)).toContain('"age" must be between 0 and 120');
  });

  it('answers several values of an output in the row that they belong to', async () => {
    const row = Array.from({ length: 30 }, (_, i) => i);
    const { json } = await invoke('trees', { dataframe_split: { data: [row, row] } });
    const [first, second] = json.predictions;
    expect(first).toEqual({
      label: 0,
      probabilities: { 0: expect.any(Number), 1: expect.any(Number) },
    });
    expect(second).toEqual(first);
  });

  it('refuses rows of different lengths', async () => {
    const ragged = { inputs: { age: [[1], [2, 3]], job: [['nurse'], ['cook']] } };
    expect(await message('bounded', ragged)).toContain('inputs.age[1]');
  });
});

describe('missing values', () => {
  it('come as null, left out, as Python writes them, or as pandas reads them', async () => {
    const answers = await Promise.all([
      invoke('bounded', records({ age: null, job: 'cook' })),
      invoke('bounded', records({ job: 'cook' })),
      invoke('bounded', '{"dataframe_records": [{"age": NaN, "job": "cook"}]}'),
      invoke('bounded', 'job,age\ncook,NA\n', 'text/csv'),
    ]);
    for (const { text } of answers) {
      expect(text).toBe('{"predictions":[{"age_out":null,"job_out":"cook"}]}');
    }
  });

  it('are refused where the model needs the value, and a frame of none of its columns always', async () => {
    expect(await message('diabetes-named', records({ a: 1, k: 2, NaN: 3 }))).toBe(
      `Model is missing inputs ["b","c","d","e","f","g","h","i","j"]. Note that there were extra inputs: ["k","NaN"].`,
    );
    expect(await message('bounded', records({ years: 41 }))).toContain('["age","job"]');
    const partly = records({ a: 1, t: true }, { a: 1, b: 2, t: true });
    expect(await message('typed', partly)).toContain('row 0, column "b": is missing');
  });
});

describe('an invocation', () => {
  it('says what params it passed over', async () => {
    const body = { inputs: { age: [[4]], job: [['cook']] }, params: { temperature: 1, 'a b': 2 } };
    const { status, headers } = await invoke('bounded', body);
    expect([status, headers['x-skiff-ignored-params']]).toEqual([200, 'temperature, a%20b']);
    const { headers: plain } = await invoke('bounded', { ...body, params: undefined });
    expect(plain).not.toHaveProperty('x-skiff-ignored-params');
  });

  it('is counted and captured like any other, and names who answered', async () => {
    lines.length = 0;
    traces.length = 0;
    const { headers } = await invoke('diabetes', {
      inputs: [Array(10).fill(0), Array(10).fill(1)],
    });
    expect(headers).toMatchObject({ 'x-skiff-variant': 'default', 'x-skiff-model-version': '7' });
    const [trace] = traces as [Trace];
    expect(headers['x-skiff-prediction-id']).toBe(trace.predictionId);
    expect([trace.rows, trace.status, trace.inputs?.X?.dims]).toEqual([2, 200, [2, 10]]);
    expect(trace.outputs?.map(({ spec }) => spec.name)).toEqual(['variable']);
    expect(lines).toHaveLength(1);
    await message('diabetes', { inputs: [[1]] });
    expect([traces.length, traces[1]?.status]).toEqual([2, 400]);
  });

  it('goes by a param or a column that names the unit, all rows of one', async () => {
    const stickyUnit = { kind: 'field', name: 'patient' } as const;
    const sticky = clientOf(
      serviceOf({ diabetes: models.diabetes }, {}, { stickyUnit }),
      [],
      capture,
    );
    const ask = (body: unknown) => sticky({ path: '/endpoints/diabetes/invocations', body });
    const row = Array(10).fill(0);
    const columns = [...letters.features.map(({ name }) => `${name}`), 'patient'];
    traces.length = 0;
    await ask({ inputs: [row], params: { patient: 'p-1' } });
    const frame = { dataframe_split: { columns, data: [[...row, 'p-2']] } };
    expect((await ask(frame)).status).toBe(400);
    const { status, json } = await ask({
      dataframe_split: {
        columns,
        data: [
          [...row, 'p-2'],
          [...row, 'p-3'],
        ],
      },
    });
    expect([status, json.message]).toEqual([400, expect.stringContaining('patient: row 1')]);
    expect(traces.map(({ unit }) => unit)).toEqual(['p-1', 'p-2', undefined]);
    const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
    const asked = await ask(`{"inputs": [[0]], "params": {"patient": ${deep}}}`);
    expect([asked.status, asked.json.message]).toEqual([400, expect.stringContaining('patient')]);
  });

  it('is refused when it is too large, has too many rows, or too large an answer', async () => {
    const limits = { maxBodyBytes: 200, maxAnswerBytes: 100, maxRows: 3 };
    const small = clientOf(serviceOf({ big: models.big }, { limits }));
    const ask = async (rows: number, digits: number) => {
      const body = { inputs: Array.from({ length: rows }, () => [10 ** digits]) };
      return (await small({ path: '/endpoints/big/invocations', body })).status;
    };
    expect(await ask(3, 1)).toBe(200);
    expect(await ask(4, 1)).toBe(413);
    expect(await ask(60, 1)).toBe(413);
  });
});

describe('beside invocations', () => {
  const get = (path: string, method = 'GET') => call({ method, path });

  it('/ping and /health say whether the model is there, /version whose contract it is', async () => {
    for (const action of ['ping', 'health']) {
      const { status, text, headers } = await get(`/endpoints/typed/${action}`);
      expect([status, text, headers['content-type']]).toEqual([200, '\n', 'application/json']);
      expect((await get(`/endpoints/nobody/${action}`)).status).toBe(404);
    }
    expect((await get('/endpoints/typed/version')).text).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('/ping is unavailable while the model cannot be loaded', async () => {
    const fetchArtifact = async () => new Uint8Array(3);
    const broken = clientOf(serviceOf({ typed: models.typed }, { fetchArtifact }));
    const { status, json } = await broken({ method: 'GET', path: '/endpoints/typed/ping' });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(json).toEqual({ error_code: expect.any(String), message: expect.any(String) });
  });

  it("everything else is nothing or not possible, in MLflow's words", async () => {
    const codes = async (path: string, method: string) => {
      const { status, json } = await get(path, method);
      return [status, json.error_code];
    };
    expect(await codes('/endpoints/typed/invocations', 'GET')).toEqual([405, 'ENDPOINT_NOT_FOUND']);
    expect(await codes('/endpoints/typed/ping', 'POST')).toEqual([405, 'ENDPOINT_NOT_FOUND']);
    expect(await codes('/endpoints/typed/metrics', 'GET')).toEqual([
      404,
      'RESOURCE_DOES_NOT_EXIST',
    ]);
    expect(await codes('/endpoints/typed', 'GET')).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
    expect(await codes('/endpoints//ping', 'GET')).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
    expect((await invoke('nobody', records({ a: 1 }))).status).toBe(404);
  });
});
