import {
  BatchExecuteStatementCommand,
  type BatchExecuteStatementCommandInput,
  DeleteCommand,
  PutCommand,
} from '@aws-sdk/lib-dynamodb';
import { table } from '#shared/dynamo.ts';
import type { Key } from '#shared/keys.ts';
import { ATTEMPTS, pause, slices, throttled, unlessRefused } from './store.ts';

/*
 * Entries of indexes. A batch of many metrics changes one for each, under conditions, which
 * BatchWriteItem has not: statements of PartiQL have them, 25 in a request.
 */

type Statement = NonNullable<BatchExecuteStatementCommandInput['Statements']>[number];

/** BatchExecuteStatement takes no more. */
const STATEMENTS = 25;
/** What is done again. */
const TRANSIENT =
  /^(ThrottlingError|RequestLimitExceeded|ProvisionedThroughputExceeded|TransactionConflict|InternalServerError)$/;
/** What says that a condition did not hold. */
const REFUSED = /^(DuplicateItem|ConditionalCheckFailed)$/;

/**
 * Puts entries of an index, each with the revision that it is for: it never goes back to an earlier
 * one, so that nobody who comes late takes away what a later writer stands behind.
 */
export async function putEntries(entries: readonly Key[], rev: number): Promise<void> {
  const Statement = `INSERT INTO "${table().name}" VALUE {'pk': ?, 'sk': ?, 'rev': ?}`;
  const known = await execute(entries, ({ pk, sk }) => ({ Statement, Parameters: [pk, sk, rev] }));
  await Promise.all(known.map((entry) => raise(entry, rev)));
}

/** One that is there already, or was a moment ago. */
async function raise(entry: Key, rev: number): Promise<void> {
  const { documents, name } = table();
  const put = new PutCommand({
    ...{ TableName: name, Item: { ...entry, rev }, ExpressionAttributeValues: { ':mine': rev } },
    ConditionExpression: 'attribute_not_exists(rev) OR rev < :mine',
  });
  await unlessRefused(documents.send(put));
}

/** Deletes those that no later revision has put again. */
export async function deleteEntries(entries: readonly Key[], rev: number): Promise<void> {
  const Statement = `DELETE FROM "${table().name}" WHERE pk = ? AND sk = ? AND rev <= ?`;
  const kept = await execute(entries, ({ pk, sk }) => ({ Statement, Parameters: [pk, sk, rev] }));
  await Promise.all(kept.map(deleteUnnumbered));
}

/** Entries of before they had revisions, which compare with nothing. */
async function deleteUnnumbered({ pk, sk }: Key): Promise<void> {
  const { documents, name } = table();
  const command = new DeleteCommand({
    ...{ TableName: name, Key: { pk, sk } },
    ConditionExpression: 'attribute_not_exists(rev)',
  });
  await unlessRefused(documents.send(command));
}

/** @returns the entries whose condition did not hold */
async function execute(entries: readonly Key[], write: (entry: Key) => Statement): Promise<Key[]> {
  const parts = slices(entries, STATEMENTS);
  return (await Promise.all(parts.map((part) => executePart(part, write)))).flat();
}

async function executePart(part: readonly Key[], write: (entry: Key) => Statement): Promise<Key[]> {
  const refused: Key[] = [];
  let rest = part;
  for (let attempt = 0; rest.length > 0; attempt++) {
    if (attempt > ATTEMPTS) throw throttled();
    if (attempt > 0) await pause(attempt);
    const command = new BatchExecuteStatementCommand({ Statements: rest.map(write) });
    const { Responses = [] } = await table().documents.send(command);
    const codes = rest.map((_, i) => Responses[i]?.Error?.Code ?? '');
    const failed = codes.findIndex((code) => code && !TRANSIENT.test(code) && !REFUSED.test(code));
    if (failed >= 0) throw new Error(`an entry of an index: ${Responses[failed]?.Error?.Message}`);
    refused.push(...rest.filter((_, i) => REFUSED.test(codes[i] as string)));
    rest = rest.filter((_, i) => TRANSIENT.test(codes[i] as string));
  }
  return refused;
}
