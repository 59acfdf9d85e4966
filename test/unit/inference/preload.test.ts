import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { createService, preload } from '../../../functions/inference/service.ts';
import { servingEndpoint } from '../../helpers/inference.ts';
import { artifactOf, echoModel } from '../../helpers/tiny-model.ts';

const folder = mkdtempSync(join(tmpdir(), 'skiff-preload-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a function with capacity of its own', () => {
  it('is ready when its bundle says so, not before', () => {
    const source = new URL('../../../functions/inference/realtime/preload.mjs', import.meta.url);
    copyFileSync(source, join(folder, 'preload.mjs'));
    writeFileSync(
      join(folder, 'index.js'),
      `let done = false;
      exports.ready = new Promise((resolve) => setTimeout(() => { done = true; resolve(); }, 50));
      exports.handler = () => done;`,
    );
    const script = `import('${join(folder, 'preload.mjs')}').then((m) => console.log(m.handler()))`;
    const output = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    expect(output.trim()).toBe('true');
  });

  const deployed = echoModel([{ name: 'x', datatype: 'FP32', shape: ['rows', 1] }]);
  const serviceWith = (fetchArtifact: () => Promise<Uint8Array>) => {
    const warn = jest.fn();
    const service = createService({
      fetchEndpoint: async () => servingEndpoint('e', deployed),
      fetchArtifact,
      warn,
      functionMegabytes: 1769,
    });
    return { service, warn };
  };

  it('has its model in memory then', async () => {
    const { service } = serviceWith(async () => deployed.model);
    await preload(service, 'e', 8_000);
    expect(service.sessions.has(artifactOf(deployed.model))).toBe(true);
  });

  it('starts all the same where that fails or takes too long', async () => {
    const failing = serviceWith(async () => {
      throw new Error('no storage');
    });
    await preload(failing.service, 'e', 8_000);
    expect(failing.warn).toHaveBeenCalledWith(expect.stringContaining('"e"'), expect.anything());
    const slow = serviceWith(() => new Promise(() => {}));
    await preload(slow.service, 'e', 1);
    expect(slow.warn).not.toHaveBeenCalled();
  });
});
