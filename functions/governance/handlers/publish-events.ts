import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { logger } from '#shared/observability.ts';
import { publish } from '../events.ts';

/**
 * The table's stream: each new audit entry becomes an event on the bus, in order. From the first
 * one that the bus does not take on, the stream hands the rest over again.
 */
export const handler = async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  const entries = event.Records.flatMap(({ dynamodb }) => {
    const image = dynamodb?.NewImage as Record<string, AttributeValue> | undefined;
    if (dynamodb?.Keys?.pk?.S !== 'AUDIT' || !image) return [];
    return [{ sequence: dynamodb.SequenceNumber ?? '', item: unmarshall(image) }];
  });
  const failed = await publish(entries.map(({ item }) => item));
  if (failed === undefined) return { batchItemFailures: [] };
  logger.error('the bus refused an event', { sequence: entries[failed]?.sequence });
  return { batchItemFailures: [{ itemIdentifier: entries[failed]?.sequence ?? '' }] };
};
