import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { PlatformFunction } from './platform-function.ts';
import { invoke } from './workflows.ts';

interface Steps {
  readonly plan: PlatformFunction;
  readonly score: PlatformFunction;
  readonly finish: PlatformFunction;
  readonly end: PlatformFunction;
  readonly concurrency: number;
}

const { stringAt, numberAt, objectAt } = sfn.JsonPath;
const ATTEMPT = { job: stringAt('$.job'), attempt: numberAt('$.attempt') };

/**
 * Plan; the shards side by side, each a child workflow of its own; finish. Whatever breaks leads to
 * the step that ends the record. Input: the detail of `JobRequested`.
 */
export function defineJob(scope: Construct, steps: Steps): sfn.IChainable {
  const ended = invoke(scope, 'End job after an error', steps.end, {
    payload: { ...ATTEMPT, error: objectAt('$.error') },
  }).next(new sfn.Fail(scope, 'Job broken off', { error: 'JobBrokenOff' }));
  const caught = { resultPath: '$.error' };
  const execution = stringAt('$$.Execution.Id');
  const plan = invoke(scope, 'Plan', steps.plan, {
    payload: { ...ATTEMPT, execution },
    resultPath: '$.plan',
  });
  plan.addCatch(ended, caught);
  const score = new sfn.DistributedMap(scope, 'Shards', {
    itemsPath: '$.plan.shards',
    itemSelector: { ...ATTEMPT, shard: numberAt('$$.Map.Item.Value.shard') },
    maxConcurrency: steps.concurrency,
    resultPath: sfn.JsonPath.DISCARD,
  });
  score.itemProcessor(
    invoke(scope, 'Score', steps.score, { payload: { ...ATTEMPT, shard: numberAt('$.shard') } }),
  );
  score.addCatch(ended, caught);
  const finish = invoke(scope, 'Finish', steps.finish, { payload: ATTEMPT });
  finish.addCatch(ended, caught);
  return plan.next(
    new sfn.Choice(scope, 'Is there work?')
      .when(
        sfn.Condition.booleanEquals('$.plan.proceed', true),
        score.next(finish).next(new sfn.Succeed(scope, 'Job done')),
      )
      .otherwise(new sfn.Succeed(scope, 'Nothing to score')),
  );
}
