import { describe, expect, it } from '@jest/globals';
import { loading, type Step } from '../../../ui/lib/loading.ts';

/** Questions that wait for their answers, and what is told of them. */
function world() {
  const asked: { signal: AbortSignal; answer: PromiseWithResolvers<string> }[] = [];
  const told: Step<string>[] = [];
  const ask = (signal: AbortSignal) => {
    const answer = Promise.withResolvers<string>();
    asked.push({ signal, answer });
    return answer.promise;
  };
  const settle = async (i: number, outcome: string | Error) => {
    const { answer } = asked[i] as (typeof asked)[0];
    if (outcome instanceof Error) answer.reject(outcome);
    else answer.resolve(outcome);
    await answer.promise.catch(() => {});
  };
  return { ...loading(ask, (step) => told.push(step)), asked, told, settle };
}
const got = (data: string) => ({ data, error: undefined, busy: false });

describe('what a page loads', () => {
  it('arrives although the page asks again more often than it is answered', async () => {
    const { reload, poll, asked, told, settle } = world();
    reload();
    for (let tick = 0; tick < 3; tick++) poll();
    expect([asked.length, asked[0]?.signal.aborted]).toEqual([1, false]);
    await settle(0, 'first');
    poll();
    await settle(1, 'second');
    expect(told).toEqual([{ busy: true }, got('first'), { busy: true }, got('second')]);
  });

  it('is asked for again after it failed', async () => {
    const { reload, poll, asked, told, settle } = world();
    const error = new Error('no');
    reload();
    await settle(0, error);
    expect(told.at(-1)).toEqual({ error, busy: false });
    poll();
    expect(asked).toHaveLength(2);
  });

  it('is the answer to the last question alone', async () => {
    const { reload, asked, told, settle } = world();
    reload();
    reload();
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    await settle(1, 'late');
    await settle(0, 'early');
    expect(told).toEqual([{ busy: true }, { busy: true }, got('late')]);
  });

  it('is told to nobody who has left', async () => {
    const { reload, stop, asked, told, settle } = world();
    reload();
    stop();
    expect(asked[0]?.signal.aborted).toBe(true);
    await settle(0, 'late');
    expect(told).toEqual([{ busy: true }]);
  });
});
