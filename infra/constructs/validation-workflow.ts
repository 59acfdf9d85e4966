import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { PlatformFunction } from './platform-function.ts';
import { invoke } from './workflows.ts';

interface Functions {
  readonly checks: Readonly<Record<string, PlatformFunction>> & {
    readonly artifact: PlatformFunction;
  };
  readonly begin: PlatformFunction;
  readonly judge: PlatformFunction;
  readonly end: PlatformFunction;
}

const { stringAt, numberAt, objectAt } = sfn.JsonPath;
const SUBJECT = {
  id: stringAt('$.validation'),
  model: stringAt('$.model'),
  version: numberAt('$.version'),
};

/**
 * Begin; the artifact check, alone, since a file that must not be loaded must not be loaded seven
 * times; the other checks side by side; judge. A check that cannot be finished becomes an outcome of
 * its own and never stops the others; whatever else breaks leads to the step that ends the record.
 * Input: the detail of `ValidationRequested`.
 */
export function defineValidation(scope: Construct, functions: Functions): sfn.IChainable {
  const ended = invoke(scope, 'End after an error', functions.end, {
    payload: { ...SUBJECT, error: objectAt('$.error') },
  }).next(new sfn.Fail(scope, 'Broken off', { error: 'ValidationBrokenOff' }));
  const begin = invoke(scope, 'Begin', functions.begin, {
    payload: { ...SUBJECT, execution: stringAt('$$.Execution.Id') },
    resultPath: '$.begun',
  });
  begin.addCatch(ended, { resultPath: '$.error' });
  const judge = invoke(scope, 'Judge', functions.judge, {
    payload: { ...SUBJECT, results: sfn.JsonPath.entirePayload },
  });
  judge.addCatch(ended, { resultPath: '$.error' });
  judge.next(
    new sfn.Choice(scope, 'Is it judged?')
      .when(sfn.Condition.isPresent('$.begun.status'), new sfn.Succeed(scope, 'Judged'))
      .otherwise(saidNothing(scope, 'Judge', ended)),
  );
  const { artifact, ...others } = functions.checks;
  const examine = new sfn.Parallel(scope, 'Examine', { resultPath: '$.others' });
  for (const [name, fn] of Object.entries(others)) examine.branch(checkBranch(scope, name, fn));
  const first = invoke(scope, 'Check artifact', artifact, {
    payload: SUBJECT,
    resultPath: '$.artifact',
  });
  first.addCatch(brokeOff(scope, 'artifact', '$.artifact').next(judge), { resultPath: '$.error' });
  const safe = new sfn.Choice(scope, 'Is it safe to load?')
    .when(isTrue('$.artifact.clean'), examine.next(judge))
    .otherwise(judge);
  const proceed = new sfn.Choice(scope, 'Is it ours?')
    .when(isTrue('$.begun.proceed'), first.next(safe))
    .when(sfn.Condition.isPresent('$.begun.proceed'), new sfn.Succeed(scope, 'Nothing to do'))
    .otherwise(saidNothing(scope, 'Begin', ended));
  return begin.next(proceed);
}

/** Of a field that is not there a comparison alone would break the execution off. */
const isTrue = (path: string): sfn.Condition =>
  sfn.Condition.and(sfn.Condition.isPresent(path), sfn.Condition.booleanEquals(path, true));

/** A step that came back without doing its work. */
const saidNothing = (scope: Construct, step: string, ended: sfn.IChainable): sfn.IChainable =>
  new sfn.Pass(scope, `${step} said nothing`, {
    parameters: { Error: 'NoResult', Cause: step },
    resultPath: '$.error',
  }).next(ended);

/** What the workflow says of a check that could not be finished. */
const brokeOff = (scope: Construct, name: string, resultPath = '$'): sfn.Pass =>
  new sfn.Pass(scope, `${name} broke off`, {
    parameters: { check: name, error: objectAt('$.error') },
    resultPath,
  });

function checkBranch(scope: Construct, name: string, fn: PlatformFunction): sfn.IChainable {
  const task = invoke(scope, `Check ${name}`, fn, { payload: SUBJECT, resultPath: '$' });
  return task.addCatch(brokeOff(scope, name), { resultPath: '$.error' });
}
