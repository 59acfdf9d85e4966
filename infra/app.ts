import { App } from 'aws-cdk-lib';
import {
  assertFits,
  buildLayer,
  LARGEST_FUNCTION_BYTES,
  sizeOfFolder,
} from '../layers/onnxruntime/build.ts';
import { readConfig } from './config.ts';
import { buildStacks } from './stacks.ts';

const app = new App();
const config = readConfig((name) => app.node.tryGetContext(name));
const layer = buildLayer(config.architecture);
assertFits(sizeOfFolder(layer), LARGEST_FUNCTION_BYTES);
buildStacks(app, config, layer);
