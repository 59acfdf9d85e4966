import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { AppError } from '#core/errors.ts';
import {
  getItem,
  newestPage,
  type Page,
  type PageRequest,
  queryPage,
  table,
  transact,
  type Write,
} from '#shared/dynamo.ts';
import { EXPERIMENTS_INDEX, keys } from '#shared/keys.ts';
import { auditWrite } from '#slices/governance';
import type { By } from '#slices/registry';
import { Experiment } from './schema.ts';

/** @throws AppError `not-found` */
export async function readExperiment(endpoint: string, id: string): Promise<Experiment> {
  const item = await getItem(keys.experiment(endpoint, id));
  if (item) return Experiment.parse(item);
  throw new AppError('not-found', `endpoint "${endpoint}" has no experiment "${id}"`);
}

/** Newest first. */
export async function listExperiments(
  endpoint: string,
  page: PageRequest,
): Promise<Page<Experiment>> {
  const { pk } = keys.experiment(endpoint, '');
  const found = await newestPage(pk, 'EXPERIMENT#', page);
  return { ...found, items: found.items.map((item) => Experiment.parse(item)) };
}

/** Endpoint and id of every experiment that runs, page by page. */
export async function* runningExperiments(): AsyncGenerator<{ endpoint: string; id: string }> {
  const query = {
    IndexName: 'gsi1',
    KeyConditionExpression: 'gsi1pk = :pk',
    ExpressionAttributeValues: { ':pk': EXPERIMENTS_INDEX },
  };
  const keyOf = (endpoint: string) => ({
    ...keys.runningExperiment(endpoint),
    ...{ gsi1pk: EXPERIMENTS_INDEX, gsi1sk: endpoint },
  });
  let cursor: string | undefined;
  do {
    const page: Page<Record<string, unknown>> = await queryPage(
      query,
      { limit: 100, cursor },
      keyOf,
    );
    for (const { gsi1sk, experiment } of page.items) {
      yield { endpoint: String(gsi1sk), id: String(experiment) };
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

/** @throws AppError `conflict` where another one runs on the endpoint */
export async function startExperiment(experiment: Experiment, by: By): Promise<void> {
  const { endpoint, id, arms, startedAt } = experiment;
  const [control = '', ...treatments] = arms.map(({ variant }) => variant);
  const running: Write = {
    Put: {
      TableName: table().name,
      Item: {
        ...keys.runningExperiment(endpoint),
        ...{ gsi1pk: EXPERIMENTS_INDEX, gsi1sk: endpoint, experiment: id },
      },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  };
  const audit = auditWrite({
    ...{ actor: by.actor, requestId: by.requestId, action: 'experiment.start' },
    ...{ resource: `endpoint/${endpoint}`, after: experiment },
    event: { name: 'ExperimentStarted', detail: { endpoint, experiment: id, control, treatments } },
    at: new Date(startedAt),
  });
  const failed = await transact([running, putOf(experiment, 'attribute_not_exists(pk)'), audit]);
  if (failed === undefined) return;
  throw new AppError(
    'conflict',
    `an experiment runs on endpoint "${endpoint}" already: stop it, or wait for its end`,
  );
}

/** Keeps what an evaluation found; where someone else was faster, theirs stays. */
export async function saveState(before: Experiment, after: Experiment): Promise<void> {
  const { documents } = table();
  const { Put } = putOf({ ...after, revision: before.revision + 1 }, SEEN, before.revision);
  try {
    await documents.send(new PutCommand(Put as NonNullable<typeof Put>));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

/** Once: who comes second finds it ended. @returns the experiment as it is then */
export async function endExperiment(
  before: Experiment,
  ended: Experiment,
  by: By,
): Promise<Experiment> {
  const { endpoint, id, verdict, endedAt } = ended;
  const after = { ...ended, revision: before.revision + 1 };
  const detail = {
    ...{ endpoint, experiment: id, verdict: verdict?.code as string },
    ...{ words: verdict?.words as string },
    ...(verdict?.variant !== undefined && { variant: verdict.variant }),
  };
  const audit = auditWrite({
    ...{ actor: by.actor, requestId: by.requestId, action: 'experiment.end' },
    ...{ resource: `endpoint/${endpoint}`, before, after },
    event: { name: 'ExperimentEnded', detail },
    at: new Date(endedAt as string),
  });
  const gone: Write = {
    Delete: { TableName: table().name, Key: keys.runningExperiment(endpoint) },
  };
  const failed = await transact([putOf(after, SEEN, before.revision), gone, audit]);
  return failed === undefined ? after : readExperiment(endpoint, id);
}

const SEEN = 'revision = :seen';

function putOf(experiment: Experiment, condition: string, seen?: number): Write {
  return {
    Put: {
      TableName: table().name,
      Item: { ...keys.experiment(experiment.endpoint, experiment.id), ...experiment },
      ConditionExpression: condition,
      ...(seen !== undefined && { ExpressionAttributeValues: { ':seen': seen } }),
    },
  };
}
