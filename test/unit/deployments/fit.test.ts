import { afterEach, describe, expect, it } from '@jest/globals';
import type { Signature } from '#core/signature/schema.ts';
import { check } from '#shared/check.ts';
import { EndpointSpec } from '#slices/deployments';
import { checkFit } from '../../../functions/deployments/fit.ts';

const MEGABYTE = 2 ** 20;
const x = { name: 'x', datatype: 'FP32' as const, shape: ['rows', 2] };
const signature: Signature = { inputs: [x], outputs: [{ ...x, name: 'y' }] };
const capture = { share: 0, mask: [], drop: [] };

const variant = (name: string, own: Partial<Signature> = {}, more: object = {}) => ({
  ...{ name, model: 'm', version: 1, weight: 50 },
  artifact: { sha256: name, sizeBytes: 100 * MEGABYTE },
  signature: { ...signature, ...own },
  ...more,
});
type Variant = ReturnType<typeof variant>;
const together = (variants: Variant[], shadows: Variant[] = [], name = 'e') =>
  checkFit({ name, variants, shadows }, { capture });

afterEach(() => {
  delete process.env.SKIFF_MAX_SERVED_BYTES;
  delete process.env.SKIFF_DEDICATED_SERVED_BYTES;
});

describe('versions behind one name', () => {
  it('may differ in outputs, and in what open axes are called', () => {
    const other = { inputs: [{ ...x, shape: ['N', 2] }], outputs: [{ ...x, name: 'z' }] };
    expect(() => together([variant('a'), variant('b', other)])).not.toThrow();
    expect(() =>
      together([variant('a'), variant('b', { inputs: [{ ...x, shape: [-1, 2] }] })]),
    ).not.toThrow();
  });

  it.each([
    ['another input', { inputs: [{ ...x, name: 'w' }] }, '"w" FP32 [?, 2]'],
    ['one more input', { inputs: [x, { ...x, name: 'w' }] }, '"w" FP32 [?, 2]'],
    ['another datatype', { inputs: [{ ...x, datatype: 'FP64' as const }] }, '"x" FP64 [?, 2]'],
    ['another width', { inputs: [{ ...x, shape: ['rows', 3] }] }, '"x" FP32 [?, 3]'],
    [
      'another column',
      {
        features: ['age', 'x_1'].map((name, column) => ({
          ...{ name, type: 'number' as const, input: 'x', column, nullable: false },
        })),
      },
      'column "age"',
    ],
  ])('must take the same inputs, variants and shadows alike: not %s', (_, own, difference) => {
    const refusal = (field: string) =>
      expect.objectContaining({
        code: 'invalid',
        message: expect.stringContaining(difference),
        fields: [expect.objectContaining({ field })],
      });
    expect(thrown(() => together([variant('a'), variant('b', own)]))).toEqual(
      refusal('variants[1]'),
    );
    expect(thrown(() => together([variant('a')], [variant('b', own)]))).toEqual(
      refusal('shadows[0]'),
    );
  });

  it('must fit into memory together, each file once, those that run elsewhere not at all', () => {
    process.env.SKIFF_MAX_SERVED_BYTES = String(250 * MEGABYTE);
    const elsewhere = { ...variant('d'), artifact: undefined } as unknown as Variant;
    expect(() => together([variant('a'), variant('b'), elsewhere])).not.toThrow();
    const same = variant('c', {}, { artifact: variant('a').artifact });
    expect(() => together([variant('a'), variant('b'), same])).not.toThrow();
    expect(() => together([variant('a'), variant('b')], [variant('c')])).toThrow(
      'the 3 models together',
    );
    const all = { variants: [variant('a'), variant('b')], shadows: [variant('c')] };
    expect(() => checkFit({ name: 'e', ...all }, { capture }, all)).not.toThrow();
    process.env.SKIFF_DEDICATED_SERVED_BYTES = JSON.stringify({ roomy: 400 * MEGABYTE });
    expect(() => together([variant('a'), variant('b')], [variant('c')], 'roomy')).not.toThrow();
  });
});

function thrown(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('what an endpoint is to be', () => {
  const fieldOf = (body: object) => {
    const error = thrown(() => check(EndpointSpec, body, '')) as { fields?: { field: string }[] };
    return error?.fields?.[0]?.field;
  };
  const sagemaker = { endpointName: 'there' };

  it.each([
    ['variants[0].model', { variants: [{ version: 1 }] }],
    ['variants[0].version', { variants: [{ model: 'm' }] }],
    ['variants[0].version', { variants: [{ model: 'm', version: 1, alias: 'a' }] }],
    ['variants[0].signature', { variants: [{ model: 'm', version: 1, signature }] }],
    ['variants[0].signature', { variants: [{ model: 'm', version: 1, signature, sagemaker }] }],
    [
      'variants[0].sagemaker.endpointName',
      { variants: [{ signature, sagemaker: { endpointName: '' } }] },
    ],
    ['variants', { variants: [] }],
    [
      'variants',
      {
        variants: Array.from({ length: 11 }, (_, i) => ({
          name: `v${i}`,
          model: 'm',
          version: 1,
          weight: 1,
        })),
      },
    ],
    ['variants[0].weight', { variants: [{ model: 'm', version: 1, weight: -1 }] }],
    [
      'shadows[0].name',
      { variants: [{ model: 'm', version: 1 }], shadows: [{ model: 'm', version: 1 }] },
    ],
    ['stickyUnit.name', { variants: [{ model: 'm', version: 1 }], stickyUnit: { kind: 'field' } }],
    ['stickyUnit.kind', { variants: [{ model: 'm', version: 1 }], stickyUnit: { kind: 'cookie' } }],
    ['strategy.kind', { variants: [{ model: 'm', version: 1 }], strategy: { kind: 'luck' } }],
    ['weights', { variants: [{ model: 'm', version: 1 }], weights: {} }],
  ])('names the field that is wrong: %s', (field, body) => {
    expect(fieldOf(body)).toBe(field);
  });

  it('has defaults for all but the version', () => {
    expect(check(EndpointSpec, { variants: [{ model: 'm', version: 1 }] }, '')).toEqual({
      variants: [{ name: 'default', model: 'm', version: 1, weight: 100 }],
      shadows: [],
      strategy: { kind: 'weighted' },
      stickyUnit: { kind: 'request' },
      capture: { share: 0, mask: [], drop: [] },
      description: '',
    });
  });
});
