import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const root = new URL('../../', import.meta.url).pathname;
const model = join(root, 'examples/digits/model.onnx');

/** Loads a model in a process with an empty home, and answers what it left behind or had open. */
async function traces(loader: string) {
  const home = mkdtempSync(join(tmpdir(), 'skiff-telemetry-'));
  const script = `
    import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
    const open = new Set();
    const look = () => {
      for (const fd of readdirSync('/proc/self/fd')) {
        try { open.add(readlinkSync('/proc/self/fd/' + fd)); } catch {}
      }
    };
    look();
    const inherited = new Set(open);
    ${loader}
    await load(readFileSync(${JSON.stringify(model)}));
    for (let i = 0; i < 30; i++) { look(); await new Promise((r) => setTimeout(r, 50)); }
    console.log(JSON.stringify([...open].filter((file) => !inherited.has(file)).filter((file) => /^socket:|mat-debug|Microsoft/.test(file))));
    process.exit(0);`;
  const env = { PATH: process.env.PATH, HOME: home, TMPDIR: home };
  const args = [
    '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
    '--input-type=module',
    '-e',
    script,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, cwd: root });
  return [...(readdirSync(home, { recursive: true }) as string[]), ...JSON.parse(stdout)];
}

describe('the native runtime', () => {
  const bare = `const { default: ort } = await import('onnxruntime-node'); const load = (bytes) => ort.InferenceSession.create(bytes);`;
  const ours = `const { createSession: load } = await import('./functions/_shared/onnx.ts');`;

  it('leaves no file and opens no socket as we load it', async () => {
    expect(await traces(ours)).toEqual([]);
  }, 30_000);

  it('would report to its makers if we did not forbid it', async () => {
    expect((await traces(bare)).length).toBeGreaterThan(0);
  }, 30_000);
});
