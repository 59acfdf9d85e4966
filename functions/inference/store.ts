import { type AttributeValue, getItem, getObject } from '#shared/aws-read.ts';
import { keys } from '#shared/keys.ts';
import type { ServingEndpoint } from '#slices/deployments';
import { PLAIN_ENDPOINT } from './plain-endpoint.ts';
import type { Artifact } from './sessions.ts';

/** Reads the one record that says all about an endpoint; undefined where it is not there. */
export async function fetchEndpoint(
  table: string,
  name: string,
): Promise<ServingEndpoint | undefined> {
  const { pk, sk } = keys.endpoint(name);
  const item = await getItem(table, { pk: { S: pk }, sk: { S: sk } });
  const { serving, deleted } = unmarshal({ M: item ?? {} }) as {
    serving?: ServingEndpoint;
    deleted?: boolean;
  };
  return deleted || !serving ? undefined : { ...PLAIN_ENDPOINT, ...serving };
}

export const fetchArtifact = (bucket: string, artifact: Artifact): Promise<Uint8Array> =>
  getObject(bucket, `artifacts/sha256/${artifact.sha256}`, artifact.sizeBytes);

/** DynamoDB's JSON as plain values, of the types that records of endpoints have. */
export function unmarshal(value: AttributeValue): unknown {
  if ('S' in value) return value.S;
  if ('N' in value) return Number(value.N);
  if ('BOOL' in value) return value.BOOL;
  if ('L' in value) return value.L.map(unmarshal);
  if (!('M' in value)) return null;
  return Object.fromEntries(
    Object.entries(value.M).map(([name, inner]) => [name, unmarshal(inner)]),
  );
}
