import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { PlatformStack } from '../platform-stack.ts';
import {
  explainDeadLetters,
  grantIndex,
  grantItems,
  grantKey,
  grantListing,
  grantObjects,
} from './grants.ts';

const { GET } = apigateway.HttpMethod;

/** What endpoints answered, from the summaries that the prediction path leaves. */
export function addTraffic(platform: PlatformStack): void {
  const { data } = platform.props;
  const api = platform.addFunction('TrafficApi', {
    handler: 'traffic/handlers/api.ts',
    description: 'What endpoints answered',
    environment: { TABLE_NAME: data.table.tableName, DATA_BUCKET: data.data.bucketName },
  });
  grantItems(api, data, ['GetItem'], ['ENDPOINT#*']);
  grantItems(api, data, ['Query'], ['TRAFFIC#*']);
  grantKey(api, data, 'read');
  platform.addRoutes(api, GET, [
    '/api/v1/endpoints/{endpoint}/traffic',
    '/api/v1/endpoints/{endpoint}/shadows',
  ]);
  addTidying(platform);
}

/** Once an hour: minutes become hours, small files one. */
function addTidying(platform: PlatformStack): void {
  const { data } = platform.props;
  const tidy = platform.addFunction('TidyTraffic', {
    handler: 'traffic/handlers/tidy-traffic.ts',
    description: 'Rolls up traffic and compacts captures',
    memoryMb: 1769,
    timeout: Duration.minutes(15),
    environment: { TABLE_NAME: data.table.tableName, DATA_BUCKET: data.data.bucketName },
  });
  grantItems(tidy, data, ['Query', 'PutItem', 'DeleteItem'], ['TRAFFIC#*']);
  grantIndex(tidy, data, ['ENDPOINTS', 'DELETED-ENDPOINTS']);
  for (const prefix of ['captures/', 'shadows/']) {
    grantListing(tidy, data.data.bucketArn, prefix);
    grantObjects(tidy, data.data.bucketArn, ['GetObject', 'PutObject', 'DeleteObject'], prefix);
  }
  grantKey(tidy, data, 'write');
  const deadLetterQueue = platform.addDeadLetterQueue('TidyTraffic');
  tidy.configureAsyncInvoke({
    retryAttempts: 2,
    maxEventAge: Duration.hours(1),
    onFailure: new SqsDestination(deadLetterQueue),
  });
  explainDeadLetters(tidy);
  new events.Rule(platform, 'TidySchedule', {
    // Some minutes after the hour, when what its instances held is written.
    schedule: events.Schedule.cron({ minute: '20' }),
    targets: [new LambdaFunction(tidy, { deadLetterQueue, retryAttempts: 3 })],
  });
}
