import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { logger } from '#shared/observability.ts';
import { publish, publishable } from '../events.ts';

/**
 * The table's stream: each new audit entry becomes an event on the bus, in order. From the first
 * one that the bus does not take on, the stream hands the rest over again. An entry that no event
 * can be made of would fail for ever: it is passed over, so that it does not hold up the others.
 */
export const handler = async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  const entries = event.Records.flatMap(({ dynamodb }) => {
    const image = dynamodb?.NewImage as Record<string, AttributeValue> | undefined;
    if (dynamodb?.Keys?.pk?.S !== 'AUDIT' || !image) return [];
    const sequence = dynamodb.SequenceNumber ?? '';
    const entry = publishable(unmarshall(image));
    if (!entry) logger.error('an audit entry holds no event', { sequence, id: image.id?.S });
    return entry ? [{ sequence, entry }] : [];
  });
  const failed = await publish(entries.map(({ entry }) => entry));
  if (failed === undefined) return { batchItemFailures: [] };
  logger.error('the bus refused an event', { sequence: entries[failed]?.sequence });
  return { batchItemFailures: [{ itemIdentifier: entries[failed]?.sequence ?? '' }] };
};
