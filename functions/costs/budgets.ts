import { AppError } from '#core/errors.ts';
import { getItem, type Item, queryPage, table, transact, type Write } from '#shared/dynamo.ts';
import { BUDGETS_INDEX, keys } from '#shared/keys.ts';
import { logger } from '#shared/observability.ts';
import { auditWrite } from '#slices/governance';
import { type By, changedMeanwhile, checkRevision } from '#slices/registry';
import { putAlarm, putSpent, removeAlarm } from './alarms.ts';
import { endpointCost } from './costs.ts';
import { periodOf, startOf } from './periods.ts';
import { Budget, type NewBudget } from './schema.ts';

type Caller = By & { readonly ifMatch?: number };

/** Sets a budget; what it is already changes nothing, but the alarm is made sure of. */
export async function putBudget(
  endpoint: string,
  wanted: NewBudget,
  by: Caller,
  now = new Date(),
): Promise<Budget> {
  await checkServing(endpoint);
  const current = await getItem(keys.budget(endpoint));
  const before = current && Budget.parse(current);
  checkRevision(before?.revision ?? 0, by.ifMatch);
  const same = before?.amount === wanted.amount && before.period === wanted.period;
  const budget = same ? before : await saveBudget(endpoint, wanted, { by, before, now });
  await putAlarm(budget);
  return budget;
}

interface Change {
  readonly by: Caller;
  readonly before: Budget | undefined;
  readonly now: Date;
}

async function saveBudget(endpoint: string, wanted: NewBudget, { by, before, now }: Change) {
  const budget: Budget = {
    ...wanted,
    ...{ endpoint, revision: (before?.revision ?? 0) + 1, updatedAt: now.toISOString() },
    ...{ updatedBy: by.actor, spent: null, checkedAt: null, exceeded: null },
  };
  const event = { name: 'BudgetUpdated', detail: { endpoint, ...wanted } } as const;
  const about = { action: 'budget.put', resource: `endpoint/${endpoint}` };
  const audit = auditWrite({ ...by, ...about, before, after: budget, event, at: now });
  await commit(budget, before, audit);
  return budget;
}

async function commit(budget: Budget, before: Budget | undefined, audit: Write): Promise<void> {
  const { endpoint } = budget;
  const put: Write = {
    Put: {
      TableName: table().name,
      Item: { ...keys.budget(endpoint), gsi1pk: BUDGETS_INDEX, gsi1sk: endpoint, ...budget },
      ...unchanged(before),
    },
  };
  if ((await transact([put, audit])) !== undefined) {
    throw changedMeanwhile(`the budget of "${endpoint}"`);
  }
}

const unchanged = (before: Budget | undefined) =>
  before
    ? {
        ConditionExpression: 'revision = :seen AND #exceeded = :exceeded',
        // A word that DynamoDB keeps for itself.
        ExpressionAttributeNames: { '#exceeded': 'exceeded' },
        ExpressionAttributeValues: { ':seen': before.revision, ':exceeded': before.exceeded },
      }
    : { ConditionExpression: 'attribute_not_exists(pk)' };

export async function removeBudget(endpoint: string, by: Caller, now = new Date()): Promise<void> {
  const current = await getItem(keys.budget(endpoint));
  if (current) {
    const before = Budget.parse(current);
    checkRevision(before.revision, by.ifMatch);
    const event = { name: 'BudgetRemoved', detail: { endpoint } } as const;
    const about = { action: 'budget.delete', resource: `endpoint/${endpoint}` };
    const audit = auditWrite({ ...by, ...about, before, event, at: now });
    const remove: Write = {
      Delete: { TableName: table().name, Key: keys.budget(endpoint), ...unchanged(before) },
    };
    if ((await transact([remove, audit])) !== undefined) {
      throw changedMeanwhile(`the budget of "${endpoint}"`);
    }
  }
  await removeAlarm(endpoint);
}

/** @throws AppError `not-found` */
export async function getBudget(endpoint: string): Promise<Budget> {
  const item = await getItem(keys.budget(endpoint));
  if (item) return Budget.parse(item);
  throw new AppError('not-found', `the endpoint "${endpoint}" has no budget`);
}

async function checkServing(endpoint: string): Promise<void> {
  if (await isServing(endpoint)) return;
  throw new AppError('not-found', `there is no endpoint "${endpoint}"`);
}

async function isServing(endpoint: string): Promise<boolean> {
  const item = await getItem(keys.endpoint(endpoint));
  return item !== undefined && !item.deleted;
}

/** Looks at every budget; one that cannot be looked at holds up no other. */
export async function checkBudgets(now = new Date()): Promise<void> {
  let failed = 0;
  for await (const budget of allBudgets()) {
    try {
      await checkBudget(budget, now);
    } catch (error) {
      failed++;
      logger.error('a budget could not be checked', { endpoint: budget.endpoint, error });
    }
  }
  if (failed > 0) throw new Error(`${failed} budgets could not be checked`);
}

async function* allBudgets(): AsyncGenerator<Budget> {
  const query = {
    IndexName: 'gsi1',
    KeyConditionExpression: 'gsi1pk = :pk',
    ExpressionAttributeValues: { ':pk': BUDGETS_INDEX },
  };
  let cursor: string | undefined;
  do {
    const page = await queryPage(query, { limit: 100, cursor }, (endpoint) => ({
      ...keys.budget(endpoint),
      ...{ gsi1pk: BUDGETS_INDEX, gsi1sk: endpoint },
    }));
    for (const item of page.items) yield Budget.parse(item);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

/** Measures, rings where it is used up, and says so once in each period. */
async function checkBudget(budget: Budget, now: Date): Promise<void> {
  const { endpoint, period, amount } = budget;
  if (!(await isServing(endpoint))) return removeBudget(endpoint, { actor: 'skiff' }, now);
  const current = periodOf(period, now.getTime());
  const span = { from: startOf(period, now.getTime()), to: now.getTime() };
  const { total: spent } = await endpointCost(endpoint, span);
  await putSpent(budget, spent);
  const checked = { ...budget, spent, checkedAt: now.toISOString() };
  if (spent < amount || budget.exceeded === current) return noteChecked(checked, budget);
  const after = { ...checked, exceeded: current };
  const detail = { endpoint, amount, period, spent, in: current };
  const event = { name: 'BudgetExceeded', detail } as const;
  const about = { action: 'budget.exceed', resource: `endpoint/${endpoint}` };
  await commit(after, budget, auditWrite({ actor: 'skiff', ...about, after, event, at: now }));
}

/** Whoever changed the budget meanwhile is right. */
async function noteChecked(checked: Budget, before: Budget): Promise<void> {
  const item: Item = { ...keys.budget(checked.endpoint), ...checked };
  const update: Write = {
    Put: {
      TableName: table().name,
      Item: { ...item, gsi1pk: BUDGETS_INDEX, gsi1sk: checked.endpoint },
      ...unchanged(before),
    },
  };
  await transact([update]);
}
