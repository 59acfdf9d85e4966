import {
  BatchExecuteStatementCommand,
  BatchWriteCommand,
  DeleteCommand,
  PutCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { deleteEntries, putEntries } from '../../../functions/tracking/entry-store.ts';
import { logBatch } from '../../../functions/tracking/log.ts';
import { createRun } from '../../../functions/tracking/runs.ts';
import { trackingTable } from '../../helpers/tracking-table.ts';

process.env.TABLE_NAME = 'table';
const SPACE = 'default';
let table: ReturnType<typeof trackingTable>;

beforeEach(() => {
  table = trackingTable(10_000);
});

const count = (command: unknown) => table.client.commandCalls(command as never).length;
const writes = () => ({
  history: count(BatchWriteCommand),
  indexes: count(BatchExecuteStatementCommand),
  single: count(PutCommand) + count(DeleteCommand),
});

describe('a batch of 1000 metrics', () => {
  const batch = (step: number) => ({
    metrics: Array.from({ length: 1000 }, (_, i) => ({
      ...{ key: `m${i}`, value: i + step, timestamp: 1000 + step, step },
    })),
    ...{ params: [], tags: [] },
  });

  it('is written 25 at a time, and again so where the values change; sent again, hardly at all', async () => {
    const wanted = { experimentId: '0', userId: '', name: 'r', startTime: 1, tags: new Map() };
    const { info } = await createRun(SPACE, wanted);
    const log = async (step: number) => {
      table.client.resetHistory();
      await logBatch(SPACE, info.id, batch(step));
      return writes();
    };
    expect(await log(1)).toEqual({ history: 40, indexes: 40, single: 1 });
    // Those of the old values go.
    expect(await log(2)).toEqual({ history: 40, indexes: 80, single: 1 });
    expect(await log(2)).toEqual({ history: 40, indexes: 0, single: 0 });
    const entries = [...table.items.values()].filter(({ pk }) => pk.includes('#RUN#metric#'));
    expect(entries).toHaveLength(1000);
  });
});

describe('entries of indexes', () => {
  const entries = Array.from({ length: 30 }, (_, i) => ({ pk: 'index', sk: `e${i}` }));
  const revs = () => [...table.items.values()].map(({ rev }) => rev);

  it('never go back to an earlier revision, and are deleted by no earlier one', async () => {
    await putEntries(entries, 5);
    await putEntries(entries, 3);
    expect(revs()).toEqual(Array(30).fill(5));
    await putEntries(entries.slice(0, 10), 7);
    await deleteEntries(entries, 6);
    expect(revs()).toEqual(Array(10).fill(7));
    await deleteEntries(entries, 7);
    expect(revs()).toEqual([]);
  });

  it('without a revision, as they once were, are deleted too', async () => {
    for (const entry of entries) table.items.set(`${entry.pk}|${entry.sk}`, entry);
    await putEntries(entries.slice(0, 1), 7);
    await deleteEntries(entries, 6);
    expect([...table.items.values()]).toEqual([{ ...entries[0], rev: 7 }]);
  });

  it('are tried again where the table was too busy for some', async () => {
    let calls = 0;
    table.client.on(BatchExecuteStatementCommand).callsFake(({ Statements }) => {
      const isBusy = calls++ === 0;
      const Responses = Statements.map(({ Parameters }: { Parameters: unknown[] }, i: number) => {
        if (isBusy && i % 2 === 0) return { Error: { Code: 'ThrottlingError' } };
        const [pk, sk, rev] = Parameters as [string, string, number];
        table.items.set(`${pk}|${sk}`, { pk, sk, rev });
        return {};
      });
      return { Responses };
    });
    await putEntries(entries.slice(0, 20), 1);
    expect([calls, revs()]).toEqual([2, Array(20).fill(1)]);
  });

  it('fail where a statement is wrong, and where the table stays busy', async () => {
    const answer = (Code: string) =>
      table.client.on(BatchExecuteStatementCommand).callsFake(({ Statements }) => ({
        Responses: Statements.map(() => ({ Error: { Code, Message: 'no' } })),
      }));
    answer('ValidationError');
    await expect(putEntries(entries, 1)).rejects.toThrow('an entry of an index: no');
    answer('ThrottlingError');
    await expect(deleteEntries(entries.slice(0, 1), 1)).rejects.toThrow('took not all');
  });
});
