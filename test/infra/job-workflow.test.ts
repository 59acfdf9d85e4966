import { describe, expect, it } from '@jest/globals';
import { synthesise } from './synthesise.ts';

type States = Record<string, any>;

const { platform } = synthesise({ batchConcurrency: 7 });

/** The definition as it is deployed, with the functions' addresses left out. */
function definition(): { States: States } {
  const machines = platform.findResources('AWS::StepFunctions::StateMachine');
  const [, machine] = Object.entries(machines).find(([id]) => id.startsWith('BatchJob')) ?? [];
  const parts = machine?.Properties.DefinitionString['Fn::Join'][1] as unknown[];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'x')).join(''));
}

const { States: states } = definition();
const score = states.Shards.ItemProcessor.States.Score;

describe('the workflow of a job', () => {
  it('scores shards as executions of their own, so many at a time', () => {
    expect(states.Shards).toMatchObject({
      ...{ Type: 'Map', ItemsPath: '$.plan.shards', MaxConcurrency: 7, ResultPath: null },
      ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
    });
  });

  it('has workers that hold what their heap grows by', () => {
    platform.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Scores one shard of a job',
      MemorySize: 1769,
      Environment: { Variables: { NODE_OPTIONS: '--max-semi-space-size=8' } },
    });
  });

  it('tries every step again', () => {
    for (const step of [states.Plan, score, states.Finish, states['End job after an error']]) {
      expect(step.Retry.map(({ MaxAttempts }: States) => MaxAttempts)).toEqual([0, 6, 2]);
    }
  });

  it('ends the record whatever breaks', () => {
    for (const step of [states.Plan, states.Shards, states.Finish]) {
      expect(step.Catch).toEqual([
        { ErrorEquals: ['States.ALL'], Next: 'End job after an error', ResultPath: '$.error' },
      ]);
    }
  });
});
