import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { Built } from './api-stack.ts';
import { ArtifactFunctionStack } from './artifact-function-stack.ts';
import { ArtifactsStack } from './artifacts-stack.ts';
import type { Config } from './config.ts';
import { DataStack } from './data-stack.ts';
import { EdgeStack } from './edge-stack.ts';
import { NotebooksStack } from './notebooks-stack.ts';
import { ObservabilityStack } from './observability-stack.ts';
import { PlatformStack } from './platform-stack.ts';

/** The stacks, cut by life cycle: data is kept, the platform is replaceable, alarms watch both. */
export function buildStacks(app: App, config: Config, built: Built) {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const data = new DataStack(app, 'SkiffData', { config });
  const platform = new PlatformStack(app, 'SkiffPlatform', { config, data, built });
  const admit = config.artifactHost
    ? new ArtifactFunctionStack(app, 'SkiffArtifactFunction', built)
    : undefined;
  const artifacts = admit && new ArtifactsStack(app, 'SkiffArtifacts', { data, platform, admit });
  const notebooks = new NotebooksStack(app, 'SkiffNotebooks', {
    ...{ config, data, platform, built },
    ...(artifacts && { artifactHost: artifacts.host }),
  });
  const observability = new ObservabilityStack(app, 'SkiffObservability', {
    config,
    data,
    platform,
    notebooks,
  });
  const { edgeService: service } = config;
  const edge = service && new EdgeStack(app, 'SkiffEdge', { config, service, platform });
  return { data, platform, admit, artifacts, notebooks, observability, edge };
}
