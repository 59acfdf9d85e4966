import { Stack, type StackProps, Validations } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Config } from './config.ts';
import { DeadLetterQueue } from './constructs/dead-letter-queue.ts';
import { PlatformFunction, type PlatformFunctionProps } from './constructs/platform-function.ts';
import type { DataStack } from './data-stack.ts';

/** Folders of what was built before. */
export interface Built {
  readonly layer: string;
  readonly bundles: string;
}

export interface ApiStackProps extends StackProps {
  readonly config: Config;
  readonly data: DataStack;
  readonly built: Built;
}

/** A stack of functions that answer routes of the one API. */
export abstract class ApiStack extends Stack {
  readonly props: ApiStackProps;
  readonly functions: Record<string, PlatformFunction> = {};
  readonly deadLetterQueues: Record<string, DeadLetterQueue> = {};
  abstract readonly api: apigateway.HttpApi;

  constructor(scope: Construct, id: string, props: ApiStackProps) {
    super(scope, id, props);
    this.props = props;
  }

  addFunction(
    id: string,
    props: Omit<PlatformFunctionProps, 'config' | 'bundles'>,
  ): PlatformFunction {
    const fn = new PlatformFunction(this, id, {
      config: this.props.config,
      bundles: this.props.built.bundles,
      ...props,
    });
    this.functions[id] = fn;
    return fn;
  }

  makeQueue(id: string, { fifo = false } = {}): DeadLetterQueue {
    return new DeadLetterQueue(this, id, this.props.data.key, fifo);
  }

  addDeadLetterQueue(id: string, of: { readonly fifo?: boolean } = {}): DeadLetterQueue {
    const queue = this.makeQueue(`${id}DeadLetters`, of);
    this.deadLetterQueues[id] = queue;
    return queue;
  }

  addRoutes(
    fn: PlatformFunction,
    method: apigateway.HttpMethod,
    paths: readonly string[],
    access: 'token' | 'open' | { readonly target: lambda.IFunction } = 'token',
  ): void {
    const target = typeof access === 'object' ? access.target : fn;
    const integration = new HttpLambdaIntegration(`${fn.node.id}Integration`, target, {
      // One permission per function: a stack ends at 500 resources, and routes are many.
      scopePermissionToRoute: false,
    });
    for (const path of paths) {
      const route = new apigateway.HttpRoute(this, `${method} ${path}`, {
        httpApi: this.api,
        routeKey: apigateway.HttpRouteKey.with(path, method),
        integration,
        ...(access === 'open' && { authorizer: new apigateway.HttpNoneAuthorizer() }),
      });
      if (access === 'open') explainOpen(route);
    }
  }
}

const explainOpen = (route: Construct): void =>
  Validations.of(route).acknowledge({
    id: 'AwsSolutions-APIG4',
    reason: 'Monitors ask for health, and browsers for pages, without a token; neither holds data.',
  });
