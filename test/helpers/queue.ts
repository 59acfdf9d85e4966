import { stack, unique } from './stack.ts';

/** A queue in the local AWS, spoken to in SQS's JSON protocol: three calls are no reason for a client. */
export class Queue {
  readonly url: string;
  readonly arn: string;
  private constructor(url: string, arn: string) {
    this.url = url;
    this.arn = arn;
  }

  static async create(): Promise<Queue> {
    const { QueueUrl } = await sqs('CreateQueue', { QueueName: unique('queue') });
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

async function sqs(operation: string, input: object): Promise<any> {
  const { awsEndpointUrl, region } = stack();
  const response = await fetch(awsEndpointUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AmazonSQS.${operation}`,
      // The emulator reads region and service from it, and checks no signature.
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/sqs/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(input),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${operation}: ${response.status} ${text}`);
  return text === '' ? {} : JSON.parse(text);
}
