import { AppError } from '#core/errors.ts';
import {
  getItem,
  type Item,
  type Page,
  type PageRequest,
  queryPage,
  table,
  transact,
  type Write,
} from '#shared/dynamo.ts';
import { keys, POLICIES_INDEX } from '#shared/keys.ts';
import { auditWrite } from '#slices/governance';
import { type By, changedMeanwhile, checkRevision } from '#slices/registry';
import { DEFAULT_POLICY } from './default-policy.ts';
import { Policy, type PolicySpec } from './schema.ts';

export const DEFAULT = 'default';

/** A policy; `default` is built in until someone writes one of that name. @throws AppError `not-found` */
export async function getPolicy(name: string): Promise<Policy> {
  const item = await getItem(keys.policy(name));
  if (item) return Policy.parse(item);
  if (name === DEFAULT) return { name, revision: 0, ...DEFAULT_POLICY };
  throw new AppError('not-found', `there is no policy "${name}"`);
}

/** Writes a policy whole; what it is already makes no revision. */
export async function putPolicy(
  name: string,
  spec: PolicySpec,
  by: By & { ifMatch?: number },
  now = new Date(),
): Promise<Policy> {
  const item = await getItem(keys.policy(name));
  const before = item && Policy.parse(item);
  checkRevision(before?.revision ?? 0, by.ifMatch);
  const policy: Policy = {
    ...spec,
    name,
    revision: (before?.revision ?? 0) + 1,
    updatedAt: now.toISOString(),
    updatedBy: by.actor,
  };
  if (before && content(before) === content(policy)) return before;
  const audit = auditWrite({
    ...by,
    action: 'policy.put',
    resource: `policy/${name}`,
    before,
    after: policy,
    event: { name: 'PolicyUpdated', detail: { policy: name, revision: policy.revision } },
    at: now,
  });
  const failed = await transact([...policyWrites(policy, before?.revision), audit]);
  if (failed !== undefined) throw changedMeanwhile(`policy "${name}"`);
  return policy;
}

const content = (policy: Policy): string => {
  const { revision: _, updatedAt: __, updatedBy: ___, ...spec } = policy;
  return JSON.stringify(Policy.parse({ ...spec, revision: 0 }));
};

function policyWrites(policy: Policy, seen: number | undefined): Write[] {
  const TableName = table().name;
  const current = { gsi1pk: POLICIES_INDEX, gsi1sk: policy.name, ...policy };
  const condition =
    seen === undefined
      ? { ConditionExpression: 'attribute_not_exists(pk)' }
      : {
          ConditionExpression: 'revision = :seen',
          ExpressionAttributeValues: { ':seen': seen },
        };
  return [
    { Put: { TableName, Item: { ...keys.policy(policy.name), ...current }, ...condition } },
    {
      Put: { TableName, Item: { ...keys.policyRevision(policy.name, policy.revision), ...policy } },
    },
  ];
}

export async function listPolicies(page: PageRequest): Promise<Page<Policy>> {
  const found = await queryPage(
    {
      IndexName: 'gsi1',
      KeyConditionExpression: 'gsi1pk = :pk',
      ExpressionAttributeValues: { ':pk': POLICIES_INDEX },
    },
    page,
    (name): Item => ({ ...keys.policy(name), gsi1pk: POLICIES_INDEX, gsi1sk: name }),
  );
  return { ...found, items: found.items.map((item) => Policy.parse(item)) };
}
