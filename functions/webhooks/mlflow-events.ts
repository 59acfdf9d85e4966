import type { EventName } from '../../events/catalogue.ts';
import type { BusEvent } from './dispatch.ts';
import type { MlflowEvent } from './schema.ts';

/** The events that say what MLflow's webhooks can hear of. */
const SOURCES: Record<string, readonly EventName[]> = {
  'REGISTERED_MODEL CREATED': ['ModelRegistered'],
  'MODEL_VERSION CREATED': ['ModelVersionRegistered', 'ModelVersionKept'],
  'MODEL_VERSION_TAG SET': ['ModelVersionUpdated'],
  'MODEL_VERSION_TAG DELETED': ['ModelVersionUpdated'],
  'MODEL_VERSION_ALIAS CREATED': ['AliasMoved'],
  'MODEL_VERSION_ALIAS DELETED': ['AliasRemoved'],
};

const keyOf = ({ entity, action }: MlflowEvent): string => `${entity} ${action}`;

export const isKnown = (event: MlflowEvent): boolean => Object.hasOwn(SOURCES, keyOf(event));

/** Names of the bus events that a webhook with these has to see. */
export const namesFor = (events: readonly MlflowEvent[]): EventName[] => [
  ...new Set(events.flatMap((event) => SOURCES[keyOf(event)] ?? [])),
];

/** What MLflow says of an event, as far as the event tells it itself. */
export interface MlflowMessage extends MlflowEvent {
  readonly data: Readonly<Record<string, string>>;
}

interface Detail {
  readonly model?: string | undefined;
  readonly version?: number;
  readonly alias?: string;
  readonly status?: string;
  readonly tags?: Readonly<Record<string, string | null>>;
}

/** An event of the bus in MLflow's terms: none, one, or one for each tag. */
export function messagesOf({ name: event, detail }: BusEvent, name: string): MlflowMessage[] {
  const { version, alias = '', status, tags = {} } = detail as Detail;
  const of = { name, version: `${version}` };
  const say = (entity: MlflowEvent['entity'], action: MlflowEvent['action'], data: object) => [
    { entity, action, data: { ...data } },
  ];
  switch (event) {
    case 'ModelRegistered':
      return say('REGISTERED_MODEL', 'CREATED', { name });
    case 'ModelVersionKept':
      // One that is not there yet is registered, or fails, later.
      return status === 'pending' ? [] : say('MODEL_VERSION', 'CREATED', of);
    case 'ModelVersionRegistered':
      return say('MODEL_VERSION', 'CREATED', of);
    case 'ModelVersionUpdated':
      return Object.entries(tags).flatMap(([key, value]) =>
        value === null
          ? say('MODEL_VERSION_TAG', 'DELETED', { ...of, key })
          : say('MODEL_VERSION_TAG', 'SET', { ...of, key, value }),
      );
    case 'AliasMoved':
      return say('MODEL_VERSION_ALIAS', 'CREATED', { name, alias, version: of.version });
    case 'AliasRemoved':
      return say('MODEL_VERSION_ALIAS', 'DELETED', { name, alias });
    default:
      return [];
  }
}

/** The body of a delivery, as MLflow's server writes it. */
export const bodyOf = ({ entity, action }: MlflowEvent, data: object, now: Date): string =>
  JSON.stringify({
    ...{ entity: entity.toLowerCase(), action: action.toLowerCase() },
    ...{ timestamp: now.toISOString(), data },
  });

/** What a test sends: the examples that MLflow's server sends. */
export function exampleOf({ entity, action }: MlflowEvent): object {
  const name = 'example_model';
  const tags = { example_key: 'example_value' };
  const of = { name, version: '1' };
  if (entity === 'REGISTERED_MODEL') {
    return { name, tags, description: 'An example registered model' };
  }
  if (entity === 'MODEL_VERSION') {
    const from = { source: 'models:/123', run_id: 'abcd1234abcd5678' };
    return { ...of, ...from, tags, description: 'An example model version' };
  }
  if (entity === 'MODEL_VERSION_TAG') {
    return { ...of, key: 'example_key', ...(action === 'SET' && { value: 'example_value' }) };
  }
  const alias = 'example_alias';
  return action === 'DELETED' ? { name, alias } : { name, alias, version: '1' };
}
