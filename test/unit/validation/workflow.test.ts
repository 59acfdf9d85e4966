import { describe, expect, it } from '@jest/globals';
import { crash } from '../../../functions/validation/workflow.ts';

const cause = (errorType: string, errorMessage: string) =>
  JSON.stringify({ errorType, errorMessage, trace: ['secret/path.js:1'] });

describe('the reason of a crash', () => {
  it.each([
    [{ Error: 'Sandbox.Timedout', Cause: '' }, 'it ran out of time'],
    [{ Error: 'States.Timeout' }, 'it ran out of time'],
    [
      { Error: 'Runtime.ExitError', Cause: cause('Runtime.ExitError', 'signal: killed') },
      'it ran out of memory',
    ],
    [
      { Error: 'Lambda.TooManyRequestsException', Cause: 'Rate exceeded' },
      'it was throttled at every attempt: too many functions run at once',
    ],
    [
      { Error: 'Error', Cause: cause('TypeError', 'x is not a function\n at secret') },
      "it crashed at every attempt (TypeError x is not a function): see the function's log",
    ],
    [{ Error: 'NoResult', Cause: 'Judge' }, 'the step "Judge" ended without a result'],
    [{}, "it crashed at every attempt (unknown error): see the function's log"],
    [
      { Error: 'Boom', Cause: 'not JSON' },
      "it crashed at every attempt (Boom): see the function's log",
    ],
  ])('%j: %s', (error, words) => {
    expect(crash(error)).toBe(words);
  });

  it('is short, whatever the function said', () => {
    expect(crash({ Error: 'E', Cause: cause('E', 'x'.repeat(100_000)) }).length).toBeLessThan(300);
  });
});
