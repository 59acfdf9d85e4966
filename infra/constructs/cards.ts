import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import type { PlatformStack } from '../platform-stack.ts';
import { grantItems, grantKey, grantObjects } from './grants.ts';

const { ANY } = apigateway.HttpMethod;

/** Model cards: written by people in part, read in many formats. */
export function addCards(platform: PlatformStack): void {
  const { data } = platform.props;
  const api = platform.addFunction('CardsApi', {
    handler: 'cards/handlers/api.ts',
    description: 'Model cards',
    environment: {
      TABLE_NAME: data.table.tableName,
      ARTIFACTS_BUCKET: data.artifacts.bucketName,
      DATA_BUCKET: data.data.bucketName,
    },
  });
  grantItems(api, data, ['GetItem', 'PutItem', 'Query'], ['MODEL#*', 'VALIDATION#*', 'AUDIT']);
  grantObjects(api, data.data.bucketArn, ['GetObject'], 'reports/validations/');
  grantKey(api, data, 'write');
  const card = '/api/v1/models/{model}/versions/{version}/card';
  platform.addRoutes(api, ANY, [card, `${card}/{proxy+}`]);
}
