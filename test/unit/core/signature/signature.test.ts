import { describe, expect, it } from '@jest/globals';
import { inspectModel } from '#core/onnx/inspect.ts';
import { textField, varintField } from '#core/onnx/protobuf.ts';
import { removeZipMaps } from '#core/onnx/zip-map.ts';
import { completeSignature, featuresOf } from '#core/signature/complete.ts';
import { deriveSignature } from '#core/signature/derive.ts';
import { Signature, type SignatureDeclaration } from '#core/signature/schema.ts';
import { readExample } from '../../../../local/examples.ts';
import { addModel, attribute, graph, model, node, value } from '../../../helpers/onnx-builder.ts';

const derive = (bytes: Uint8Array) =>
  deriveSignature(inspectModel(removeZipMaps(bytes)?.bytes ?? bytes));
const penguins = derive(readExample('penguins').artifact);
const add = derive(addModel());
const declare = (features: SignatureDeclaration['features']) =>
  completeSignature(add, { features });
const a = { name: 'a', nullable: false };
const b = { name: 'b', nullable: false };

describe('deriveSignature', () => {
  it('finds roles, classes, and one feature per input', () => {
    expect(penguins.outputs.map(({ role }) => role)).toEqual(['label', 'probabilities']);
    expect(penguins.classes).toEqual(['Adelie', 'Chinstrap', 'Gentoo']);
    expect(penguins.features?.map(({ name, type }) => `${name} ${type}`).slice(1, 3)).toEqual([
      'sex string',
      'bill_length_mm number',
    ]);
  });

  it('derives nothing that the schema refuses, however long the names', () => {
    const inputs = ['a', 'b'].map((name) => value(name.repeat(512), 1, [-1, 1]));
    const nodes = [node('Add', ['a'.repeat(512), 'b'.repeat(512)], ['y'])];
    const outputs = [value('y', 1, [-1, 1])];
    const derived = derive(model(graph({ inputs, nodes, outputs })));
    expect(derived.features).toBeUndefined();
    expect(Signature.parse(derived)).toEqual(derived);
  });

  it('refuses outputs that cannot be sent', () => {
    const inspection = inspectModel(readExample('penguins').artifact);
    expect(() => deriveSignature(inspection)).toThrow('is a sequence');
  });
});

const [FLOAT, INT64, STRING, BFLOAT16] = [1, 7, 8, 16];

/** A classifier with two outputs as its converter calls and types them. */
const classifier = (labels: Uint8Array, edges: [string, number, (number | string)[]][]) => {
  const names = edges.map(([name]) => name);
  const nodes = [node('TreeEnsembleClassifier', ['x'], names, 'ai.onnx.ml', [labels])];
  const outputs = edges.map(([name, type, dims]) => value(name, type, dims));
  return derive(model(graph({ inputs: [value('x', FLOAT, ['n', 4])], nodes, outputs })));
};
const words = attribute('classlabels_strings', textField(9, 'no'), textField(9, 'yes'));
const numbers = attribute('classlabels_int64s', varintField(8, 0), varintField(8, 1));

describe('what outputs mean', () => {
  it('is told by the classifier, whatever it calls them', () => {
    const { outputs, classes } = classifier(words, [
      ['a', STRING, ['n']],
      ['b', FLOAT, ['n', 2]],
    ]);
    expect(outputs.map(({ role }) => role)).toEqual(['label', 'probabilities']);
    expect(classes).toEqual(['no', 'yes']);
  });

  it('is not guessed of scores, nor are classes named where the numbers differ', () => {
    const scores = classifier(numbers, [
      ['label', INT64, ['n']],
      ['scores', FLOAT, ['n', 2]],
    ]);
    expect(scores.outputs.map(({ role }) => role)).toEqual(['label', undefined]);
    expect(scores.classes).toBeUndefined();
    const three = classifier(numbers, [
      ['label', INT64, ['n']],
      ['probabilities', FLOAT, ['n', 3]],
    ]);
    expect(three.outputs[1]?.role).toBe('probabilities');
    expect(three.classes).toBeUndefined();
  });

  it('takes bfloat16 for the floating point that it is', () => {
    const [, probabilities] = classifier(numbers, [
      ['label', INT64, ['n']],
      ['probabilities', BFLOAT16, ['n', 2]],
    ]).outputs;
    expect(probabilities).toMatchObject({ datatype: 'BF16', role: 'probabilities' });
  });
});

describe('featuresOf', () => {
  it('makes names up for rows without any, and none for images', () => {
    expect(featuresOf(add)?.map(({ name }) => name)).toEqual(['x_0', 'x_1']);
    expect(featuresOf(derive(readExample('digits').artifact))).toBeUndefined();
  });
});

describe('completeSignature', () => {
  it('places declared columns in order', () => {
    expect(declare([a, { ...b, nullable: true, unit: 'm' }]).features).toEqual([
      { name: 'a', type: 'number', input: 'x', column: 0, nullable: false },
      { name: 'b', type: 'number', input: 'x', column: 1, nullable: true, unit: 'm' },
    ]);
  });

  it('keeps what each example declares', () => {
    const { version, artifact } = readExample('penguins');
    const { features } = completeSignature(
      derive(artifact),
      version.signature as SignatureDeclaration,
    );
    expect(features?.[0]).toMatchObject({ type: 'category', input: 'island', nullable: true });
  });

  it.each<[string, SignatureDeclaration['features'], string]>([
    ['too few columns', [a], 'takes 2 columns, 1 are declared'],
    ['a name twice', [a, a], 'features[1].name'],
    ['a place twice', [{ ...a, column: 1, input: 'x' }, b], 'features[1].column'],
    ['an unknown input', [a, { ...b, input: 'z' }], 'no input "z"'],
    ['a column too far', [a, { ...b, input: 'x', column: 5 }], 'has 2 columns'],
    ['text for numbers', [a, { ...b, type: 'string' }], 'does not fit'],
    ['categories of text for numbers', [a, { ...b, categories: ['x'] }], 'does not fit'],
    ['a category without values', [a, { ...b, type: 'category' }], 'needs its allowed values'],
  ])('refuses %s', (_, features, reason) => {
    expect(() => declare(features)).toThrow(reason);
  });

  it('refuses missing values where the datatype has none, and classes that do not fit', () => {
    const int = { ...add, inputs: [{ name: 'x', datatype: 'INT64' as const, shape: [-1, 2] }] };
    expect(() => completeSignature(int, { features: [a, { ...b, nullable: true }] })).toThrow(
      'missing value',
    );
    expect(() => completeSignature(penguins, { classes: ['one', 'two'] })).toThrow(
      '3 classes, 2 are named',
    );
    expect(() => completeSignature(add, { outputs: { z: 'label' } })).toThrow('no such output');
  });
});
