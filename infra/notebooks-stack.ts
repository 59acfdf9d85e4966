import type * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import type { Construct } from 'constructs';
import { ApiStack, type ApiStackProps } from './api-stack.ts';
import { addMlflowRegistry } from './constructs/mlflow-registry.ts';
import { addMlflowWebhooks } from './constructs/mlflow-webhooks.ts';
import { addRuns } from './constructs/runs.ts';
import { addTracking } from './constructs/tracking.ts';
import { addUi } from './constructs/ui.ts';
import type { PlatformStack } from './platform-stack.ts';

interface NotebooksProps extends ApiStackProps {
  readonly platform: PlatformStack;
  /** Name of the host that takes artifacts in the API's place. */
  readonly artifactHost?: string;
}

/** What notebooks and browsers speak to, behind the platform's API: a stack ends at 500 resources. */
export class NotebooksStack extends ApiStack {
  readonly api: apigateway.HttpApi;
  readonly platform: PlatformStack;

  constructor(scope: Construct, id: string, props: NotebooksProps) {
    super(scope, id, props);
    this.platform = props.platform;
    this.api = props.platform.api;
    addTracking(this, props.artifactHost);
    addMlflowRegistry(this, props.artifactHost);
    addMlflowWebhooks(this);
    addUi(this);
    addRuns(this);
  }
}
