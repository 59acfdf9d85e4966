import { table, type Write } from '#shared/dynamo.ts';
import { type Key, keys } from '#shared/keys.ts';

interface Served {
  readonly model: string;
  readonly version: number;
}

/**
 * The writes by which models and versions know which endpoints serve them, so that neither can be
 * deleted or archived in the same moment as it is deployed. Each checks what it relies on.
 */
export function deploymentWrites(
  endpoint: string,
  before: readonly Served[],
  after: readonly Served[],
): Write[] {
  const models = diff(
    before.map((s) => s.model),
    after.map((s) => s.model),
    keys.model,
  );
  const versionKey = (id: string) => {
    const { model, version } = JSON.parse(id) as Served;
    return keys.version(model, version);
  };
  const id = ({ model, version }: Served) => JSON.stringify({ model, version });
  const versions = diff(before.map(id), after.map(id), versionKey);
  return [
    ...models.kept.map((key) => checkServable(key, 'attribute_not_exists(deleted)')),
    ...models.added.map((key) => add(endpoint, key, 'attribute_not_exists(deleted)')),
    ...models.removed.map((key) => remove(endpoint, key)),
    ...versions.kept.map((key) => checkServable(key, SERVABLE)),
    ...versions.added.map((key) => add(endpoint, key, SERVABLE)),
    ...versions.removed.map((key) => remove(endpoint, key)),
  ];
}

const SERVABLE = 'NOT #status IN (:archived, :rejected)';
const servable = (condition: string) =>
  condition === SERVABLE
    ? {
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':archived': 'archived', ':rejected': 'rejected' },
      }
    : {};

function diff(before: string[], after: string[], keyOf: (id: string) => Key) {
  const [old, now] = [new Set(before), new Set(after)];
  return {
    kept: [...now].filter((id) => old.has(id)).map(keyOf),
    added: [...now].filter((id) => !old.has(id)).map(keyOf),
    removed: [...old].filter((id) => !now.has(id)).map(keyOf),
  };
}

const checkServable = (key: Key, condition: string): Write => ({
  ConditionCheck: {
    TableName: table().name,
    Key: key,
    ConditionExpression: `attribute_exists(pk) AND ${condition}`,
    ...servable(condition),
  },
});

function add(endpoint: string, key: Key, condition: string): Write {
  const { ExpressionAttributeValues, ...names } = servable(condition) as {
    ExpressionAttributeValues?: Record<string, string>;
  };
  return {
    Update: {
      TableName: table().name,
      Key: key,
      UpdateExpression: 'ADD deployedBy :endpoint',
      ConditionExpression: `attribute_exists(pk) AND ${condition}`,
      ExpressionAttributeValues: { ...ExpressionAttributeValues, ':endpoint': new Set([endpoint]) },
      ...names,
    },
  };
}

const remove = (endpoint: string, key: Key): Write => ({
  Update: {
    TableName: table().name,
    Key: key,
    UpdateExpression: 'DELETE deployedBy :endpoint',
    ExpressionAttributeValues: { ':endpoint': new Set([endpoint]) },
  },
});
