import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ulid } from 'ulid';
import { keys } from '#shared/keys.ts';
import { api, stack, unique } from '../../helpers/stack.ts';

type Stored = Record<string, any>;
interface Entry {
  readonly id: string;
  readonly action: string;
  readonly chain?: { readonly sequence: number; readonly previous: string; readonly hash: string };
}

/*
 * Past the API, as somebody with rights to the table would: what was there is put back, but for the
 * entry of the last test, which cannot be undone. So this file expects a log that is whole, and
 * leaves one that is not: nothing else may look at the log meanwhile.
 */
let documents: DynamoDBDocumentClient;
beforeAll(() => {
  const { awsEndpointUrl: endpoint, region } = stack();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  documents = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials }));
});
afterAll(() => documents.destroy());

const TableName = () => stack().table;
const get = async (Key: Stored): Promise<Stored> =>
  (await documents.send(new GetCommand({ TableName: TableName(), Key }))).Item as Stored;
const put = (Item: Stored) => documents.send(new PutCommand({ TableName: TableName(), Item }));
const drop = ({ pk, sk }: Stored) =>
  documents.send(new DeleteCommand({ TableName: TableName(), Key: { pk, sk } }));

/** All pages of a verification; large ones, because the log holds what all other tests did. */
async function verify(query = 'limit=1000') {
  let cursor = '';
  for (;;) {
    const answer = await api.call('GET', `/api/v1/audit/verification?${query}${cursor}`);
    if (answer.status !== 'unfinished') return answer;
    cursor = `&cursor=${answer.nextCursor}`;
  }
}

/** What was done to a new model of some changes, once all of it is part of the chain. */
async function history(): Promise<Required<Entry>[]> {
  const name = unique('audited');
  await api.call('POST', '/api/v1/models', { body: { name, task: 'other' } });
  for (const description of ['a', 'b', 'c', 'd']) {
    await api.call('PATCH', `/api/v1/models/${name}`, { body: { description } });
  }
  for (let attempt = 0; attempt < 100; attempt++) {
    const { items } = await api.call('GET', `/api/v1/audit?resource=model/${name}`);
    if (items.every((entry: Entry) => entry.chain)) return items.reverse();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('the entries did not become part of the chain');
}

describe('the audit log', () => {
  it('carries every change in a chain of hashes', async () => {
    const entries = await history();
    expect(entries.map(({ action }) => action)).toEqual([
      'model.create',
      ...Array(4).fill('model.update'),
    ]);
    const sequences = entries.map(({ chain }) => chain.sequence);
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
    const answer = await verify('limit=300');
    expect(answer).toMatchObject({ status: 'intact', head: { sequence: expect.any(Number) } });
    expect(answer.head.sequence).toBeGreaterThanOrEqual(sequences.at(-1) as number);
    const { sequence, hash } = answer.head;
    expect((await verify(`sequence=${sequence}&hash=${hash}`)).status).toBe('intact');
    const other = await verify(`sequence=${sequence}&hash=${'0'.repeat(64)}`);
    expect(other.broken).toMatchObject({ flaw: 'chain-rewritten', sequence });
  });

  it('shows what was altered, removed or moved, and is whole when that is put back', async () => {
    const [, second, third] = await history();
    const [a, b] = [
      await get(keys.audit(second?.id as string)),
      await get(keys.audit(third?.id as string)),
    ];
    const link = await get(keys.auditLink(second?.chain.sequence as number));
    const next = await get(keys.auditLink((second?.chain.sequence as number) + 1));
    const at = { sequence: second?.chain.sequence, entry: a.id };
    const cases: [() => Promise<unknown>, object][] = [
      [() => put({ ...a, actor: 'somebody-else' }), { flaw: 'entry-altered', ...at }],
      [() => drop(a), { flaw: 'entry-removed', ...at }],
      [
        () => Promise.all([put({ ...a, sk: b.sk }), put({ ...b, sk: a.sk })]),
        { flaw: 'entry-altered', ...at },
      ],
      [() => put({ ...link, digest: '0'.repeat(64) }), { flaw: 'link-altered', ...at }],
      [() => drop(link), { flaw: 'link-removed', sequence: (at.sequence as number) + 1 }],
      [
        () => Promise.all([put({ ...link, sk: next.sk }), put({ ...next, sk: link.sk })]),
        { flaw: 'link-altered', sequence: at.sequence },
      ],
    ];
    for (const [harm, broken] of cases) {
      await harm();
      expect((await verify()).broken).toMatchObject(broken);
      await Promise.all([a, b, link, next].map(put));
      expect((await verify()).broken).toBeUndefined();
    }
  });

  it('shows an entry that was inserted into the past, though it became part of the chain', async () => {
    const [entry] = await history();
    const yesterday = Date.now() - 24 * 3_600_000;
    const id = ulid(yesterday);
    const { gsi1pk, gsi1sk, ...copied } = await get(keys.audit(entry?.id as string));
    await put({ ...copied, ...keys.audit(id), id, at: new Date(yesterday).toISOString() });
    // The stream hands it over to be linked before or after it is looked at.
    let { broken } = await verify();
    for (let attempt = 0; !broken && attempt < 50; attempt++) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      ({ broken } = await verify());
    }
    expect(broken).toMatchObject({ flaw: 'entry-inserted', entry: id });
  });
});
