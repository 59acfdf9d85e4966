import {
  CfnOutput,
  Duration,
  RemovalPolicy,
  Stack,
  type StackProps,
  Validations,
} from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import {
  HttpLambdaAuthorizer,
  HttpLambdaResponseType,
} from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type Config, list } from './config.ts';
import { DeadLetterQueue } from './constructs/dead-letter-queue.ts';
import {
  explainWildcards,
  grantIndex,
  grantItems,
  grantKey,
  grantObjects,
} from './constructs/grants.ts';
import { PlatformFunction } from './constructs/platform-function.ts';
import type { DataStack } from './data-stack.ts';

interface PlatformProps extends StackProps {
  readonly config: Config;
  readonly data: DataStack;
  /** Folder of the built native layer. */
  readonly layerFolder: string;
}

const { ANY, GET, POST } = apigateway.HttpMethod;

/** The API, its functions and the bus: replaceable, because it keeps nothing. */
export class PlatformStack extends Stack {
  readonly api: apigateway.HttpApi;
  readonly bus: events.EventBus;
  readonly functions: Record<string, PlatformFunction> = {};
  readonly deadLetterQueues: Record<string, DeadLetterQueue> = {};
  private readonly props: PlatformProps;

  constructor(scope: Construct, id: string, props: PlatformProps) {
    super(scope, id, props);
    this.props = props;
    this.bus = new events.EventBus(this, 'Bus', { description: 'What happened in Skiff' });
    this.api = this.makeApi();
    this.addRegistry();
    this.addDeployments();
    this.addInference();
    this.addGovernance();
    this.addReference();
    const sources = list(props.config.sourceBuckets);
    for (const fn of Object.values(this.functions)) explainWildcards(fn, sources);
    new CfnOutput(this, 'ApiUrl', { value: this.api.apiEndpoint });
    new CfnOutput(this, 'TableName', { value: props.data.table.tableName });
    new CfnOutput(this, 'ArtifactsBucket', { value: props.data.artifacts.bucketName });
    new CfnOutput(this, 'DataBucket', { value: props.data.data.bucketName });
    new CfnOutput(this, 'EventBusName', { value: this.bus.eventBusName });
  }

  private makeApi(): apigateway.HttpApi {
    const { config, data } = this.props;
    const authorize = this.addFunction('Authorize', {
      handler: 'access/handlers/authorize.ts',
      description: 'Who is calling',
      timeout: Duration.seconds(10),
      environment: { TABLE_NAME: data.table.tableName },
    });
    grantItems(authorize, data, ['GetItem'], ['TOKEN#*']);
    grantKey(authorize, data, 'read');
    const origins = list(config.corsOrigins);
    const api = new apigateway.HttpApi(this, 'Api', {
      createDefaultStage: false,
      defaultAuthorizer: new HttpLambdaAuthorizer('Authorizer', authorize, {
        responseTypes: [HttpLambdaResponseType.SIMPLE],
        identitySource: ['$request.header.Authorization'],
        resultsCacheTtl: Duration.seconds(config.authorizerCacheSeconds),
      }),
      ...(origins.length > 0 && {
        corsPreflight: {
          allowOrigins: origins,
          allowMethods: [apigateway.CorsHttpMethod.ANY],
          allowHeaders: [
            'authorization',
            'content-type',
            'if-match',
            'idempotency-key',
            'x-request-id',
          ],
          exposeHeaders: ['etag', 'x-request-id'],
        },
      }),
    });
    const accessLogs = new logs.LogGroup(this, 'AccessLogs', {
      retention: config.logRetentionDays as logs.RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new apigateway.HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: config.throttleRate, burstLimit: config.throttleBurst },
      accessLogSettings: { destination: new apigateway.LogGroupLogDestination(accessLogs) },
    });
    return api;
  }

  private addRegistry(): void {
    const { config, data } = this.props;
    const environment = {
      TABLE_NAME: data.table.tableName,
      ARTIFACTS_BUCKET: data.artifacts.bucketName,
      DATA_BUCKET: data.data.bucketName,
      SKIFF_SOURCE_BUCKETS: config.sourceBuckets,
      SKIFF_SYNC_ARTIFACT_BYTES: String(config.syncArtifactMb * 2 ** 20),
    };
    const worker = this.addFunction('RegisterVersion', {
      handler: 'registry/handlers/register-version.ts',
      description: 'Registers versions with large artifacts',
      memoryMb: config.registrationMemoryMb,
      timeout: Duration.minutes(15),
      environment,
    });
    worker.configureAsyncInvoke({
      retryAttempts: 2,
      maxEventAge: Duration.hours(1),
      onFailure: new SqsDestination(this.addDeadLetterQueue('RegisterVersion')),
    });
    const api = this.addFunction('RegistryApi', {
      handler: 'registry/handlers/api.ts',
      description: 'Models, versions, uploads, aliases',
      memoryMb: 1769,
      environment: { ...environment, REGISTER_VERSION_FUNCTION: worker.functionName },
    });
    for (const fn of [api, worker]) {
      const partitions = ['MODEL#*', 'UPLOAD#*', 'REGISTRATION#*', 'IDEMPOTENCY#*', 'AUDIT'];
      grantItems(
        fn,
        data,
        ['GetItem', 'PutItem', 'UpdateItem', 'Query', 'ConditionCheckItem'],
        partitions,
      );
      grantObjects(fn, data.artifacts.bucketArn, ['GetObject', 'PutObject'], 'uploads/');
      grantObjects(
        fn,
        data.artifacts.bucketArn,
        ['GetObject', 'PutObject', 'AbortMultipartUpload'],
        'artifacts/',
      );
      grantObjects(fn, data.data.bucketArn, ['GetObject'], '');
      for (const bucket of list(config.sourceBuckets)) {
        grantObjects(fn, `arn:${this.partition}:s3:::${bucket}`, ['GetObject'], '');
      }
      grantKey(fn, data, 'write');
    }
    grantIndex(api, data, ['MODELS']);
    api.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [worker.functionArn],
      }),
    );
    this.addRoutes(api, ANY, [
      '/api/v1/models',
      '/api/v1/models/{proxy+}',
      '/api/v1/uploads',
      '/api/v1/registrations/{proxy+}',
    ]);
  }

  private addDeployments(): void {
    const { data } = this.props;
    const api = this.addFunction('DeploymentsApi', {
      handler: 'deployments/handlers/api.ts',
      description: 'Endpoints and their revisions',
      environment: {
        TABLE_NAME: data.table.tableName,
        SKIFF_MAX_SERVED_BYTES: String(this.maxServedBytes()),
      },
    });
    const partitions = ['ENDPOINT#*', 'MODEL#*', 'AUDIT'];
    grantItems(
      api,
      data,
      ['GetItem', 'PutItem', 'UpdateItem', 'Query', 'ConditionCheckItem'],
      partitions,
    );
    grantIndex(api, data, ['ENDPOINTS']);
    grantKey(api, data, 'write');
    this.addRoutes(api, ANY, ['/api/v1/endpoints', '/api/v1/endpoints/{proxy+}']);
  }

  private addInference(): void {
    const { config, data, layerFolder } = this.props;
    const layer = new lambda.LayerVersion(this, 'OnnxRuntime', {
      description: 'ONNX Runtime, pruned to what Lambda runs',
      code: lambda.Code.fromAsset(layerFolder),
      compatibleRuntimes: [lambda.Runtime.NODEJS_24_X],
    });
    const infer = this.addFunction('Infer', {
      handler: 'inference/realtime/handlers/infer.ts',
      description: 'Predictions',
      memoryMb: config.inferenceMemoryMb,
      layers: [layer],
      environment: {
        TABLE_NAME: data.table.tableName,
        ARTIFACTS_BUCKET: data.artifacts.bucketName,
      },
    });
    grantItems(infer, data, ['GetItem'], ['ENDPOINT#*']);
    grantObjects(infer, data.artifacts.bucketArn, ['GetObject'], 'artifacts/');
    grantKey(infer, data, 'read');
    this.addRoutes(infer, ANY, ['/v2', '/v2/{proxy+}']);
    this.addRoutes(infer, POST, ['/api/v1/endpoints/{endpoint}/predictions']);
    this.addRoutes(infer, GET, ['/v2/health/live', '/v2/health/ready'], 'open');
  }

  /** The runtime holds file and tensors: a third of the memory is what a file may have. */
  private maxServedBytes(): number {
    return Math.floor((this.props.config.inferenceMemoryMb * 2 ** 20) / 3);
  }

  private addGovernance(): void {
    const { data } = this.props;
    const api = this.addFunction('GovernanceApi', {
      handler: 'governance/handlers/api.ts',
      description: 'The audit log',
      environment: { TABLE_NAME: data.table.tableName },
    });
    grantItems(api, data, ['Query'], ['AUDIT']);
    grantIndex(api, data, ['AUDIT#*']);
    grantKey(api, data, 'read');
    this.addRoutes(api, ANY, ['/api/v1/audit']);
    const publish = this.addFunction('PublishEvents', {
      handler: 'governance/handlers/publish-events.ts',
      description: 'From the audit log to the bus',
      environment: { EVENT_BUS_NAME: this.bus.eventBusName },
    });
    publish.addToRolePolicy(
      new iam.PolicyStatement({ actions: ['events:PutEvents'], resources: [this.bus.eventBusArn] }),
    );
    publish.addEventSource(
      new DynamoEventSource(data.table, {
        startingPosition: lambda.StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        retryAttempts: 20,
        onFailure: new SqsDlq(this.addDeadLetterQueue('PublishEvents')),
        filters: [
          lambda.FilterCriteria.filter({
            eventName: lambda.FilterRule.isEqual('INSERT'),
            dynamodb: { Keys: { pk: { S: lambda.FilterRule.isEqual('AUDIT') } } },
          }),
        ],
      }),
    );
  }

  private addReference(): void {
    const api = this.addFunction('ReferenceApi', {
      handler: 'reference/handlers/api.ts',
      description: 'Health and the description of the API',
    });
    this.addRoutes(api, GET, ['/api/v1/openapi.json']);
    this.addRoutes(api, GET, ['/api/v1/health'], 'open');
  }

  private addFunction(
    id: string,
    props: Omit<ConstructorParameters<typeof PlatformFunction>[2], 'config'>,
  ): PlatformFunction {
    const fn = new PlatformFunction(this, id, { config: this.props.config, ...props });
    this.functions[id] = fn;
    return fn;
  }

  private addDeadLetterQueue(id: string): DeadLetterQueue {
    const queue = new DeadLetterQueue(this, `${id}DeadLetters`, this.props.data.key);
    this.deadLetterQueues[id] = queue;
    return queue;
  }

  private addRoutes(
    fn: PlatformFunction,
    method: apigateway.HttpMethod,
    paths: readonly string[],
    access: 'token' | 'open' = 'token',
  ): void {
    const integration = new HttpLambdaIntegration(`${fn.node.id}Integration`, fn);
    for (const path of paths) {
      const routes = this.api.addRoutes({
        path,
        methods: [method],
        integration,
        ...(access === 'open' && { authorizer: new apigateway.HttpNoneAuthorizer() }),
      });
      if (access === 'open') {
        for (const route of routes) {
          Validations.of(route).acknowledge({
            id: 'AwsSolutions-APIG4',
            reason: 'Health is what load balancers and monitors ask for, without a token.',
          });
        }
      }
    }
  }
}
