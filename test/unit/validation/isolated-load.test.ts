import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Random } from '#core/random.ts';
import { generateInputs, type NamedTensor } from '#core/signature/generate.ts';
import type { Signature } from '#core/signature/schema.ts';
import { DATATYPES } from '#core/tensors/datatypes.ts';
import { loadIsolated } from '../../../functions/validation/isolated-load.ts';
import { exampleNames, readExample } from '../../../local/examples.ts';
import { deployed } from '../../helpers/examples.ts';
import { echoModel, type TinyNode, tinyModel } from '../../helpers/tiny-model.ts';

const limits = { maxMegabytes: 1_000, maxMilliseconds: 60_000 };
const inputsOf = (signature: Signature) => generateInputs(signature, 1, new Random(1));

/** Makes as many numbers as its input says, then rolls dice for each of them, so many times over. */
function hungry(numbers: number, turns: number) {
  const steps = Array.from({ length: turns + 1 }, (_, i) => `s${i}`);
  const nodes: TinyNode[] = [
    { operator: 'ConstantOfShape', inputs: ['x'], outputs: ['s0'] },
    ...steps.slice(1).map((name, i) => ({
      operator: 'RandomNormalLike',
      inputs: [steps[i] as string],
      outputs: [name],
    })),
  ];
  const input = { name: 'x', datatype: 'INT64' as const, shape: [1] };
  const output = { name: steps.at(-1) as string, datatype: 'FP32' as const, shape: ['N'] };
  const signature: Signature = { inputs: [{ ...input }], outputs: [{ ...output }] };
  const inputs: NamedTensor[] = [{ ...input, data: BigInt64Array.of(BigInt(numbers)) }];
  return { model: tinyModel({ nodes, inputs: [input], outputs: [output] }), signature, inputs };
}

/** The process that this one has just started. */
async function childProcess(): Promise<number> {
  for (;;) {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ');
        const isNode = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('onnxruntime');
        if (Number(stat?.[1]) === process.pid && isNode) return Number(pid);
      } catch {
        // It has ended meanwhile.
      }
    }
    await delay(5);
  }
}

describe('a model in a process of its own', () => {
  it.each(exampleNames())('loads and runs: %s', async (name) => {
    const { model, signature } = deployed(readExample(name));
    const load = await loadIsolated(model, signature, { inputs: inputsOf(signature), limits });
    expect(load).toEqual({
      loaded: true,
      milliseconds: expect.any(Number),
      peakMemoryMb: expect.any(Number),
    });
    expect(load.milliseconds).toBeGreaterThan(0);
    expect(load.peakMemoryMb).toBeGreaterThan(20);
  });

  it.each(DATATYPES)('takes inputs of %s', async (datatype) => {
    const { model, signature } = echoModel([{ name: 'x', datatype, shape: ['N', 2] }]);
    const load = await loadIsolated(model, signature, { inputs: inputsOf(signature), limits });
    expect(load.problem).toBeUndefined();
  });

  it('that the runtime refuses is told in its words', async () => {
    const { signature } = echoModel([{ name: 'x', datatype: 'FP32', shape: ['N'] }]);
    const tensor = { datatype: 'FP32' as const, shape: ['N'] };
    const model = tinyModel({
      nodes: [{ operator: 'Nonsense', inputs: ['x'], outputs: ['x_out'] }],
      inputs: [{ name: 'x', ...tensor }],
      outputs: [{ name: 'x_out', ...tensor }],
    });
    const load = await loadIsolated(model, signature, { inputs: [], limits });
    expect(load).toMatchObject({ loaded: false, problem: expect.stringContaining('Nonsense') });
  });

  it('that is damaged is told so', async () => {
    const { signature } = echoModel([{ name: 'x', datatype: 'FP32', shape: ['N'] }]);
    const bytes = Uint8Array.from({ length: 500 }, (_, i) => i % 251);
    const load = await loadIsolated(bytes, signature, { inputs: [], limits });
    expect(load).toMatchObject({
      loaded: false,
      problem: expect.stringContaining('not a readable'),
    });
  });

  it('that fails on its first row is told in its words', async () => {
    const { model, signature } = echoModel([{ name: 'x', datatype: 'FP32', shape: ['N'] }]);
    const load = await loadIsolated(model, signature, { inputs: [], limits });
    expect(load).toMatchObject({ loaded: false, problem: expect.stringContaining('x') });
  });

  it('that eats memory is ended at the limit', async () => {
    const { model, signature, inputs } = hungry(1_000_000_000, 1);
    const small = { ...limits, maxMegabytes: 300 };
    const load = await loadIsolated(model, signature, { inputs, limits: small });
    expect(load.loaded).toBe(false);
    expect(load.problem).toBe('it takes more than 300 MB of memory');
    expect(load.peakMemoryMb).toBeGreaterThan(300);
  });

  it('that takes too long is ended', async () => {
    const { model, signature, inputs } = hungry(20_000_000, 200);
    const short = { ...limits, maxMilliseconds: 500 };
    const load = await loadIsolated(model, signature, { inputs, limits: short });
    expect(load).toMatchObject({ loaded: false, problem: 'it takes longer than 0.5 seconds' });
  });

  it('takes only itself down when it crashes, and sees no secrets', async () => {
    process.env.AWS_SECRET_ACCESS_KEY = 'not for models';
    const { model, signature, inputs } = hungry(20_000_000, 200);
    const loading = loadIsolated(model, signature, { inputs, limits });
    const pid = await childProcess();
    const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
    const folder = readlinkSync(`/proc/${pid}/cwd`);
    expect(variables.map((text) => text.split('=')[0]).sort()).toEqual(
      expect.arrayContaining(['HOME', 'ORT_DISABLE_TELEMETRY', 'TMPDIR']),
    );
    expect(variables.join()).not.toMatch(/AWS|not for models/);
    expect(readdirSync(folder)).toEqual([]);
    process.kill(pid, 'SIGSEGV');
    expect(await loading).toMatchObject({ loaded: false, problem: 'it crashed (SIGSEGV)' });
    expect(() => readdirSync(folder)).toThrow('ENOENT');
  });
});
