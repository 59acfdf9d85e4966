import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Config } from '../../infra/config.ts';
import { buildStacks } from '../../infra/stacks.ts';

export const root = new URL('../../', import.meta.url).pathname;
const temporary = mkdtempSync(join(tmpdir(), 'skiff-infra-'));
afterAll(() => rmSync(temporary, { recursive: true }));
const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));

/** The templates as a deployer with these settings gets them, but for the bundles. */
export function synthesise(settings: Partial<Config> = {}) {
  const layer = mkdtempSync(join(temporary, 'layer-'));
  writeFileSync(join(layer, 'stand-in'), '');
  const app = new App({
    outdir: mkdtempSync(join(temporary, 'cdk.out-')),
    context: { ...context, 'aws:cdk:bundling-stacks': [] },
  });
  const stacks = buildStacks(app, Config.parse(settings), layer);
  return {
    app,
    functions: Object.values(stacks.platform.functions),
    data: Template.fromStack(stacks.data),
    platform: Template.fromStack(stacks.platform),
    observability: Template.fromStack(stacks.observability),
  };
}
