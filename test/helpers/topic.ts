import { stack } from './stack.ts';

/** Has a topic of the local AWS send what it is told to a queue. */
export async function subscribe(topic: string, queue: string): Promise<void> {
  const { awsEndpointUrl, region } = stack();
  const response = await fetch(awsEndpointUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      // The emulator reads region and service from it, and checks no signature.
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/sns/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: new URLSearchParams({
      ...{ Action: 'Subscribe', Version: '2010-03-31' },
      ...{ TopicArn: topic, Protocol: 'sqs', Endpoint: queue },
    }),
  });
  if (!response.ok) throw new Error(`Subscribe: ${response.status} ${await response.text()}`);
}
