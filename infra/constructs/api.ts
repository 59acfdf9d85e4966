import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import {
  HttpLambdaAuthorizer,
  HttpLambdaResponseType,
} from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Issuer } from '../../functions/access/issuers.ts';
import { list } from '../config.ts';
import type { PlatformStack } from '../platform-stack.ts';
import { grantAttributes, grantItems, grantKey } from './grants.ts';
import { addUserPool } from './user-pool.ts';

/** One line for each request; a path holds names, a query or header may hold more. */
const LOGGED = {
  '@timestamp': '$context.requestTime',
  'http.request.id': '$context.requestId',
  'source.ip': '$context.identity.sourceIp',
  'user.name': '$context.authorizer.actor',
  'http.request.method': '$context.httpMethod',
  'url.path': '$context.path',
  'http.route': '$context.routeKey',
  'http.response.status_code': '$context.status',
  'error.message': '$context.error.message',
};

/** The one HTTP API, its access logs, and the function that tells who is calling. */
export function makeApi(platform: PlatformStack): apigateway.HttpApi {
  const { config, data } = platform.props;
  const authorize = platform.addFunction('Authorize', {
    handler: 'access/handlers/authorize.ts',
    description: 'Who is calling',
    timeout: Duration.seconds(10),
    environment: {
      TABLE_NAME: data.table.tableName,
      SKIFF_OIDC_ISSUERS: Stack.of(platform).toJsonString(issuersOf(platform)),
    },
  });
  grantItems(authorize, data, ['GetItem'], ['TOKEN#*']);
  grantAttributes(authorize, data, ['TOKEN#*'], ['lastUsedAt']);
  grantKey(authorize, data, 'write');
  const origins = list(config.corsOrigins);
  const api = new apigateway.HttpApi(platform, 'Api', {
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
  const accessLogs = new logs.LogGroup(platform, 'AccessLogs', {
    retention: config.logRetentionDays as logs.RetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  new apigateway.HttpStage(platform, 'Stage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    throttle: { rateLimit: config.throttleRate, burstLimit: config.throttleBurst },
    accessLogSettings: {
      destination: new apigateway.LogGroupLogDestination(accessLogs),
      format: AccessLogFormat.custom(JSON.stringify(LOGGED)),
    },
  });
  return api;
}

/** The issuers that configuration names, and the stack's own user pool. */
const issuersOf = (platform: PlatformStack): Issuer[] => [
  ...platform.props.config.oidcIssuers,
  ...(platform.props.config.cognito ? [addUserPool(platform)] : []),
];
