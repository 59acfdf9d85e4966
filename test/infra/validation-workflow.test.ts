import { describe, expect, it } from '@jest/globals';
import { synthesise } from './synthesise.ts';

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly End?: boolean;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Retry?: readonly {
    readonly ErrorEquals: readonly string[];
    readonly MaxAttempts: number;
    readonly IntervalSeconds?: number;
    readonly BackoffRate?: number;
    readonly JitterStrategy?: string;
  }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
  readonly Branches?: readonly Machine[];
}

interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** The definition as it is deployed, with the functions' addresses left out. */
function definition(): Machine {
  const machines = synthesise().platform.findResources('AWS::StepFunctions::StateMachine');
  const [, machine] = Object.entries(machines).find(([id]) => id.startsWith('Validation')) ?? [];
  const parts = machine?.Properties.DefinitionString['Fn::Join'][1] as unknown[];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'x')).join(''));
}

const main = definition();
const branches = Object.values(main.States).flatMap(({ Branches = [] }) => Branches);
const all = [main, ...branches].flatMap(({ States }) => Object.entries(States));
const tasks = all.filter(([, { Type }]) => Type === 'Task');

describe('the workflow of an examination', () => {
  it('has all of its steps', () => {
    expect(tasks.map(([name]) => name).sort()).toEqual([
      'Begin',
      'Check artifact',
      'Check contract',
      'Check data-quality',
      'Check explainability',
      'Check fairness',
      'Check performance',
      'Check quality',
      'Check robustness',
      'End after an error',
      'Judge',
    ]);
  });

  it.each(tasks)(
    '%s: tried again after a crash, longer where throttled, not after a timeout',
    (_, { Retry }) => {
      expect(Retry).toEqual([
        { ErrorEquals: ['Sandbox.Timedout', 'States.Timeout'], MaxAttempts: 0 },
        {
          ErrorEquals: [
            'Lambda.TooManyRequestsException',
            'Lambda.ServiceException',
            'Lambda.SdkClientException',
          ],
          IntervalSeconds: 5,
          MaxAttempts: 6,
          BackoffRate: 2,
          JitterStrategy: 'FULL',
        },
        { ErrorEquals: ['States.ALL'], IntervalSeconds: 2, MaxAttempts: 2, BackoffRate: 2 },
      ]);
    },
  );

  it.each(tasks.filter(([name]) => name !== 'End after an error'))(
    '%s: whatever else it throws is caught',
    (_, { Catch = [] }) => {
      expect(Catch.map(({ ErrorEquals }) => ErrorEquals)).toEqual([['States.ALL']]);
    },
  );

  it('ends on record from every state: with a verdict, by the last step, or as not its own', () => {
    const ends = Object.entries(main.States).filter(
      ([, { Type, End }]) => Type === 'Succeed' || Type === 'Fail' || End,
    );
    expect(ends.map(([name]) => name).sort()).toEqual(['Broken off', 'Judged', 'Nothing to do']);
    const leadingTo = (end: string) =>
      Object.entries(main.States)
        .filter(([, state]) => nextOf(state).includes(end))
        .map(([name]) => name);
    expect(leadingTo('Broken off')).toEqual(['End after an error']);
    expect(leadingTo('Judged')).toEqual(['Is it judged?']);
    expect(leadingTo('Nothing to do')).toEqual(['Is it ours?']);
  });

  it('sends no check around the judge', () => {
    for (const name of ['Check artifact', 'Examine', 'artifact broke off', 'Is it safe to load?']) {
      const next = nextOf(main.States[name] as State);
      expect(next.every((to) => /^Judge$|^Examine$|broke off$|safe to load/.test(to))).toBe(true);
    }
  });
});

const nextOf = ({ Next, Default, Choices = [], Catch = [] }: State): string[] =>
  [Next, Default, ...Choices.map((c) => c.Next), ...Catch.map((c) => c.Next)].filter(
    (name) => name !== undefined,
  );
