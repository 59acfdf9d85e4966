import { ulid } from 'ulid';
import { type Table, table, type Write } from '#shared/dynamo.ts';
import { auditIndex, keys } from '#shared/keys.ts';
import type { EventDetail, EventName } from '../../events/catalogue.ts';
import type { AuditEntry } from './schema.ts';

/** What a slice records of a change, and the event that tells the others. */
export interface Change<N extends EventName = EventName> {
  readonly actor: string;
  readonly action: string;
  readonly resource: string;
  readonly before?: Record<string, unknown> | undefined;
  readonly after?: Record<string, unknown> | undefined;
  readonly requestId?: string | undefined;
  readonly event: { readonly name: N; readonly detail: EventDetail<N> };
  readonly at: Date;
}

/**
 * The write that records a change. It belongs in the transaction that makes the change, so that
 * there is never one without the other; the table's stream then carries its event to the bus.
 */
export function auditWrite<N extends EventName>(change: Change<N>, to: Table = table()): Write {
  const { event, at, ...facts } = change;
  const entry: AuditEntry = { id: ulid(at.getTime()), at: at.toISOString(), ...facts };
  const item = {
    ...keys.audit(entry.id),
    gsi1pk: auditIndex(entry.resource),
    gsi1sk: entry.id,
    ...entry,
    event,
  };
  return {
    Put: { TableName: to.name, Item: item, ConditionExpression: 'attribute_not_exists(pk)' },
  };
}
