import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { logger } from '#shared/observability.ts';
import { chainEntries, type Written } from '../chain.ts';

/**
 * The table's stream: each new audit entry becomes a link of the chain. Its head goes to the log,
 * where whoever can change the table cannot change it (docs/access.md).
 */
export const handler = async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  const head = await chainEntries(event.Records.flatMap(entryOf));
  logger.info('audit chain', { 'audit.sequence': head?.sequence, 'audit.hash': head?.hash });
  return { batchItemFailures: [] };
};

function entryOf({ eventName, dynamodb }: DynamoDBRecord): Written[] {
  const image = dynamodb?.NewImage as Record<string, AttributeValue> | undefined;
  if (eventName !== 'INSERT' || dynamodb?.Keys?.pk?.S !== 'AUDIT' || !image) return [];
  const seconds = dynamodb.ApproximateCreationDateTime;
  const writtenAt = new Date(seconds === undefined ? Date.now() : seconds * 1000).toISOString();
  return [{ id: String(dynamodb.Keys.sk?.S), content: unmarshall(image), writtenAt }];
}
