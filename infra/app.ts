import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { buildEdge, edgeFolder } from '../edge/build.ts';
import {
  assertFits,
  buildLayer,
  LARGEST_FUNCTION_BYTES,
  sizeOfFolder,
} from '../layers/onnxruntime/build.ts';
import { bundleFunctions } from './bundle-functions.ts';
import { readConfig } from './config.ts';
import { buildStacks } from './stacks.ts';

const app = new App();
const config = readConfig((name) => app.node.tryGetContext(name));
const layer = buildLayer(config.architecture);
assertFits(sizeOfFolder(layer), LARGEST_FUNCTION_BYTES);
// It goes into the image of the containers.
if (config.edgeService) buildEdge(config.architecture, edgeFolder(config.architecture));
// The stacks copy what they deploy.
const bundles = mkdtempSync(join(tmpdir(), 'skiff-bundles-'));
try {
  await bundleFunctions(bundles);
  buildStacks(app, config, { layer, bundles });
} finally {
  rmSync(bundles, { recursive: true });
}
