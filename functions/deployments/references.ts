import { table, type Write } from '#shared/dynamo.ts';
import { type Key, keys } from '#shared/keys.ts';

interface Served {
  readonly model: string;
  readonly version: number;
}

/** What a version must be to be served. */
export interface Rule {
  readonly expression: string;
  readonly values?: Record<string, string>;
}

export const RULES = {
  approved: { expression: '#status = :status', values: { ':status': 'approved' } },
  notArchived: { expression: '#status <> :status', values: { ':status': 'archived' } },
} as const satisfies Record<string, Rule>;

/**
 * The writes by which models and versions know which endpoints serve them, so that neither can be
 * deleted or archived in the same moment as it is deployed. Each checks what it relies on.
 */
export function deploymentWrites(
  endpoint: string,
  before: readonly Served[],
  after: readonly Served[],
  rules: { readonly added: Rule; readonly kept: Rule },
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
    ...models.kept.map((key) => check(key, NOT_DELETED)),
    ...models.added.map((key) => add(endpoint, key, NOT_DELETED)),
    ...models.removed.map((key) => remove(endpoint, key)),
    ...versions.kept.map((key) => check(key, rules.kept)),
    ...versions.added.map((key) => add(endpoint, key, rules.added)),
    ...versions.removed.map((key) => remove(endpoint, key)),
  ];
}

const NOT_DELETED: Rule = { expression: 'attribute_not_exists(deleted)' };

const names = ({ values }: Rule) =>
  values ? { ExpressionAttributeNames: { '#status': 'status' } } : {};

function diff(before: string[], after: string[], keyOf: (id: string) => Key) {
  const [old, now] = [new Set(before), new Set(after)];
  return {
    kept: [...now].filter((id) => old.has(id)).map(keyOf),
    added: [...now].filter((id) => !old.has(id)).map(keyOf),
    removed: [...old].filter((id) => !now.has(id)).map(keyOf),
  };
}

const check = (key: Key, condition: Rule): Write => ({
  ConditionCheck: {
    TableName: table().name,
    Key: key,
    ConditionExpression: `attribute_exists(pk) AND ${condition.expression}`,
    ...names(condition),
    ...(condition.values && { ExpressionAttributeValues: condition.values }),
  },
});

const add = (endpoint: string, key: Key, condition: Rule): Write => ({
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
