import { describe, expect, it } from '@jest/globals';
import { GoldenSample } from '#core/signature/golden.ts';
import type { Feature } from '#core/signature/schema.ts';
import type { Table } from '#core/table/table.ts';
import { checkContract } from '../../../functions/validation/checks/contract.ts';
import { ContractEvidence } from '../../../functions/validation/evidence.ts';
import { exampleNames, goldenSample, readExample } from '../../../local/examples.ts';
import { type ExaminationOptions, examinationOf } from '../../helpers/examination.ts';
import { deployed, requestTable } from '../../helpers/examples.ts';
import type { Deployed } from '../../helpers/inference.ts';
import { tableOf } from '../../helpers/tables.ts';
import { echoModel, type TinyNode, tinyModel } from '../../helpers/tiny-model.ts';

async function check(model: Deployed, options: ExaminationOptions = {}) {
  const { examination, sources } = examinationOf(model, options);
  const outcome = await checkContract(examination, sources);
  if (outcome.status !== 'completed') throw new Error('skipped');
  expect(ContractEvidence.parse(outcome.evidence)).toEqual(outcome.evidence);
  return outcome;
}

const codes = (findings: readonly { code: string; where?: string | undefined }[]) =>
  findings.map(({ code, where }) => (where ? `${code} ${where}` : code));

describe.each(exampleNames().map((name) => [name, readExample(name)] as const))(
  '%s',
  (_, example) => {
    const model = deployed(example);
    const golden = GoldenSample.parse(goldenSample(example));

    it('agrees with its framework, its data and itself', async () => {
      const table = requestTable(example, model.signature);
      const { figures, findings, evidence } = await check(model, { table, golden });
      expect(figures).toMatchObject({
        'golden-within-tolerance': { value: 1, n: 40 },
        'refused-row-share': { value: 0, n: 40 },
        'repeat-largest-deviation': { value: 0, n: 32 },
      });
      expect(figures['golden-largest-deviation']?.value).toBeLessThanOrEqual(golden.tolerance);
      // Some kernels sum batches in another order.
      expect(figures['batch-largest-deviation']?.value).toBeLessThan(1e-4);
      expect(evidence.determinism).toMatchObject({ rows: 32, inputs: 'dataset' });
      expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
    });

    it('is examined with made-up inputs where nothing is given', async () => {
      const { figures, findings, evidence } = await check(model);
      expect(evidence.determinism).toMatchObject({ rows: 32, inputs: 'generated' });
      expect(Object.keys(figures).sort()).toEqual([
        'batch-largest-deviation',
        'repeat-largest-deviation',
      ]);
      expect(codes(findings)).toContain('no-golden-sample');
    });
  },
);

const feature = (name: string, column: number, more: Partial<Feature> = {}): Feature => ({
  name,
  type: 'number',
  input: 'x',
  column,
  nullable: false,
  ...more,
});

const two: Deployed = (() => {
  const { model, signature } = echoModel([{ name: 'x', datatype: 'FP32', shape: ['N', 2] }]);
  const features = [feature('age', 0, { min: 0, max: 120 }), feature('pay', 1)];
  return { model, signature: { ...signature, features } };
})();

describe('the columns of a dataset', () => {
  it('are held against the contract: who is refused, by which column, and why', async () => {
    const table = tableOf([
      { age: 30, pay: 1 },
      { age: 130, pay: null },
      { age: -1, pay: 2 },
      { age: 140, pay: 3 },
    ]);
    const { figures, evidence, findings } = await check(two, { table });
    expect(evidence.columns).toEqual([
      { feature: 'age', column: 'age', refusedRows: 3, problem: 'must be between 0 and 120' },
      {
        feature: 'pay',
        column: 'pay',
        refusedRows: 1,
        problem: 'is missing, and the model needs it',
      },
    ]);
    expect(figures['refused-row-share']).toEqual({ value: 0.75, n: 4 });
    expect(codes(findings)).toContain('refused-rows age');
    expect(findings[0]?.message).toBe(
      '"age" must be between 0 and 120: serving would refuse 3 of 4 rows',
    );
  });

  it('that are missing or of the wrong kind are named', async () => {
    const table = tableOf([{ age: 'old' }, { age: 'young' }]);
    const { figures, evidence, findings } = await check(two, { table });
    expect(evidence.columns).toEqual([
      { feature: 'pay', problem: 'there is no such column', refusedRows: 2 },
      {
        feature: 'age',
        column: 'age',
        refusedRows: 2,
        problem: 'is text where the model takes numbers',
      },
    ]);
    expect(figures['refused-row-share']).toEqual({ value: 1, n: 2 });
    expect(codes(findings)).toEqual(['missing-column pay', 'wrong-kind age', 'no-golden-sample']);
    expect(evidence.determinism?.inputs).toBe('generated');
  });

  it('that cannot be laid out as the input are said so', async () => {
    const image = echoModel([{ name: 'x', datatype: 'FP32', shape: ['N', 1, 2, 2] }]);
    const { findings, figures } = await check(image, {
      table: tableOf([{ a: 1, y: 1 }]),
      label: 'y',
    });
    expect(findings[0]).toMatchObject({ severity: 'critical', code: 'inputs-do-not-fit' });
    expect(figures['refused-row-share']?.value).toBe(1);
  });
});

describe('the golden sample', () => {
  const golden = (outputs: readonly number[], more: object = {}): GoldenSample =>
    GoldenSample.parse({
      inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 2], data: [1, 2, 3, 4] }],
      outputs: [{ name: 'x_out', data: outputs }],
      ...more,
    });

  it('tells how far the answers lie from the framework’s', async () => {
    const { figures, findings, evidence } = await check(two, { golden: golden([1, 2.25, 3, 4]) });
    expect(figures['golden-largest-deviation']).toEqual({ value: 0.25, n: 2 });
    expect(figures['golden-within-tolerance']).toEqual({ value: 0, n: 2 });
    expect(codes(findings)).toContain('golden-deviation x_out');
    expect(evidence.golden).toMatchObject({ within: false, differing: 0, rows: 2 });
    expect(evidence.determinism).toMatchObject({ inputs: 'golden sample', rows: 2 });
  });

  it('passes up to and with its own tolerance', async () => {
    const at = await check(two, { golden: golden([1, 2.25, 3, 4], { tolerance: 0.25 }) });
    expect(at.figures['golden-within-tolerance']?.value).toBe(1);
    expect(codes(at.findings)).toEqual([]);
  });

  it('counts labels that differ, whatever their numbers', async () => {
    const { model, signature } = echoModel([{ name: 'x', datatype: 'INT64', shape: ['N'] }]);
    const outputs = signature.outputs.map((output) => ({ ...output, role: 'label' as const }));
    const { figures, findings, evidence } = await check(
      { model, signature: { ...signature, outputs } },
      {
        golden: GoldenSample.parse({
          inputs: [{ name: 'x', datatype: 'INT64', shape: [3], data: [1, 2, 3] }],
          outputs: [{ name: 'x_out', data: [1, 3, 3] }],
          tolerance: 5,
        }),
      },
    );
    expect(evidence.golden).toMatchObject({ differing: 1, largestDeviation: 0 });
    expect(figures['golden-within-tolerance']?.value).toBe(0);
    expect(findings[0]?.message).toContain('differs from the training framework');
  });

  it('of inputs alone is answered, and there is nothing to compare', async () => {
    const inputs = golden([1, 2, 3, 4], { outputs: [] });
    const { figures, findings, evidence } = await check(two, { golden: inputs });
    expect(figures['golden-within-tolerance']).toBeUndefined();
    expect(codes(findings)).toContain('golden-inputs-only');
    expect(evidence.golden).toBeUndefined();
    expect(evidence.determinism).toMatchObject({ inputs: 'golden sample' });
  });

  it('that serving refuses is critical', async () => {
    const refused = golden([1, 2, 3, 4], {
      inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 2], data: [1, 2, 300, 4] }],
    });
    const { figures, findings } = await check(two, { golden: refused });
    expect(figures['golden-within-tolerance']?.value).toBe(0);
    expect(findings[0]).toMatchObject({ severity: 'critical', code: 'golden-refused' });
  });
});

describe('determinism', () => {
  const node = (operator: string, more: Partial<TinyNode> = {}): TinyNode => ({
    operator,
    inputs: ['x'],
    outputs: ['y'],
    ...more,
  });
  const build = (nodes: readonly TinyNode[]): Deployed => {
    const input = { name: 'x', datatype: 'FP32' as const, shape: ['N', 2] };
    const output = { name: 'y', datatype: 'FP32' as const, shape: ['N', 2] };
    const spec = { ...output, shape: [...output.shape] };
    return {
      model: tinyModel({ nodes, inputs: [input], outputs: [output] }),
      signature: { inputs: [{ ...input }], outputs: [spec] },
    };
  };

  it('notices a model that throws dice', async () => {
    const { evidence, findings } = await check(build([node('RandomNormalLike')]));
    expect(evidence.determinism?.repeat.identical).toBe(false);
    expect(evidence.determinism?.repeat.largestDeviation).toBeGreaterThan(0.01);
    expect(codes(findings)).toContain('not-repeatable');
  });

  it('notices a model whose rows depend on each other', async () => {
    const mean = node('ReduceMean', { outputs: ['m'], attributes: { axes: { integers: [0] } } });
    const minus = node('Sub', { inputs: ['x', 'm'] });
    const { evidence, figures, findings } = await check(build([mean, minus]));
    expect(evidence.determinism?.repeat.identical).toBe(true);
    expect(evidence.determinism?.batch.identical).toBe(false);
    expect(figures['batch-largest-deviation']?.value).toBeGreaterThan(0.01);
    expect(codes(findings)).toContain('batch-dependent');
  });

  it('leaves out rows that serving refuses', async () => {
    const table: Table = tableOf([
      { age: 30, pay: 1 },
      { age: 999, pay: 1 },
    ]);
    const { evidence } = await check(two, { table });
    expect(evidence.determinism).toMatchObject({ rows: 1, inputs: 'dataset' });
  });

  it('of a graph for one row compares no batches', async () => {
    const one = echoModel([{ name: 'x', datatype: 'FP32', shape: [1, 2] }]);
    const { figures } = await check(one);
    expect(figures['batch-largest-deviation']).toEqual({ value: null, n: 1 });
  });
});
