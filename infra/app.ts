import { App } from 'aws-cdk-lib';
import { buildLayer } from '../layers/onnxruntime/build.ts';
import { readConfig } from './config.ts';
import { buildStacks } from './stacks.ts';

const app = new App();
const config = readConfig((name) => app.node.tryGetContext(name));
buildStacks(app, config, buildLayer(config.architecture));
