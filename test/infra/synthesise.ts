import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Config } from '../../infra/config.ts';
import { buildStacks } from '../../infra/stacks.ts';

export const root = new URL('../../', import.meta.url).pathname;
const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));

/** The templates as a deployer with these settings gets them, but for the bundles. */
export function synthesise(settings: Partial<Config> = {}) {
  const layer = mkdtempSync(join(tmpdir(), 'skiff-layer-'));
  writeFileSync(join(layer, 'stand-in'), '');
  const app = new App({ context: { ...context, 'aws:cdk:bundling-stacks': [] } });
  const stacks = buildStacks(app, Config.parse(settings), layer);
  return {
    app,
    data: Template.fromStack(stacks.data),
    platform: Template.fromStack(stacks.platform),
    observability: Template.fromStack(stacks.observability),
  };
}
