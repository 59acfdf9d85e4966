import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { PlatformFunction } from './platform-function.ts';
import { invoke } from './workflows.ts';

const { stringAt, numberAt, objectAt } = sfn.JsonPath;

const SUBJECT = {
  endpoint: stringAt('$.endpoint'),
  rollout: stringAt('$.rollout'),
  generation: numberAt('$.generation'),
};

/**
 * Look, wait, look again, until there is nothing left to do. All that a rollout is stands in its
 * record, so that an execution that breaks off loses nothing. Input: the detail of `RolloutStarted`
 * or `RolloutResumed`.
 */
export function defineRollout(
  scope: Construct,
  functions: { readonly advance: PlatformFunction; readonly end: PlatformFunction },
): sfn.IChainable {
  const ended = invoke(scope, 'Hold after an error', functions.end, {
    payload: { ...SUBJECT, error: objectAt('$.error') },
  }).next(new sfn.Fail(scope, 'Rollout broken off', { error: 'RolloutBrokenOff' }));
  const look = invoke(scope, 'Look at the rollout', functions.advance, {
    payload: { ...SUBJECT, execution: stringAt('$$.Execution.Id') },
    resultPath: '$.next',
  });
  look.addCatch(ended, { resultPath: '$.error' });
  const wait = new sfn.Wait(scope, 'Wait', {
    time: sfn.WaitTime.secondsPath('$.next.waitSeconds'),
  });
  const done = new sfn.Choice(scope, 'Is it done?')
    .when(sfn.Condition.booleanEquals('$.next.done', true), new sfn.Succeed(scope, 'Rollout done'))
    .otherwise(wait.next(look));
  return look.next(done);
}
