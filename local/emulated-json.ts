import type { LocalAws } from './local-aws.ts';

const TARGETS = { kinesis: 'Kinesis_20131202', sqs: 'AmazonSQS' };

/** A call of a service in the local AWS, for which no client of the SDK is here. */
export async function emulated<T>(
  { awsEndpointUrl, region }: Pick<LocalAws, 'awsEndpointUrl' | 'region'>,
  service: keyof typeof TARGETS,
  operation: string,
  input: object,
): Promise<T> {
  const response = await fetch(awsEndpointUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `${TARGETS[service]}.${operation}`,
      // The emulator reads region and service from it, and checks no signature.
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(input),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${operation}: ${response.status} ${text}`);
  return JSON.parse(text || '{}');
}
