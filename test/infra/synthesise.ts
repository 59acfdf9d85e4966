import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { folderOf, handlers } from '../../infra/bundles.ts';
import { Config } from '../../infra/config.ts';
import { buildStacks } from '../../infra/stacks.ts';

export const root = new URL('../../', import.meta.url).pathname;
const temporary = mkdtempSync(join(tmpdir(), 'skiff-infra-'));
afterAll(() => rmSync(temporary, { recursive: true }));
// CDK's own checks of templates only warn, and take seconds; `npm run synth` shows them.
process.env.CDK_VALIDATION = 'false';
const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));

const built = { layer: join(temporary, 'layer'), bundles: join(temporary, 'bundles') };
for (const folder of [
  built.layer,
  ...handlers().map((handler) => folderOf(built.bundles, handler)),
]) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'stand-in'), '');
}

/** The templates as a deployer with these settings gets them, but for the bundles. */
export function synthesise(settings: Partial<Config> = {}) {
  const app = new App({
    outdir: mkdtempSync(join(temporary, 'cdk.out-')),
    context: context,
  });
  const stacks = buildStacks(app, Config.parse(settings), built);
  return {
    app,
    functions: [
      ...[stacks.platform, stacks.notebooks].flatMap((stack) => Object.values(stack.functions)),
      ...(stacks.admit ? [{ source: stacks.admit.source, native: false }] : []),
    ],
    data: Template.fromStack(stacks.data),
    platform: Template.fromStack(stacks.platform),
    notebooks: Template.fromStack(stacks.notebooks),
    artifactFunction: stacks.admit && Template.fromStack(stacks.admit),
    artifacts: stacks.artifacts && Template.fromStack(stacks.artifacts),
    observability: Template.fromStack(stacks.observability),
    edge: stacks.edge && Template.fromStack(stacks.edge),
  };
}
