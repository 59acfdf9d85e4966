import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { AppError } from '#core/errors.ts';
import { queryPage } from '#shared/dynamo.ts';

const client = mockClient(DynamoDBDocumentClient);
const from = { documents: client as unknown as DynamoDBDocumentClient, name: 'table' };
const page = (cursor?: string) =>
  queryPage({}, { limit: 2, cursor }, (sk) => ({ pk: 'P', sk }), from);
const refusal = Object.assign(new Error('outside query boundaries'), {
  name: 'ValidationException',
});

describe('queryPage', () => {
  beforeEach(() => {
    client.reset();
  });

  it('goes on after the last item that it gave out', async () => {
    client
      .on(QueryCommand)
      .resolves({ Items: [{ sk: 'a' }, { sk: 'ä' }], LastEvaluatedKey: { sk: 'ä' } });
    const { nextCursor } = await page();
    await page(nextCursor);
    const keys = client
      .commandCalls(QueryCommand)
      .map(({ args }) => args[0].input.ExclusiveStartKey);
    expect(keys).toEqual([undefined, { pk: 'P', sk: 'ä' }]);
  });

  it('reads on where a filter has left the page short', async () => {
    client
      .on(QueryCommand)
      .resolvesOnce({ Items: [{ sk: 'a' }], LastEvaluatedKey: { sk: 'k' } })
      .resolves({ Items: [{ sk: 'z' }] });
    expect(await page()).toEqual({ items: [{ sk: 'a' }, { sk: 'z' }] });
  });

  it.each(['', '%00', 'e30=', 'ü'])(
    'refuses the cursor %j before the table is asked',
    async (cursor) => {
      await expect(page(cursor)).rejects.toThrow('cursor: is not one that a list returned');
      expect(client.calls()).toHaveLength(0);
    },
  );

  it('blames the cursor where the table refuses the key that it stands for', async () => {
    client.on(QueryCommand).rejects(refusal);
    await expect(page('e30')).rejects.toThrow(AppError);
    await expect(page()).rejects.toBe(refusal);
  });
});
