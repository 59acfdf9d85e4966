import { emulated } from '../../local/emulated-json.ts';
import { stack, unique } from './stack.ts';

/** A queue in the local AWS. */
export class Queue {
  readonly url: string;
  readonly arn: string;
  private constructor(url: string, arn: string) {
    this.url = url;
    this.arn = arn;
  }

  static async create(): Promise<Queue> {
    const { QueueUrl } = await sqs('CreateQueue', { QueueName: unique('queue') });
    return Queue.at(QueueUrl);
  }

  static async at(QueueUrl: string): Promise<Queue> {
    const { Attributes } = await sqs('GetQueueAttributes', {
      QueueUrl,
      AttributeNames: ['QueueArn'],
    });
    return new Queue(QueueUrl, Attributes.QueueArn);
  }

  /** The bodies of messages, as JSON, until `count` have come; fewer only where time runs out. */
  async receive(count: number, attempts = 30): Promise<any[]> {
    const bodies: any[] = [];
    for (let i = 0; i < attempts && bodies.length < count; i++) {
      const { Messages = [] } = await sqs('ReceiveMessage', {
        QueueUrl: this.url,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 1,
      });
      for (const { Body, ReceiptHandle } of Messages) {
        bodies.push(JSON.parse(Body));
        await sqs('DeleteMessage', { QueueUrl: this.url, ReceiptHandle });
      }
    }
    return bodies;
  }

  async send(bodies: readonly string[]): Promise<void> {
    const Entries = bodies.map((MessageBody, i) => ({ Id: String(i), MessageBody }));
    await sqs('SendMessageBatch', { QueueUrl: this.url, Entries });
  }

  /** The first message that is so, or nothing after some time; others are thrown away. */
  async hear(isSo: (message: any) => boolean): Promise<any> {
    for (let i = 0; i < 40; i++) {
      const found = (await this.receive(1, 1)).find(isSo);
      if (found) return found;
    }
  }

  async delete(): Promise<void> {
    await sqs('DeleteQueue', { QueueUrl: this.url });
  }
}

const sqs = (operation: string, input: object) => emulated<any>(stack(), 'sqs', operation, input);
