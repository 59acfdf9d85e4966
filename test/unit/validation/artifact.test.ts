import { describe, expect, it } from '@jest/globals';
import { checkArtifact } from '../../../functions/validation/checks/artifact.ts';
import { examineConstructs } from '../../../functions/validation/constructs.ts';
import { ArtifactEvidence } from '../../../functions/validation/evidence.ts';
import { readExample } from '../../../local/examples.ts';
import { type ExaminationOptions, examinationOf } from '../../helpers/examination.ts';
import { deployed } from '../../helpers/examples.ts';
import type { Deployed } from '../../helpers/inference.ts';
import * as b from '../../helpers/onnx-builder.ts';
import { echoModel, tinyModel } from '../../helpers/tiny-model.ts';

async function check(model: Deployed, options: ExaminationOptions = {}) {
  const { examination, sources } = examinationOf(model, options);
  const outcome = await checkArtifact(examination, sources);
  if (outcome.status !== 'completed') throw new Error('skipped');
  expect(ArtifactEvidence.parse(outcome.evidence)).toEqual(outcome.evidence);
  return outcome;
}

const tiny = echoModel([{ name: 'x', datatype: 'FP32', shape: ['N'] }]);

describe('the artifact', () => {
  it('of an example is verified, loaded and written down', async () => {
    const example = readExample('penguins');
    const model = deployed(example);
    const lineage = example.version.lineage as { datasets: { name: string }[] };
    const { figures, findings, evidence } = await check(model, {
      version: { lineage: lineage as object, tags: { licence: 'CC0-1.0' } },
    });
    expect(figures).toMatchObject({
      'digest-verified': { value: 1 },
      loaded: { value: 1 },
      'size-mb': { value: model.model.length / 2 ** 20 },
    });
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(evidence).toMatchObject({
      licence: 'CC0-1.0',
      producer: { name: 'skl2onnx' },
      bom: { bomFormat: 'CycloneDX', specVersion: '1.6' },
    });
    expect(evidence.operators.map(({ name }) => name)).toContain('LinearClassifier');
    expect(JSON.stringify(evidence.bom)).toContain(evidence.sha256);
    expect(JSON.stringify(evidence.bom)).toContain(`"name":"${lineage.datasets[0]?.name}"`);
  });

  it('that was altered in storage is critical', async () => {
    const { artifact } = examinationOf(tiny).examination.version;
    const { figures, findings } = await check(tiny, {
      version: { artifact: { ...artifact, sha256: '0'.repeat(64) } },
    });
    expect(figures['digest-verified']).toEqual({ value: 0 });
    expect(findings[0]).toMatchObject({ severity: 'critical', code: 'digest-differs' });
  });

  it('that does not load says why', async () => {
    const node = { operator: 'Nonsense', inputs: ['x'], outputs: ['y'] };
    const tensor = { datatype: 'FP32' as const, shape: ['N'] };
    const [inputs, outputs] = [[{ name: 'x', ...tensor }], [{ name: 'y', ...tensor }]];
    const model = tinyModel({ nodes: [node], inputs, outputs });
    const { figures, findings, evidence } = await check({ model, signature: { inputs, outputs } });
    expect(figures.loaded).toEqual({ value: 0 });
    expect(evidence.isolatedLoad).toMatchObject({
      loaded: false,
      problem: expect.stringContaining('Nonsense'),
    });
    expect(findings).toContainEqual(
      expect.objectContaining({ severity: 'critical', code: 'not-loadable' }),
    );
  });

  it('without a licence, or changed at registration, is noted', async () => {
    const { artifact } = examinationOf(tiny).examination.version;
    const changes = ['external data embedded: a.bin', 'ZipMap removed'];
    const { findings } = await check(tiny, { version: { artifact: { ...artifact, changes } } });
    expect(findings.map(({ code }) => code)).toEqual([
      'no-licence',
      'external-data',
      'changed-at-registration',
    ]);
  });
});

describe('constructs', () => {
  const graph = (operator: string, domain = '') => {
    const tensor = { datatype: 'FP32' as const, shape: ['N'] };
    const node = { operator, domain, inputs: ['x'], outputs: ['y'] };
    return tinyModel({
      nodes: [node],
      inputs: [{ name: 'x', ...tensor }],
      outputs: [{ name: 'y', ...tensor }],
    });
  };

  it.each([
    ['Gelu', 'com.microsoft', 'info', 'vendor-operator'],
    ['Loop', '', 'warning', 'loop'],
    ['RandomNormalLike', '', 'warning', 'random-operator'],
    ['ConstantOfShape', '', 'info', 'size-from-values'],
  ])('%s of "%s" are a finding: %s, %s', (operator, domain, severity, code) => {
    expect(examineConstructs(graph(operator, domain))).toEqual([
      expect.objectContaining({ severity, code }),
    ]);
  });

  it('that no standard allows are refused by the reader', () => {
    expect(examineConstructs(graph('PythonOp', 'com.microsoft'))).toEqual([
      expect.objectContaining({
        code: 'reader-refuses',
        message: expect.stringContaining('PythonOp'),
      }),
    ]);
  });

  it('of plain graphs are no finding', () => {
    expect(examineConstructs(graph('Identity'))).toEqual([]);
    expect(examineConstructs(graph('Scaler', 'ai.onnx.ml'))).toEqual([]);
  });

  it('of the file’s own are named by their domain', () => {
    const edge = (name: string) => [b.value(name, 1, [-1])];
    const nodes = [b.node('Relu', ['x'], ['y'])];
    const body = b.graph({ inputs: edge('x'), outputs: edge('y'), nodes });
    expect(examineConstructs(b.model(body, b.opset(13), b.opset(1, 'mine')))).toEqual([
      expect.objectContaining({ severity: 'info', code: 'own-domain', where: 'mine' }),
    ]);
  });

  it('that the reader refuses are said with its reason', () => {
    expect(examineConstructs(Buffer.from('MZ not a model'))).toEqual([
      expect.objectContaining({ severity: 'critical', code: 'reader-refuses' }),
    ]);
  });

  /** A StringStringEntryProto of the model's metadata_props (field 14). */
  const metadata = (key: string, value: string) => {
    const text = (field: number, content: string) => {
      const bytes = Buffer.from(content);
      return [field * 8 + 2, ...varint(bytes.length), ...bytes];
    };
    const entry = [...text(1, key), ...text(2, value)];
    return Uint8Array.from([...graph('Identity'), 14 * 8 + 2, ...varint(entry.length), ...entry]);
  };
  const varint = (n: number): number[] => (n < 128 ? [n] : [(n % 128) | 128, ...varint(n >> 7)]);

  it.each([
    ['notes', '__import__("os").system("id")', ['metadata-code']],
    ['notes', 'see http://evil.example/x', ['metadata-address']],
    ['trained_at', '/home/jane/runs/7', ['metadata-folder']],
    ['licence', 'https://creativecommons.org/licenses/by/4.0/', []],
    ['notes', 'trained on Tuesday; accuracy 0.9', []],
  ])('in metadata %s=%s give %j', (key, value, codes) => {
    expect(examineConstructs(metadata(key, value)).map(({ code }) => code)).toEqual(codes);
  });

  it('name the licence that the file carries', async () => {
    const model = metadata('License', 'MIT');
    const { evidence } = await check({ model, signature: tiny.signature });
    expect(evidence.licence).toBe('MIT');
  });
});
