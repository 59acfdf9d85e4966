import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { ulid } from 'ulid';
import { getItem, type Item, table } from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import { Feedback } from './schema.ts';

const DAY_MS = 86_400_000;
/** Twice as long as feedback may come late. */
const KEPT_MS = 800 * DAY_MS;
const MAX_CORRECTIONS = 10;

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
const keyOf = (endpoint: string, { at, predictionId, row }: Feedback) =>
  keys.feedback(endpoint, dayOf(Date.parse(at)), predictionId, row);

/** What a later message has to agree with; the names of who sent it have no part in it. */
const factsOf = ({ label, value }: Feedback) => JSON.stringify([label ?? null, value ?? null]);

/** @returns what is there already, where something is: nothing is written then */
export async function addFeedback(
  endpoint: string,
  feedback: Feedback,
): Promise<Feedback | undefined> {
  const added = await put(endpoint, feedback, { ConditionExpression: 'attribute_not_exists(pk)' });
  if (added) return undefined;
  return Feedback.parse(await getItem(keyOf(endpoint, feedback)));
}

export const isSame = (a: Feedback, b: Feedback): boolean => factsOf(a) === factsOf(b);

/** @returns false where what is there is no longer what was `seen` */
export function replaceFeedback(
  endpoint: string,
  feedback: Feedback,
  seen: Feedback,
): Promise<boolean> {
  const { label, value, receivedAt, receivedFrom, corrections = [] } = seen;
  const before = { label, value, receivedAt, receivedFrom };
  return put(
    endpoint,
    { ...feedback, corrections: [before, ...corrections].slice(0, MAX_CORRECTIONS) },
    { ConditionExpression: 'facts = :seen', ExpressionAttributeValues: { ':seen': factsOf(seen) } },
  );
}

/** One conditional write; false where its condition failed. */
async function put(endpoint: string, feedback: Feedback, condition: object): Promise<boolean> {
  const { documents, name } = table();
  const facts = factsOf(feedback);
  const expiresAt = Math.floor((Date.parse(feedback.at) + KEPT_MS) / 1000);
  const Item: Item = { ...keyOf(endpoint, feedback), ...feedback, facts, expiresAt };
  try {
    await documents.send(new PutCommand({ TableName: name, Item, ...condition }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

export interface FeedbackSpan {
  readonly endpoint: string;
  /** Milliseconds since the epoch, of the predictions. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** Sort key after which to go on. */
  readonly after?: string | undefined;
  /** Items of one read; as many as fit where it is left out. */
  readonly pageSize?: number | undefined;
}

/**
 * Feedback on the predictions of a span of time, in their order. A day is a partition, and the
 * prediction ids in it begin with their time: only what is asked for is read.
 */
export async function* readFeedback(span: FeedbackSpan): AsyncGenerator<Feedback> {
  for await (const item of readItems(span)) yield Feedback.parse(item);
}

export async function* readItems(span: FeedbackSpan): AsyncGenerator<Item> {
  const { endpoint, from, to, after, pageSize } = span;
  const { documents, name } = table();
  const low = after === undefined ? timePart(from) : `${after} `;
  for (let day = from - (from % DAY_MS); day < to; day += DAY_MS) {
    const query = {
      TableName: name,
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: {
        ':pk': keys.feedback(endpoint, dayOf(day), '', 0).pk,
        ':from': low,
        ':to': timePart(to),
      },
    };
    for await (const { Items = [] } of paginateQuery(
      { client: documents, ...(pageSize && { pageSize }) },
      query,
    )) {
      yield* Items;
    }
  }
}

/** Ids of that millisecond begin with it and are longer, so that they come after it. */
const timePart = (at: number): string => ulid(at).slice(0, 10);
