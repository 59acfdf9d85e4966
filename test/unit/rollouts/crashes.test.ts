import { describe, expect, it } from '@jest/globals';
import { abortRollout, pauseRollout, resumeRollout } from '../../../functions/rollouts/actions.ts';
import { isCrash } from '../../helpers/fake-table.ts';
import {
  begin,
  drive,
  ENOUGH,
  look,
  now,
  type Outcome,
  outcome,
  record,
  type Story,
  served,
  setStatus,
  table,
  tell,
} from '../../helpers/rollout-world.ts';
import { ENDPOINT } from '../../helpers/served.ts';

const BY = { actor: 'ann' };
const CANARY = { strategy: { kind: 'canary', steps: [10, 50] } };
const AT_ONCE = { strategy: { kind: 'all-at-once' } };
const weight = () => record().steps[record().step];
const NEW = [['v2', 2, 100]];
const OLD = [['live', 1, 100]];

const STORIES: [string, Story, Partial<Outcome>][] = [
  ['a canary that is promoted', { wanted: CANARY }, { status: 'promoted', variants: NEW }],
  [
    'a canary that goes back',
    { wanted: CANARY, rings: () => weight() === 50 },
    { status: 'rolled-back', reason: 'the alarm "bell" rings', variants: OLD },
  ],
  ['all at once, promoted', { wanted: AT_ONCE }, { status: 'promoted', variants: NEW }],
  [
    'all at once, gone back',
    { wanted: AT_ONCE, rings: () => weight() === 100 },
    { status: 'rolled-back', variants: OLD },
  ],
  [
    'a version that may not be served',
    { wanted: CANARY, prepare: () => setStatus(2, 'rejected') },
    { status: 'failed', variants: OLD },
  ],
];

/** How many writes a story has, undisturbed, and what it comes to. */
async function undisturbed(story: Story) {
  const whole = await tell(story);
  return { whole, writes: Array.from({ length: table.writes() }, (_, i) => i + 1) };
}

describe('a rollout ends the same, and says everything once,', () => {
  it.each(STORIES)(
    'wherever it breaks off: %s',
    async (_, story, end) => {
      const { whole, writes } = await undisturbed(story);
      expect(whole).toMatchObject({ ...end, hasPlace: false, isLast: true });
      expect(writes.length).toBeGreaterThanOrEqual(3);
      for (const write of writes) {
        for (const crash of ['before', 'after'] as const) {
          const found = await tell(story, { write, crash });
          expect({ write, crash, ...found }).toEqual({ write, crash, ...whole });
        }
      }
    },
    60_000,
  );

  // The last one tries again, and waits in between: too long for so many.
  it.each(STORIES.slice(0, -1))(
    'wherever two looks meet: %s',
    async (_, story) => {
      const { whole, writes } = await undisturbed(story);
      for (const write of writes) {
        for (const looks of [1, 2]) {
          for (const when of ['before', 'after'] as const) {
            const found = await tell(story, { write, [when]: () => drive(looks) });
            expect({ write, looks, when, ...found }).toEqual({ write, looks, when, ...whole });
          }
        }
      }
    },
    60_000,
  );
});

const count = ({ audit }: Outcome, action: string) =>
  audit.filter((entry) => entry.startsWith(`${action} `)).length;
const abort = () => abortRollout(ENDPOINT, record().id, BY, 'enough', now());
const pause = () => pauseRollout(ENDPOINT, record().id, BY, 'to see', now());
const resume = () => resumeRollout(ENDPOINT, record().id, BY, undefined, now());
const repeatedly = async (act: () => Promise<unknown>) => {
  await act().catch((error) => {
    if (!isCrash(error)) throw error;
  });
  await act();
};

describe('a rollout that is aborted', () => {
  const canary = { wanted: CANARY };

  it('at any write of a look is over, and the endpoint as it was', async () => {
    const { writes } = await undisturbed(canary);
    for (const write of writes) {
      const found = await tell(canary, { write, before: async () => void (await abort()) });
      const ended = { status: 'aborted', variants: OLD, hasPlace: false, isLast: true };
      expect({ write, ...found }).toMatchObject({ write, ...ended });
      expect(count(found, 'rollout.end') + count(found, 'rollout.abort')).toBe(1);
    }
  }, 60_000);

  it('and breaks off is aborted by the next attempt, and says everything once', async () => {
    for (const step of [-1, 0, 1]) {
      for (let write = 1; write <= 3; write++) {
        for (const crash of ['before', 'after'] as const) {
          await begin(canary);
          if (step >= 0) await drive(ENOUGH, () => record().step === step);
          table.disturb({ write, crash });
          await repeatedly(abort);
          const found = outcome();
          expect(found).toMatchObject({ status: 'aborted', variants: OLD, hasPlace: false });
          const said = ['pause', 'abort'].map((verb) => count(found, `rollout.${verb}`));
          expect([step, write, crash, ...said]).toEqual([step, write, crash, 1, 1]);
          expect(count(found, 'endpoint.rollback')).toBe(step < 0 ? 0 : 1);
        }
      }
    }
  });

  it('in the middle of a step that was made and not noted goes back, too', async () => {
    await begin(canary);
    table.disturb({ write: 2, crash: 'after' });
    await look().catch(() => {});
    expect([record().step, served().variants.length]).toEqual([-1, 2]);
    await abort();
    expect(outcome()).toMatchObject({ status: 'aborted', variants: OLD });
  });

  it('and cannot go back is paused, says why, and can be resumed', async () => {
    await begin({ wanted: AT_ONCE });
    await drive(ENOUGH, () => weight() === 100);
    setStatus(1, 'archived');
    await expect(abort()).rejects.toThrow('is archived');
    expect(record()).toMatchObject({ status: 'paused', reason: expect.stringMatching(/archived/) });
    expect(outcome()).toMatchObject({ variants: NEW, hasPlace: true });
    await resume();
    await drive();
    expect(outcome()).toMatchObject({ status: 'promoted', variants: NEW, hasPlace: false });
  });

  it('is not resumed half-way', async () => {
    await begin(canary);
    await drive(ENOUGH, () => record().step === 0);
    table.disturb({ write: 2, crash: 'before' });
    await abort().catch(() => {});
    await expect(resume()).rejects.toThrow('is being aborted');
    await abort();
    expect(outcome()).toMatchObject({ status: 'aborted', variants: OLD });
  });
});

describe('a rollout that cannot go back', () => {
  it('is held with the reason, keeps serving, and can be resumed', async () => {
    let bell = true;
    const rings = () => bell && weight() === 100;
    await begin({ wanted: AT_ONCE, rings });
    await drive(ENOUGH, () => weight() === 100);
    setStatus(1, 'archived');
    await drive();
    expect(outcome()).toMatchObject({ status: 'held', variants: NEW, hasPlace: true });
    expect(record().reason).toMatch(/rings; but it cannot go back: .*is archived/);
    bell = false;
    await resume();
    await drive();
    expect(outcome()).toMatchObject({ status: 'promoted', variants: NEW });
  });
});

describe('a rollout that is paused and resumed', () => {
  it('while a look is under way is, by whoever asks once', async () => {
    for (const act of [pause, abort]) {
      await begin({ wanted: CANARY });
      await drive(ENOUGH, () => record().step === 0);
      table.disturb({ write: 1, before: async () => void (await look()) });
      expect(await act()).toMatchObject({ status: act === pause ? 'paused' : 'aborted' });
    }
  });

  it('at any write of a look goes on to its end', async () => {
    const story = { wanted: CANARY };
    const { whole, writes } = await undisturbed(story);
    for (const write of writes) {
      const before = async () => {
        await pause();
        await resume();
      };
      await begin(story);
      table.disturb({ write, before });
      // The first workflow finds that it has nothing to do any more; the second one goes on.
      await drive();
      await drive();
      const found = outcome();
      const { status, variants, hasPlace, isLast } = whole;
      expect({ write, ...found }).toMatchObject({ write, status, variants, hasPlace, isLast });
      expect(count(found, 'endpoint.shift')).toBe(3);
      expect(count(found, 'rollout.end')).toBe(1);
    }
  }, 60_000);
});
