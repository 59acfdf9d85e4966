import { paginateQuery } from '@aws-sdk/lib-dynamodb';
import { table } from '#shared/dynamo.ts';
import { keys, MODELS_INDEX } from '#shared/keys.ts';
import { Model, VersionHead } from './schema.ts';

/** All models whose names begin so, by name, those that are not deleted. */
export async function* modelsNamed(prefix: string): AsyncGenerator<Model> {
  const { documents: client, name } = table();
  const pages = paginateQuery(
    { client },
    {
      TableName: name,
      IndexName: 'gsi1',
      KeyConditionExpression: `gsi1pk = :pk${prefix && ' AND begins_with(gsi1sk, :prefix)'}`,
      ExpressionAttributeValues: { ':pk': MODELS_INDEX, ...(prefix && { ':prefix': prefix }) },
    },
  );
  for await (const { Items = [] } of pages) for (const item of Items) yield Model.parse(item);
}

/** By hand, because what a version says of its graph can be most of it. */
const FIELDS = Object.keys(VersionHead.shape);

/** All versions of a model, newest first, also those that cannot be served. */
export async function* versionHeads(model: string): AsyncGenerator<VersionHead> {
  const { documents: client, name } = table();
  const pages = paginateQuery(
    { client },
    {
      TableName: name,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ProjectionExpression: FIELDS.map((field) => `#${field}`).join(', '),
      ExpressionAttributeNames: Object.fromEntries(FIELDS.map((field) => [`#${field}`, field])),
      ExpressionAttributeValues: { ':pk': keys.model(model).pk, ':prefix': 'VERSION#' },
      ScanIndexForward: false,
      ConsistentRead: true,
    },
  );
  for await (const { Items = [] } of pages) for (const item of Items) yield VersionHead.parse(item);
}
