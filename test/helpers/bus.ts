import {
  DeleteRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { Queue } from './queue.ts';
import { stack, unique } from './stack.ts';

/** A consumer as any team would add one: a rule on the bus with a queue behind it. */
export async function listen(detail: object): Promise<{ queue: Queue; end: () => Promise<void> }> {
  const { awsEndpointUrl: endpoint, region, eventBus: EventBusName } = stack();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const bus = new EventBridgeClient({ endpoint, region, credentials });
  const queue = await Queue.create();
  const Rule = unique('rule');
  const EventPattern = JSON.stringify({ source: ['skiff'], detail });
  await bus.send(new PutRuleCommand({ Name: Rule, EventBusName, EventPattern }));
  const Targets = [{ Id: 'queue', Arn: queue.arn }];
  await bus.send(new PutTargetsCommand({ Rule, EventBusName, Targets }));
  const end = async () => {
    await bus.send(new RemoveTargetsCommand({ Rule, EventBusName, Ids: ['queue'] }));
    await bus.send(new DeleteRuleCommand({ Name: Rule, EventBusName }));
    await queue.delete();
    bus.destroy();
  };
  return { queue, end };
}
