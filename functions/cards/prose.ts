import { getItem, queryPage, table, transact, type Write } from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import { auditWrite } from '#slices/governance';
import { type By, changedMeanwhile, checkRevision, getVersion } from '#slices/registry';
import { CardProse, StoredProse } from './schema.ts';

/** The prose of a version: its own, else that of the newest version before it that has some. */
export async function proseOf(model: string, version: number): Promise<StoredProse | undefined> {
  const { pk } = keys.model(model);
  const found = await queryPage(
    {
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :own',
      ExpressionAttributeValues: {
        ':pk': pk,
        ':first': keys.card(model, 0).sk,
        ':own': keys.card(model, version).sk,
      },
      ScanIndexForward: false,
      ConsistentRead: true,
    },
    { limit: 1 },
    (sk) => ({ pk, sk }),
  );
  return found.items[0] && StoredProse.parse(found.items[0]);
}

/** Writes the prose of a version whole; what it is already makes no revision. */
export async function putProse(
  model: string,
  version: number,
  prose: CardProse,
  by: By & { ifMatch?: number },
  now = new Date(),
): Promise<StoredProse> {
  await getVersion(model, version);
  const item = await getItem(keys.card(model, version));
  const before = item && StoredProse.parse(item);
  checkRevision(before?.revision ?? 0, by.ifMatch);
  if (before && content(before) === content(prose)) return before;
  const after: StoredProse = {
    ...prose,
    version,
    revision: (before?.revision ?? 0) + 1,
    updatedAt: now.toISOString(),
    updatedBy: by.actor,
  };
  const { ifMatch: _, ...caller } = by;
  const audit = auditWrite({
    ...caller,
    action: 'card.put',
    resource: `model/${model}`,
    before,
    after,
    event: { name: 'ModelCardUpdated', detail: { model, version, revision: after.revision } },
    at: now,
  });
  if ((await transact([proseWrite(model, after, before?.revision), audit])) !== undefined) {
    throw changedMeanwhile(`the card of version ${version} of "${model}"`);
  }
  return after;
}

/** In the schema's order of fields, so that equal prose is equal text. */
const content = (prose: CardProse): string =>
  JSON.stringify(CardProse.parse(pick(prose, Object.keys(CardProse.shape))));

const pick = (object: object, names: readonly string[]) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => names.includes(name)));

function proseWrite(model: string, prose: StoredProse, seen: number | undefined): Write {
  return {
    Put: {
      TableName: table().name,
      Item: { ...keys.card(model, prose.version), ...prose },
      ...(seen === undefined
        ? { ConditionExpression: 'attribute_not_exists(pk)' }
        : {
            ConditionExpression: 'revision = :seen',
            ExpressionAttributeValues: { ':seen': seen },
          }),
    },
  };
}
