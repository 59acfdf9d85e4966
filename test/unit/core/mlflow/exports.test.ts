import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { whyKept } from '#core/mlflow/mlmodel.ts';
import { inspectModel } from '#core/onnx/inspect.ts';
import { removeZipMaps } from '#core/onnx/zip-map.ts';
import { deriveSignature } from '#core/signature/derive.ts';

const root = new URL('../../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root));
const folder = 'test/references/onnx-exports';
const tried = JSON.parse(read(`${folder}/exports.json`).toString());
const docs = read('docs/mlflow.md').toString();
const FLAVOURS = { 'scikit-learn': 'sklearn', torch: 'pytorch' } as Record<string, string>;

describe('a model that was exported by the line that is recommended', () => {
  it.each(Object.keys(tried))('from %s answers as before, and is registered', (library) => {
    expect(tried[library].difference).toBeLessThan(1e-6);
    const bytes = read(`${folder}/${library}.onnx`);
    const model = removeZipMaps(bytes)?.bytes ?? bytes;
    const { inputs, outputs } = deriveSignature(inspectModel(model));
    expect(inputs.map(({ shape }) => shape.at(-1))).toEqual([4]);
    expect(outputs.length).toBeGreaterThan(0);
  });

  it.each(Object.keys(tried))(
    'is of %s in the docs, with the versions that were tried',
    (library) => {
      const [, recipe] =
        /export it with (.*) and log that/.exec(whyKept([FLAVOURS[library] ?? library])) ?? [];
      const [line] = docs.split('\n').filter((text) => text.includes(`\`${recipe}\``));
      for (const [name, version] of Object.entries<string>(tried[library].versions)) {
        expect(line).toContain(`${name} ${version}`);
      }
    },
  );
});
