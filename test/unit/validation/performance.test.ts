import { describe, expect, it } from '@jest/globals';
import { checkPerformance } from '../../../functions/validation/checks/performance.ts';
import { PerformanceEvidence } from '../../../functions/validation/evidence.ts';
import { timeCalls } from '../../../functions/validation/measure.ts';
import type { Sources } from '../../../functions/validation/sources.ts';
import { readExample } from '../../../local/examples.ts';
import { type ExaminationOptions, examinationOf } from '../../helpers/examination.ts';
import { deployed, requestTable } from '../../helpers/examples.ts';
import type { Deployed } from '../../helpers/inference.ts';
import { tableOf } from '../../helpers/tables.ts';
import { echoModel, tinyModel } from '../../helpers/tiny-model.ts';

/** Every look at it is so many milliseconds later. */
function steadyClock(step: number): () => number {
  let now = 0;
  return () => (now += step);
}

interface Options extends ExaminationOptions {
  readonly step?: number;
  readonly sources?: Partial<Sources>;
  readonly latencyLimitMs?: number;
}

async function check(
  model: Deployed,
  { step = 2, latencyLimitMs = 100, ...options }: Options = {},
) {
  const { examination, sources } = examinationOf(model, options);
  const outcome = await checkPerformance(
    { ...examination, settings: { ...examination.settings, latencyLimitMs } },
    { ...sources, ...options.sources },
    steadyClock(step),
  );
  if (outcome.status !== 'completed') throw new Error('skipped');
  expect(PerformanceEvidence.parse(outcome.evidence)).toEqual(outcome.evidence);
  return outcome;
}

const codes = (findings: readonly { code: string }[]) => findings.map(({ code }) => code);
const tiny = echoModel([{ name: 'x', datatype: 'FP32', shape: ['N', 2] }]);

describe('the performance of a model', () => {
  it('is timed at this memory size and scaled to the others', async () => {
    const example = readExample('breast-cancer');
    const model = deployed(example);
    const table = requestTable(example, model.signature);
    const { figures, evidence, findings } = await check(model, { table });
    expect(figures).toMatchObject({
      'latency-p50-1-row': { value: 2 },
      'latency-p95-1-row': { value: 2 },
      'latency-p99-1-row': { value: 2 },
      'latency-p95-100-rows': { value: 2 },
      'rows-per-second': { value: 500_000 },
      'cheapest-memory-mb': { value: 512 },
      'load-ms': { n: 3 },
    });
    expect(evidence.inputs).toBe('dataset');
    expect(evidence.latencies).toHaveLength(6 * 4);
    const one = evidence.latencies.filter(({ rows }) => rows === 1);
    const rounded = (value: number) => Number(value.toFixed(9));
    expect(one.map((size) => [size.memoryMb, rounded(size.p95), size.estimated])).toEqual([
      [512, rounded(2 * (1769 / 512)), true],
      [1024, rounded(2 * (1769 / 1024)), true],
      [1769, 2, false],
      [3008, 2, true],
      [5308, 2, true],
      [10_240, 2, true],
    ]);
    // 5 ms of 1,769 MB, the request, the gateway and the logs.
    const dollars = 5 * (1769 / 1024) * 0.0000133334 * 1000 + 1 + 0.2 + 0.35;
    expect(figures['cost-per-million']?.value).toBeCloseTo(dollars, 9);
    expect(codes(findings)).toEqual(['estimated-latency']);
  });

  it('is told for the memory of the inference function', async () => {
    const { figures, evidence } = await check(tiny, { sources: { servingMegabytes: 884 } });
    expect(figures['latency-p95-1-row']?.value).toBeCloseTo(2 * (1769 / 884), 9);
    expect(evidence.costs.map(({ memoryMb }) => memoryMb)).toContain(884);
  });

  it('leaves out sizes that the model does not fit in, and says so of the target', async () => {
    const { figures, evidence, findings } = await check(tiny, {
      sources: { servingMegabytes: 40 },
    });
    expect(evidence.peakMemoryMb.value).toBeGreaterThan(40);
    expect(evidence.costs.map(({ memoryMb }) => memoryMb)).not.toContain(40);
    expect(figures['cost-per-million']?.value).toBeNull();
    expect(figures).not.toHaveProperty('latency-p95-1-row');
    expect(findings[0]).toMatchObject({ severity: 'critical', code: 'memory-too-small' });
  });

  it('names no size where none is quick enough', async () => {
    const { figures, findings } = await check(tiny, { latencyLimitMs: 1 });
    expect(figures['cheapest-memory-mb']).toEqual({ value: null });
    expect(codes(findings)).toEqual(['too-slow', 'generated-inputs', 'estimated-latency']);
  });

  it('of a graph for one row is that of one row', async () => {
    const one = echoModel([{ name: 'x', datatype: 'FP32', shape: [1, 2] }]);
    const { figures, evidence } = await check(one);
    expect(figures).not.toHaveProperty('latency-p95-100-rows');
    expect(new Set(evidence.latencies.map(({ rows }) => rows))).toEqual(new Set([1]));
  });

  it('tries no batch that would take too long', async () => {
    const { evidence } = await check(tiny, { step: 1_000 });
    expect(Math.max(...evidence.latencies.map(({ rows }) => rows))).toBe(1);
  });

  it('takes made-up rows where the contract refuses every row of the data', async () => {
    const features = [0, 1].map((column) => ({
      name: `f${column}`,
      type: 'number' as const,
      input: 'x',
      column,
      min: 0,
      nullable: false,
    }));
    const model = { ...tiny, signature: { ...tiny.signature, features } };
    const { evidence } = await check(model, { table: tableOf([{ f0: -1, f1: 1 }]) });
    expect(evidence.inputs).toBe('generated');
  });

  it('takes rows at the very end of a range, which float32 rounds up', async () => {
    const features = [0, 1].map((column) => ({
      name: `f${column}`,
      type: 'number' as const,
      input: 'x',
      column,
      max: 0.1,
      nullable: false,
    }));
    expect(Math.fround(0.1)).toBeGreaterThan(0.1);
    const model = { ...tiny, signature: { ...tiny.signature, features } };
    const { evidence } = await check(model, { table: tableOf([{ f0: 0.1, f1: 0.1 }]) });
    expect(evidence.inputs).toBe('dataset');
  });

  it('cannot be told of a model that does not load', async () => {
    const tensor = { datatype: 'FP32' as const, shape: ['N'] };
    const [inputs, outputs] = [[{ name: 'x', ...tensor }], [{ name: 'y', ...tensor }]];
    const nodes = [{ operator: 'Nonsense', inputs: ['x'], outputs: ['y'] }];
    const model = { model: tinyModel({ nodes, inputs, outputs }), signature: { inputs, outputs } };
    await expect(checkPerformance(...examined(model))).rejects.toMatchObject({
      code: 'unprocessable',
      message: expect.stringContaining('does not load'),
    });
  });
});

function examined(model: Deployed) {
  // The record is of another model, because the reader refuses this one.
  const { examination, sources } = examinationOf(tiny);
  const version = { ...examination.version, signature: model.signature };
  const readArtifact = async () => model.model;
  return [
    { ...examination, version },
    { ...sources, readArtifact },
  ] as const;
}

describe('timing calls', () => {
  const asked: string[] = [];
  const call = async (body: string) => void asked.push(body);

  it('warms up, then takes the requests in turn', async () => {
    asked.length = 0;
    const effort = { rows: 1, bodies: ['a', 'b', 'c'], samples: 20 };
    const latency = await timeCalls(call, effort, steadyClock(1));
    expect(latency).toEqual({ rows: 1, samples: 20, mean: 1, p50: 1, p95: 1, p99: 1 });
    expect(asked.slice(0, 4)).toEqual(['a', 'b', 'c', 'a']);
    expect(asked).toHaveLength(22);
  });

  it('stops early where calls take long, but not before five', async () => {
    const effort = { rows: 1, bodies: ['a'], samples: 1_000 };
    const latency = await timeCalls(call, effort, steadyClock(2_000));
    expect(latency.samples).toBe(5);
  });
});
