import { beforeAll, describe, expect, it } from '@jest/globals';
import { Random } from '#core/random.ts';
import { mislabelled, movedBy, readSurvey, type Survey, Windows } from '../../helpers/windows.ts';

/** Whole runs on real people; 1,000 windows are looked at by bench/monitor-power.ts. */
const ROWS = 300;
let survey: Survey;

beforeAll(async () => {
  survey = await readSurvey('wages');
});

describe('a whole run', () => {
  it('seldom finds anything where nothing has moved', async () => {
    const windows = new Windows(survey, new Random(11));
    const looks: string[][] = [];
    for (let i = 0; i < 20; i++) looks.push(await windows.look(ROWS));
    // Of 20 windows at 5 % each, more than 4 in one of 400 tries.
    expect(looks.filter((alarms) => alarms.length > 0).length).toBeLessThanOrEqual(4);
  }, 300_000);

  it('finds a shift of one feature, and labels that are no longer what they were', async () => {
    const random = new Random(12);
    const older = new Windows(survey, random);
    const wrong = new Windows(survey, random);
    for (let i = 0; i < 3; i++) {
      expect(await older.look(ROWS, movedBy(survey, 'age', 0.8))).toContain('drift-share');
      expect(await wrong.look(ROWS, mislabelled(0.5, random))).toContain('accuracy-drop');
    }
  }, 300_000);
});
