import { describe, expect, it } from '@jest/globals';
import { lineageOf, metricsOf, type RunFacts } from '#core/mlflow/lineage.ts';
import { schemas } from '#slices/registry';

const run: RunFacts = {
  ...{ id: 'r1', name: 'brave-owl', startTime: 0, endTime: 1000 },
  params: new Map([
    ['depth', '6'],
    ['random_state', '42'],
  ]),
  tags: new Map([
    ['mlflow.source.git.commit', 'abc'],
    ['mlflow.source.name', 'train.py'],
  ]),
  metrics: new Map([
    ['loss', 0.5],
    ['val_loss', 0.75],
    ['eval/f1', 0.9],
    ['evaluation_time', 3],
    ['latest', 1],
    ['nan', Number.NaN],
    ['inf', Number.POSITIVE_INFINITY],
  ]),
  datasets: [
    { name: 'a', digest: '12', source: '{}', context: 'train', profile: '{"num_rows": 7}' },
    { name: 'b', digest: '34', source: 'x'.repeat(5000), context: 'validation' },
    { name: 'c', digest: '56', source: '' },
  ],
};

describe('the lineage of a run', () => {
  it('holds what a version keeps, in its form', () => {
    const requirements =
      'mlflow==3.17.2\nscikit-learn==1.9.1\nnumpy>=2\ntorch[cuda]==2.0 ; x\n-r y\n';
    const lineage = lineageOf(run, { requirements, python: '3.11.7' });
    expect(schemas.Lineage.parse(lineage)).toEqual({
      run: {
        ...{ id: 'r1', name: 'brave-owl', seed: 42 },
        ...{ startedAt: '1970-01-01T00:00:00.000Z', finishedAt: '1970-01-01T00:00:01.000Z' },
      },
      code: { version: 'abc', entryPoint: 'train.py' },
      hyperparameters: { depth: '6', random_state: '42' },
      datasets: [
        { name: 'a', digest: '12', role: 'training', source: '{}', rows: 7 },
        { name: 'b', digest: '34', role: 'validation', source: 'x'.repeat(2048) },
        { name: 'c', digest: '56', role: 'training' },
      ],
      environment: {
        ...{ framework: 'scikit-learn', frameworkVersion: '1.9.1', python: '3.11.7' },
        packages: { mlflow: '3.17.2', 'scikit-learn': '1.9.1', torch: '2.0' },
      },
    });
  });

  it('is empty where nothing is known', () => {
    expect(lineageOf(undefined, {})).toEqual({});
  });

  it('keeps as many params as a version has room for', () => {
    const params = new Map(Array.from({ length: 100 }, (_, i) => [`p${i}`, 'x'.repeat(6000)]));
    const { hyperparameters } = lineageOf({ ...run, params }, {}) as { hyperparameters: object };
    expect(JSON.stringify(hyperparameters).length).toBeLessThan(110_000);
    expect(Object.keys(hyperparameters).length).toBeGreaterThan(10);
  });
});

it('tells metrics of a validation by their names, and leaves out what is no number', () => {
  expect(metricsOf(run)).toEqual({
    training: { loss: 0.5, evaluation_time: 3, latest: 1 },
    validation: { val_loss: 0.75, 'eval/f1': 0.9 },
  });
});
