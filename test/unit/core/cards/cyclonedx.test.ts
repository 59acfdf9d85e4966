import { describe, expect, it } from '@jest/globals';
import { type BomFacts, toCycloneDx } from '#core/cards/cyclonedx.ts';

const bare: BomFacts = {
  name: 'm',
  version: '1',
  timestamp: '2026-11-24T10:00:00.000Z',
  sha256: 'a'.repeat(64),
  sizeBytes: 10,
  irVersion: 10,
  producer: { name: 'skl2onnx', version: '1.19' },
  opsets: [{ domain: '', version: 21 }],
  operators: [{ domain: 'ai.onnx.ml', name: 'Scaler', count: 2 }],
  parameterCount: 4,
  inputs: [{ name: 'X', datatype: 'FP32', shape: ['batch', 5] }],
  outputs: [],
  datasets: [],
  packages: {},
  metrics: [],
};
const component = (facts: BomFacts): any => (toCycloneDx(facts).metadata as any).component;

describe('the bill of materials', () => {
  it('names the model by content, format and what its graph runs', () => {
    expect(toCycloneDx(bare)).toEqual({
      $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      version: 1,
      metadata: {
        timestamp: '2026-11-24T10:00:00.000Z',
        tools: { components: [{ type: 'application', name: 'skiff' }] },
        component: {
          type: 'machine-learning-model',
          'bom-ref': 'model',
          name: 'm',
          version: '1',
          hashes: [{ alg: 'SHA-256', content: 'a'.repeat(64) }],
          modelCard: {
            modelParameters: { inputs: [{ format: 'X: FP32[batch, 5]' }], outputs: [] },
          },
          properties: [
            { name: 'skiff:format', value: 'ONNX' },
            { name: 'skiff:size-bytes', value: '10' },
            { name: 'skiff:parameter-count', value: '4' },
            { name: 'skiff:ir-version', value: '10' },
            { name: 'skiff:producer', value: 'skl2onnx 1.19' },
            { name: 'skiff:opset', value: 'ai.onnx 21' },
            { name: 'skiff:operator', value: 'ai.onnx.ml.Scaler × 2' },
          ],
        },
      },
    });
  });

  it.each([
    ['apache-2.0', { id: 'Apache-2.0' }],
    ['Our own licence', { name: 'Our own licence' }],
  ])('gives the licence "%s" by identifier where SPDX has one', (licence, expected) => {
    expect(component({ ...bare, licence }).licenses).toEqual([{ license: expected }]);
  });

  it('lists what the model came from, with digests only where they are such', () => {
    const datasets = [
      { name: 'a', digest: `sha256:${'b'.repeat(64)}`, role: 'training', source: 's3://lake/a' },
      { name: 'c', digest: 'md5:1234', role: 'validation', source: 'a table in the warehouse' },
    ];
    const bom = toCycloneDx({ ...bare, datasets, packages: { Scikit_Learn: '1.7.2' } });
    const [a, c, library] = bom.components as any[];
    expect(a).toMatchObject({
      hashes: [{ alg: 'SHA-256', content: 'b'.repeat(64) }],
      data: [{ contents: { url: 's3://lake/a' } }],
    });
    expect(c).not.toHaveProperty('hashes');
    expect(c.data[0]).not.toHaveProperty('contents');
    expect(library).toMatchObject({ scope: 'excluded', purl: 'pkg:pypi/scikit-learn@1.7.2' });
    expect(bom.dependencies).toEqual([
      { ref: 'model', dependsOn: ['dataset-1', 'dataset-2', 'package-1'] },
    ]);
  });

  it('writes metrics with slices and intervals as text', () => {
    const metrics = [
      { type: 'accuracy', value: 0.9, slice: 'age < 25', interval: { lower: 0.8, upper: 0.95 } },
    ];
    expect(component({ ...bare, metrics }).modelCard.quantitativeAnalysis).toEqual({
      performanceMetrics: [
        {
          type: 'accuracy',
          value: '0.9',
          slice: 'age < 25',
          confidenceInterval: { lowerBound: '0.8', upperBound: '0.95' },
        },
      ],
    });
  });
});
