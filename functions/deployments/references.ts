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
  forced: boolean,
): Write[] {
  const servable = forced ? NOT_ARCHIVED : APPROVED;
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
    ...models.kept.map((key) => check(key, NOT_DELETED)),
    ...models.added.map((key) => add(endpoint, key, NOT_DELETED)),
    ...models.removed.map((key) => remove(endpoint, key)),
    ...versions.kept.map((key) => check(key, servable)),
    ...versions.added.map((key) => add(endpoint, key, servable)),
    ...versions.removed.map((key) => remove(endpoint, key)),
  ];
}

interface Condition {
  readonly expression: string;
  readonly values?: Record<string, string>;
}

const NOT_DELETED: Condition = { expression: 'attribute_not_exists(deleted)' };
const APPROVED: Condition = { expression: '#status = :status', values: { ':status': 'approved' } };
const NOT_ARCHIVED: Condition = {
  expression: '#status <> :status',
  values: { ':status': 'archived' },
};

const names = ({ values }: Condition) =>
  values ? { ExpressionAttributeNames: { '#status': 'status' } } : {};

function diff(before: string[], after: string[], keyOf: (id: string) => Key) {
  const [old, now] = [new Set(before), new Set(after)];
  return {
    kept: [...now].filter((id) => old.has(id)).map(keyOf),
    added: [...now].filter((id) => !old.has(id)).map(keyOf),
    removed: [...old].filter((id) => !now.has(id)).map(keyOf),
  };
}

const check = (key: Key, condition: Condition): Write => ({
  ConditionCheck: {
    TableName: table().name,
    Key: key,
    ConditionExpression: `attribute_exists(pk) AND ${condition.expression}`,
    ...names(condition),
    ...(condition.values && { ExpressionAttributeValues: condition.values }),
  },
});

const add = (endpoint: string, key: Key, condition: Condition): Write => ({
  Update: {
    TableName: table().name,
    Key: key,
    UpdateExpression: 'ADD deployedBy :endpoint',
    ConditionExpression: `attribute_exists(pk) AND ${condition.expression}`,
    ...names(condition),
    ExpressionAttributeValues: { ...condition.values, ':endpoint': new Set([endpoint]) },
  },
});

const remove = (endpoint: string, key: Key): Write => ({
  Update: {
    TableName: table().name,
    Key: key,
    UpdateExpression: 'DELETE deployedBy :endpoint',
    ExpressionAttributeValues: { ':endpoint': new Set([endpoint]) },
  },
});
