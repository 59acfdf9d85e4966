/**
 * What a whole run of a monitor promises, counted on real people: how often its alarms are out of
 * bounds on windows without drift, and how often shifts of known size are found.
 * `npm run bench -- monitor-power`, optionally with the numbers of windows without and with drift.
 */
import { Random } from '#core/random.ts';
import { mislabelled, movedBy, readSurvey, type Window, Windows } from '../test/helpers/windows.ts';

const CALM = Number(process.argv[2] ?? 1000);
const MOVED = Number(process.argv[3] ?? 100);
const ROWS = 300;
const ALARMS = [
  ...['drift-share', 'worst-feature', 'multivariate-drift', 'data-quality'],
  ...['accuracy-drop', 'concept-drift'],
];

const survey = await readSurvey('wages');
const random = new Random(2);
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** Shares of windows in which each alarm is out of bounds, in which any is, and with 2 of 3 so. */
async function count(windows: number, change?: (window: Window) => Window): Promise<string[]> {
  const maker = new Windows(survey, new Random(1));
  const looks: string[][] = [];
  for (let i = 0; i < windows; i++) looks.push(await maker.look(ROWS, change));
  const shareOf = (isSo: (alarms: string[], i: number) => boolean) =>
    looks.filter(isSo).length / windows;
  const isRaised = (alarm: string, i: number) =>
    looks.slice(Math.max(0, i - 2), i + 1).filter((look) => look.includes(alarm)).length >= 2;
  return [
    ...ALARMS.map((alarm) => shareOf((alarms) => alarms.includes(alarm))),
    shareOf((alarms) => alarms.length > 0),
    shareOf((_, i) => ALARMS.some((alarm) => isRaised(alarm, i))),
  ].map(percent);
}

const print = (cells: readonly string[]) => console.log(`| ${cells.join(' | ')} |`);
console.log(`Windows of ${ROWS} of ${survey.people.rows} people, against the others.\n`);
print(['', ...ALARMS, 'any', 'any in 2 of 3']);
print(['---', ...ALARMS.map(() => '---:'), '---:', '---:']);
print([`nothing moved, ${CALM} windows`, ...(await count(CALM))]);
for (const shift of [0.1, 0.2, 0.3, 0.5, 0.8]) {
  print([
    `age + ${shift} standard deviations`,
    ...(await count(MOVED, movedBy(survey, 'age', shift))),
  ]);
}
for (const share of [0.05, 0.1, 0.2, 0.3]) {
  print([
    `${percent(share)} of the labels wrong`,
    ...(await count(MOVED, mislabelled(share, random))),
  ]);
}
