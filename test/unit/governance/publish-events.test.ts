import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { logger } from '#shared/observability.ts';
import { catalogue } from '../../../events/catalogue.ts';
import sample from '../../../events/governance/publish-events.json' with { type: 'json' };
import { handler } from '../../../functions/governance/handlers/publish-events.ts';

process.env.EVENT_BUS_NAME = 'bus';
const bus = mockClient(EventBridgeClient);
const [record] = sample.Records as [(typeof sample.Records)[0]];
const records = (count: number) => ({
  Records: Array.from({ length: count }, (_, i) => ({
    ...record,
    dynamodb: { ...record.dynamodb, SequenceNumber: `${i}` },
  })),
});
const run = (event: object) => handler(event as unknown as Parameters<typeof handler>[0]);

describe('publish-events', () => {
  beforeEach(() => {
    bus.reset();
  });

  it('puts the event of an audit entry on the bus, as the catalogue says', async () => {
    bus.on(PutEventsCommand).resolves({ Entries: [{}] });
    expect(await run(sample)).toEqual({ batchItemFailures: [] });
    const [entry] = bus.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries ?? [];
    expect(entry).toMatchObject({ EventBusName: 'bus', Source: 'skiff', DetailType: 'AliasMoved' });
    const detail = catalogue.AliasMoved.strict().parse(JSON.parse(entry?.Detail ?? ''));
    expect(detail).toMatchObject({
      actor: 'alice',
      version: 3,
      from: 2,
      id: record.dynamodb.NewImage.id.S,
    });
  });

  it('sends no more at once than the bus takes', async () => {
    bus.on(PutEventsCommand).resolves({ Entries: [] });
    await run(records(23));
    const sizes = bus
      .commandCalls(PutEventsCommand)
      .map(({ args }) => args[0].input.Entries?.length);
    expect(sizes).toEqual([10, 10, 3]);
  });

  it('hands back the first that the bus refused, so that order is kept', async () => {
    jest.spyOn(logger, 'error').mockReturnValue();
    bus
      .on(PutEventsCommand)
      .resolvesOnce({ Entries: [] })
      .resolves({ Entries: [{}, { ErrorCode: 'ThrottlingException' }, {}] });
    expect(await run(records(13))).toEqual({ batchItemFailures: [{ itemIdentifier: '11' }] });
  });

  it('repeats nothing that was delivered before the bus failed', async () => {
    jest.spyOn(logger, 'error').mockReturnValue();
    bus.on(PutEventsCommand).resolvesOnce({ Entries: [] }).rejects(new Error('no connection'));
    expect(await run(records(13))).toEqual({ batchItemFailures: [{ itemIdentifier: '10' }] });
  });

  it('fails as a whole where the bus took nothing, so that the alarm on errors sees it', async () => {
    bus.on(PutEventsCommand).rejects(new Error('no permission'));
    await expect(run(records(13))).rejects.toThrow('no permission');
  });

  it.each([
    ['no event', { event: { NULL: true } }],
    ['an event that is not in the catalogue', { event: { M: { name: { S: 'X' } } } }],
    ['a time that is none', { at: { S: 'yesterday' } }],
  ])('does not let an entry with %s hold up the others', async (_, spoiled) => {
    const logged = jest.spyOn(logger, 'error').mockReturnValue();
    bus.on(PutEventsCommand).resolves({ Entries: [] });
    const { Records } = records(3);
    const image = { ...record.dynamodb.NewImage, ...spoiled };
    const poison = { ...record, dynamodb: { ...record.dynamodb, NewImage: image } };
    Records.splice(1, 1, poison as (typeof Records)[0]);
    expect(await run({ Records })).toEqual({ batchItemFailures: [] });
    expect(bus.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries).toHaveLength(2);
    const { id, SequenceNumber } = { id: image.id.S, ...record.dynamodb };
    expect(logged).toHaveBeenCalledWith(expect.any(String), { id, sequence: SequenceNumber });
  });

  it('names the right record where entries before it were passed over', async () => {
    jest.spyOn(logger, 'error').mockReturnValue();
    bus.on(PutEventsCommand).resolves({ Entries: [{}, { ErrorCode: 'InternalFailure' }] });
    const { Records } = records(3);
    Records.unshift({ ...record, dynamodb: { ...record.dynamodb, NewImage: {} as never } });
    expect(await run({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
  });

  it('passes over what is no audit entry', async () => {
    const other = {
      ...record,
      dynamodb: { ...record.dynamodb, Keys: { pk: { S: 'MODEL#a' }, sk: { S: 'CURRENT' } } },
    };
    expect(await run({ Records: [other] })).toEqual({ batchItemFailures: [] });
    expect(bus.commandCalls(PutEventsCommand)).toHaveLength(0);
  });
});
