import { putItem, putObject } from '#shared/aws-write.ts';
import { keys } from '#shared/keys.ts';
import type { CaptureSink } from './recorder.ts';
import type { SummaryItem } from './summaries.ts';

const DAY_SECONDS = 86_400;
/** To look at minute by minute; hours are rolled up and kept longer. */
const KEPT_DAYS = 14;

/** Captures as objects of the data bucket, summaries as items of the table. */
export const awsSink = ({ table, bucket }: { table: string; bucket: string }): CaptureSink => ({
  putFile: (key, bytes) => putObject(bucket, key, bytes),
  putSummary: (item) => putItem(table, attributesOf(item)),
});

function attributesOf({ target, minute, instance, before, summary, shadow }: SummaryItem) {
  const { endpoint, variant } = target;
  const source = `${endpoint.revision}#${instance}`;
  // No variant has a colon in its name.
  const name = shadow ? `shadow:${variant.name}` : variant.name;
  const { pk, sk } = keys.traffic(endpoint.name, minute, name, source);
  const expiresAt = Date.parse(minute) / 1000 + KEPT_DAYS * DAY_SECONDS;
  return {
    pk: { S: pk },
    sk: { S: sk },
    expiresAt: { N: String(expiresAt) },
    minute: { S: minute },
    variant: { S: variant.name },
    revision: { N: String(endpoint.revision) },
    model: { S: variant.model },
    version: { N: String(variant.version) },
    instance: { S: instance },
    before: { N: String(before) },
    summary: { S: JSON.stringify(summary) },
    ...(shadow && { shadow: { BOOL: true } }),
  };
}
