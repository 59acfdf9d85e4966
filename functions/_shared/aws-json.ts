import { type AttributeValue, call, type Item, serviceUrl } from './aws-read.ts';

/*
 * What a stream's consumer writes, in the way of aws-read.ts: three more clients of the SDK would
 * weigh more than all of the consumer. Every one of these services speaks JSON over POST.
 */

const PROTOCOLS = {
  dynamodb: { prefix: 'DynamoDB_20120810', version: '1.0' },
  kinesis: { prefix: 'Kinesis_20131202', version: '1.1' },
  firehose: { prefix: 'Firehose_20150804', version: '1.1' },
  sqs: { prefix: 'AmazonSQS', version: '1.0' },
} as const;

const MAX_ANSWER_BYTES = 2 ** 20;

/**
 * One call of a service, tried again where it fails for load or outage.
 * @throws AppError `unavailable`, or an Error with what the service refused
 */
export async function callService(
  service: keyof typeof PROTOCOLS,
  operation: string,
  input: unknown,
): Promise<Record<string, unknown>> {
  const { prefix, version } = PROTOCOLS[service];
  const answer = await call({
    ...{ url: serviceUrl(service), method: 'POST', service, maxBytes: MAX_ANSWER_BYTES },
    headers: {
      'content-type': `application/x-amz-json-${version}`,
      'x-amz-target': `${prefix}.${operation}`,
    },
    body: JSON.stringify(input),
  });
  return answer.length === 0 ? {} : JSON.parse(answer.toString('utf8'));
}

interface Condition {
  readonly expression: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, AttributeValue>>;
}

/** Writes an item where a condition holds of what is there. @returns whether it did */
export async function putItemIf(table: string, item: Item, condition: Condition): Promise<boolean> {
  const { expression, names, values } = condition;
  try {
    await callService('dynamodb', 'PutItem', {
      ...{ TableName: table, Item: item, ConditionExpression: expression },
      ...(names && { ExpressionAttributeNames: names }),
      ...(values && { ExpressionAttributeValues: values }),
    });
    return true;
  } catch (error) {
    if (/ConditionalCheckFailed/.test((error as Error).message)) return false;
    throw error;
  }
}

/** A strongly consistent read; undefined where there is no such item. */
export async function readItem(table: string, key: Item): Promise<Item | undefined> {
  const { Item } = await callService('dynamodb', 'GetItem', {
    ...{ TableName: table, Key: key, ConsistentRead: true },
  });
  return Item as Item | undefined;
}
