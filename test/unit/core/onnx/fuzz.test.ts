import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { AppError } from '#core/errors.ts';
import { widenBfloat16Edges } from '#core/onnx/bfloat16-edges.ts';
import { planEmbedding } from '#core/onnx/embed.ts';
import { inspectModel } from '#core/onnx/inspect.ts';
import { removeZipMaps } from '#core/onnx/zip-map.ts';
import { deriveSignature } from '#core/signature/derive.ts';
import { Signature } from '#core/signature/schema.ts';
import { exampleNames, readExample } from '../../../../local/examples.ts';
import { damage } from '../../../helpers/damage.ts';
import { addModel } from '../../../helpers/onnx-builder.ts';
import { random } from '../../../helpers/random.ts';

/** The large examples take their time. */
const roundsFor = (file: Uint8Array) => (file.length > 200_000 ? 60 : 800);
const COMPANIONS = new Map([
  ['w.data', 16],
  ['model.onnx.data', 72_992],
]);
const PYTORCH = new URL('../../../fixtures/pytorch/model.onnx', import.meta.url);
const external = addModel({ external: { location: 'w.data', offset: '8', length: '8' } });

/** Whether a registration would get past this file; throws what is no refusal. */
function isTaken(bytes: Uint8Array): boolean {
  try {
    inspectModel(bytes, { allowExternalData: true });
    const servable = removeZipMaps(bytes)?.bytes ?? bytes;
    const inspection = inspectModel(servable, { allowExternalData: true });
    Signature.parse(deriveSignature(inspection));
    widenBfloat16Edges(servable);
    const named = new Set(inspection.externalData.map(({ location }) => location));
    const given = [...COMPANIONS].filter(([location]) => named.has(location));
    if (named.size > 0) planEmbedding(servable, new Map(given));
    return true;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}

const files: [string, Uint8Array][] = [
  ...exampleNames().map((name): [string, Uint8Array] => [name, readExample(name).artifact]),
  ['external data', external],
  ['PyTorch', new Uint8Array(readFileSync(PYTORCH))],
];

describe('a damaged file', () => {
  it.each(files)('of %s is taken or refused, and nothing else happens', (_, file) => {
    expect(isTaken(file)).toBe(true);
    const next = random(20_260);
    const taken = Array.from({ length: roundsFor(file) }, () => isTaken(damage(file, next)));
    // Both happen, so that neither path goes untested.
    expect(taken).toContain(true);
    expect(taken).toContain(false);
  });
});
